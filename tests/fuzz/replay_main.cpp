// Runs the seeds of a fuzz target as a plain test, for compilers without libFuzzer:
//
//   receive_fuzz DIRECTORY      every file of DIRECTORY/corpus/receive_fuzz
//   receive_fuzz FILE...        these files, to look at a finding
//
// An input that breaks something ends the process.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "support/fuzz_input.hpp"

namespace {

namespace fs = std::filesystem;

bool replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open()) {
    std::printf("FAIL cannot read %s\n", file.c_str());
    return false;
  }
  std::printf("%s\n", file.filename().c_str());
  std::fflush(stdout);  // the last line before a crash names the culprit
  // A copy of its very size, so that the sanitizers see every read beyond.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const fs::path path = argv[i];
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const fs::path seeds = path / "corpus" / fs::path(argv[0]).filename();
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(seeds, ignored)) files.push_back(entry.path());
  }
  int passed = 0;
  int failed = 0;
  for (const fs::path& file : files) ++(replay(file) ? passed : failed);
  if (files.empty()) {
    std::printf("FAIL no seeds\n");
    failed = 1;
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
