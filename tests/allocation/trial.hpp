#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "support/failing_allocator.hpp"

namespace moontide::test {

/// One case of tests/allocation/cases. Names that begin with "native: " find the modules as scripts
/// do, in the build tree; all others have them from moontide_register.
struct Case {
  std::string file;
  std::string name;
};

/// Where the cases are, and the modules.
struct Directories {
  std::string tests;  ///< tests/allocation
  std::string build;
};

/// How far memory reaches in one run of a case.
struct Plan {
  std::size_t allowed;
  FailingAllocator::Refusal refusal;
};

struct Trial {
  bool refused = false;   ///< An allocation was.
  std::string complaint;  ///< Empty: all is well.
};

/// The cases of one file, in its order. Raises std::runtime_error when it does not load.
std::vector<Case> cases_of(const Directories& directories, const std::string& file);

/// Runs a case in a state of its own and looks at what is left.
Trial run_trial(const Directories& directories, const Case& one, const Plan& plan);

/// Runs it with all memory. Adds the functions that it called to `reached`, those that modules and
/// objects have to `all`; by the names that scripts call them.
void note_functions(const Directories& directories, const Case& one, std::set<std::string>& reached,
                    std::set<std::string>& all);

}  // namespace moontide::test
