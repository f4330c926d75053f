// Errors, from the message handler to standard error.
#pragma once

#include "standalone/lua.hpp"

namespace moontide::standalone {

/// A message handler for lua_pcall: the message with a traceback. An error object is asked by its
/// __tostring and then stands for itself, without a traceback.
int add_traceback(lua_State* L);

/// Writes "program: text" and a newline to standard error, without "program: " if that is null.
void report_text(const char* program, const char* text) noexcept;

/// Pops an error value and reports it likewise.
void report_error(lua_State* L, const char* program);

}  // namespace moontide::standalone
