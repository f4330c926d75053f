#pragma once

/// The Lua half of Moontide as bytes in the program; cmake/embed_lua.cmake writes the definitions.

#include <cstddef>

namespace moontide {

/// One Lua file. All pointers have static storage duration.
struct EmbeddedModule {
  const char* name;        ///< What scripts require: "socket.core".
  const char* chunk_name;  ///< For messages and tracebacks: "=moontide/socket/core.lua".
  const char* source;      ///< The text, followed by a zero that `size` does not count.
  std::size_t size;
};

/// Every file that require finds, in the static library and the standalone interpreter.
extern const EmbeddedModule kEmbeddedModules[];
extern const std::size_t kEmbeddedModuleCount;

/// Files of lua/moontide which the native module itself runs; so native.so holds them too.
extern const EmbeddedModule kChooseChunk;
extern const EmbeddedModule kExceptionChunk;
extern const EmbeddedModule kStreamsChunk;

}  // namespace moontide
