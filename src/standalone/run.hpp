// Running code: strings, files, modules, the script and LUA_INIT.
//
// All of these return a status of lua_pcall; unless it is LUA_OK, the error value is on the stack.
#pragma once

#include "standalone/lua.hpp"

namespace moontide::standalone {

/// Calls the function below `argument_count` arguments; errors get a traceback, SIGINT interrupts.
int run_function(lua_State* L, int argument_count, int result_count);

/// Runs a text that messages call `chunk_name` ("=(command line)").
int run_string(lua_State* L, const char* text, const char* chunk_name);

/// Runs a file, standard input if `name` is null.
int run_file(lua_State* L, const char* name);

/// Obeys "module" or "global=module": requires it and sets the global, which is named like the
/// module in the first form. Raises if setting the global does.
int run_require(lua_State* L, const char* specification);

/// Runs the script argv[script] ("-" is standard input, unless "--" precedes it) with the elements
/// 1, 2... of the global `arg` as arguments. Raises if that is no table.
int run_script(lua_State* L, const char* const* argv, int script);

/// Runs `moontide check` on the elements 1, 2... of the global `arg`; `code` becomes its exit code.
int run_check(lua_State* L, int* code);

/// Obeys the environment variable LUA_INIT_5_4, or LUA_INIT if there is none: "@file" or a text.
int run_init_variable(lua_State* L);

/// Sets the global `arg`: the script at 0, its arguments above, what stands before it below.
/// Without a script (script == argc) the program is at 0.
void set_arg_table(lua_State* L, int argc, const char* const* argv, int script);

}  // namespace moontide::standalone
