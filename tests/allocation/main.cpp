// Goal: memory that runs out at any moment raises or is reported; nothing leaks, no byte is lost,
// and the state works on. Method: each case of cases/*.lua runs again and again, each time in a
// state of its own, in which the first n allocations succeed, n = 0, 1, 2 ... until none was
// refused: once with all further ones refused, and once with that single one, and once so that
// Lua's emergency collection helps. Then the case looks at what is left, with memory; a sanity
// check follows, and a count of descriptors and blocks.
//
//   moontide_allocation_lua5_4 [PATTERN]      only cases whose names contain it
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include <lua.hpp>

#include "allocation/trial.hpp"

namespace {

using namespace moontide::test;
using Refusal = FailingAllocator::Refusal;

// LuaJIT's loadfile leaves the file open when memory runs out behind fopen, so there modules cannot
// be loaded from files.
#ifdef LUAJIT_VERSION
constexpr bool kFilesCanFail = false;
constexpr bool kHooksSeeAll = false;  // nor does its call hook see what tostring calls
#else
constexpr bool kFilesCanFail = true;
constexpr bool kHooksSeeAll = true;
#endif

// Until 5.2 the collector does not try again, and a task whose end is refused memory twice is not
// told to whoever waits for it: that ends as a deadlock, which is reported and not about memory.
constexpr bool kTasksEnd = LUA_VERSION_NUM >= 502;

struct Tally {
  int passed = 0;
  int failed = 0;
  long refusals = 0;
};

const char* name_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::all_further:
      return "all further refused";
    case Refusal::one:
      return "one refused";
    case Refusal::one_try:
      return "one tried twice";
  }
  return "";
}

void run_case(const Directories& directories, const Case& one, Refusal refusal, Tally& tally) {
  constexpr std::size_t kAllocationsMax = 20000;
  constexpr int kComplaintsShown = 5;
  int complaints = 0;
  std::size_t allowed = 0;
  for (; allowed < kAllocationsMax; ++allowed) {
    const Trial trial = run_trial(directories, one, {allowed, refusal});
    if (trial.complaint.empty()) {
      ++tally.passed;
    } else {
      ++tally.failed;
      if (++complaints <= kComplaintsShown) {
        std::printf("FAIL %s, %zu allocations, then %s: %s\n", one.name.c_str(), allowed,
                    name_of(refusal), trial.complaint.c_str());
      }
    }
    if (!trial.refused) break;
    ++tally.refusals;
  }
  std::printf("%-44s %5zu allocations, %s\n", one.name.c_str(), allowed, name_of(refusal));
  std::fflush(stdout);
}

/// Whether a function of ours was in no case.
void check_coverage(const Directories& directories, const std::vector<Case>& cases, Tally& tally) {
  std::set<std::string> reached;
  std::set<std::string> all;
  for (const Case& one : cases) note_functions(directories, one, reached, all);
  for (const std::string& name : all) {
    if (reached.contains(name)) {
      ++tally.passed;
    } else {
      ++tally.failed;
      std::printf("FAIL no case calls %s\n", name.c_str());
    }
  }
}

std::vector<Case> find_cases(const Directories& directories) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directories.tests + "/cases")) {
    if (entry.path().extension() == ".lua") files.push_back(entry.path().filename());
  }
  std::sort(files.begin(), files.end());
  std::vector<Case> all;
  for (const std::string& file : files) {
    for (Case& one : cases_of(directories, file)) {
      if (!kTasksEnd && one.name.starts_with("tasks: ")) {
        std::printf("SKIP %s: the end of a task may be lost when memory is\n", one.name.c_str());
      } else if (kFilesCanFail || !one.name.starts_with("native: ")) {
        all.push_back(std::move(one));
      }
    }
  }
  return all;
}

void run(const char* pattern) {
  const char* build = std::getenv("MOONTIDE_BUILD");
  const Directories directories{ALLOCATION_DIRECTORY, build != nullptr ? build : BUILD_DIRECTORY};
  const std::vector<Case> cases = find_cases(directories);
  Tally tally;
  for (const Case& one : cases) {
    if (one.name.find(pattern) == std::string::npos) continue;
    run_case(directories, one, Refusal::all_further, tally);
    run_case(directories, one, Refusal::one, tally);
    // Only these have an emergency collection.
    if (LUA_VERSION_NUM >= 502) run_case(directories, one, Refusal::one_try, tally);
  }
  if (*pattern == '\0' && kHooksSeeAll) check_coverage(directories, cases, tally);
  std::printf("%ld allocations refused\n%d passed, %d failed\n", tally.refusals, tally.passed,
              tally.failed);
  if (tally.failed > 0 || tally.passed == 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(argc > 1 ? argv[1] : "");
  } catch (const std::exception& error) {
    std::printf("FAIL %s\n0 passed, 1 failed\n", error.what());
    return 1;
  }
  return 0;
}
