// The command line: moontide [options] [script [args]], as in section 7 of Lua's manual.
#pragma once

#include <cstdio>

namespace moontide::standalone {

/// What a command line asks for, but for -e, -l and -W: those act in the order in which they stand.
struct Options {
  bool version = false;             ///< -v, or -i, which greets with it.
  bool interactive = false;         ///< -i
  bool ignore_environment = false;  ///< -E
  bool execute = false;  ///< There is an -e: without a script, standard input stays unread.
  bool check = false;    ///< The subcommand `check` stands where the script would.
  int script = 0;        ///< Index of the script in argv, argc without one. Options end before it.
  int bad = 0;           ///< Index of the first option that cannot be obeyed; 0 if all can.
};

/// Reads the options; touches nothing but its result.
Options parse_options(int argc, const char* const* argv) noexcept;

/// True if the option at `index`, an -e or -l, has its value in the argument after it.
bool value_is_next(const char* const* argv, int index) noexcept;

/// Says what is wrong with `option` and how the program is called.
void print_usage(std::FILE* out, const char* program, const char* option) noexcept;

}  // namespace moontide::standalone
