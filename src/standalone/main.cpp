// moontide: an interpreter of Lua 5.4 with every module of Moontide compiled in, and what reads
// scripts for calls that behave in another way than with LuaSocket: `moontide check`.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "moontide/moontide.h"
#include "standalone/lua.hpp"
#include "standalone/options.hpp"
#include "standalone/prompt.hpp"
#include "standalone/report.hpp"
#include "standalone/run.hpp"

namespace moontide::standalone {
namespace {

/// What main and the protected function below share.
struct Command {
  int argc;
  char** argv;
  const char* program;
  int code;  ///< What the process exits with.
};

void print_version() noexcept {
  std::printf("Moontide %s  %s\n", moontide_version(), LUA_COPYRIGHT);
  std::fflush(stdout);
}

void open_libraries(lua_State* L, const Options& options) {
  if (options.ignore_environment) {
    lua_pushboolean(L, 1);  // the package library looks for this before it reads LUA_PATH
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  lua_pushcfunction(L, moontide_register);
  lua_call(L, 0, 0);
}

/// Obeys -e, -l and -W in the order in which they stand before the script.
int run_options(lua_State* L, const char* const* argv, int script) {
  for (int index = 1; index < script; ++index) {
    const char letter = argv[index][1];
    if (letter == 'W') lua_warning(L, "@on", 0);
    if (letter != 'e' && letter != 'l') continue;

    const char* value = argv[index] + 2;
    if (value_is_next(argv, index)) value = argv[++index];
    const int status =
        letter == 'e' ? run_string(L, value, "=(command line)") : run_require(L, value);
    if (status != LUA_OK) return status;
  }
  return LUA_OK;
}

/// What comes after the options: the script or subcommand, the prompt or standard input.
int run_rest(lua_State* L, Command& command, const Options& options) {
  const bool has_script = options.script < command.argc;
  if (options.check) {
    const int status = run_check(L, &command.code);
    if (status != LUA_OK) return status;
  } else if (has_script) {
    const int status = run_script(L, command.argv, options.script);
    if (status != LUA_OK) return status;
  }
  const bool idle = !has_script && !options.execute && !options.version;
  if (options.interactive) {
    run_prompt(L);
  } else if (idle && isatty(STDIN_FILENO) != 0) {
    print_version();
    run_prompt(L);
  } else if (idle) {
    return run_file(L, nullptr);
  }
  return LUA_OK;
}

/// Everything that can raise; main calls it protected.
int run_command(lua_State* L) {
  Command& command = *static_cast<Command*>(lua_touserdata(L, 1));
  const Options options = parse_options(command.argc, command.argv);
  if (options.bad != 0) {
    print_usage(stderr, command.program, command.argv[options.bad]);
    command.code = EXIT_FAILURE;
    return 0;
  }
  luaL_checkversion(L);
  if (options.version) print_version();
  open_libraries(L, options);
  set_arg_table(L, command.argc, command.argv, options.script);
  lua_gc(L, LUA_GCGEN, 0, 0);

  int status = LUA_OK;
  if (!options.ignore_environment) status = run_init_variable(L);
  if (status == LUA_OK) status = run_options(L, command.argv, options.script);
  if (status == LUA_OK) status = run_rest(L, command, options);
  if (status != LUA_OK) {
    report_error(L, command.program);
    command.code = EXIT_FAILURE;
  }
  return 0;
}

int run(int argc, char** argv) {
  const bool named = argc > 0 && argv[0][0] != '\0';
  Command command{argc, argv, named ? argv[0] : "moontide", EXIT_SUCCESS};
  lua_State* L = luaL_newstate();
  if (L == nullptr) {
    report_text(command.program, "cannot create state: not enough memory");
    return EXIT_FAILURE;
  }
  lua_pushcfunction(L, run_command);
  lua_pushlightuserdata(L, &command);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    command.code = EXIT_FAILURE;
    report_error(L, command.program);
  }
  lua_close(L);  // closes sockets and files that the script left open
  return command.code;
}

}  // namespace
}  // namespace moontide::standalone

int main(int argc, char** argv) { return moontide::standalone::run(argc, argv); }
