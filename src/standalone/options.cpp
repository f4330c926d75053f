#include "standalone/options.hpp"

#include <cstring>

namespace moontide::standalone {
namespace {

/// What one argument means for the loop over all of them.
enum class Kind : unsigned char { option, option_and_value, end, end_after, bad };

/// A value of its own must be there and must not look like an option.
bool value_follows(int argc, const char* const* argv, int index) noexcept {
  return index + 1 < argc && argv[index + 1][0] != '-';
}

Kind classify(int argc, const char* const* argv, int index, Options& options) noexcept {
  const char* argument = argv[index];
  if (argument[0] != '-' || argument[1] == '\0') return Kind::end;

  const bool alone = argument[2] == '\0';
  switch (argument[1]) {
    case '-':
      return alone ? Kind::end_after : Kind::bad;
    case 'E':
      options.ignore_environment = true;
      break;
    case 'W':
      break;
    case 'i':
      options.interactive = options.version = true;
      break;
    case 'v':
      options.version = true;
      break;
    case 'e':
      options.execute = true;
      [[fallthrough]];
    case 'l':
      if (!alone) return Kind::option;
      return value_follows(argc, argv, index) ? Kind::option_and_value : Kind::bad;
    default:
      return Kind::bad;
  }
  return alone ? Kind::option : Kind::bad;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) noexcept {
  Options options;
  int index = 1;
  while (index < argc) {
    const Kind kind = classify(argc, argv, index, options);
    if (kind == Kind::bad) {
      options.bad = index;
      break;
    }
    if (kind == Kind::end) break;
    index += kind == Kind::option_and_value ? 2 : 1;
    if (kind == Kind::end_after) break;
  }
  options.script = index < argc ? index : argc;
  const bool dashes = index > 1 && std::strcmp(argv[index - 1], "--") == 0;
  options.check = index < argc && !dashes && std::strcmp(argv[index], "check") == 0;
  return options;
}

bool value_is_next(const char* const* argv, int index) noexcept { return argv[index][2] == '\0'; }

void print_usage(std::FILE* out, const char* program, const char* option) noexcept {
  if (option[1] == 'e' || option[1] == 'l') {
    std::fprintf(out, "%s: '%s' needs argument\n", program, option);
  } else {
    std::fprintf(out, "%s: unrecognized option '%s'\n", program, option);
  }
  std::fprintf(out,
               "usage: %s [options] [script [args]]\n"
               "Available options are:\n"
               "  -e stat   execute string 'stat'\n"
               "  -i        enter interactive mode after executing 'script'\n"
               "  -l mod    require library 'mod' into global 'mod'\n"
               "  -l g=mod  require library 'mod' into global 'g'\n"
               "  -v        show version information\n"
               "  -E        ignore environment variables\n"
               "  -W        turn warnings on\n"
               "  --        stop handling options\n"
               "  -         stop handling options and execute stdin\n",
               program);
  std::fflush(out);
}

}  // namespace moontide::standalone
