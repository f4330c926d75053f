#pragma once

#include "exchange/exchange_heads.hpp"
#include "exchange/read_body.hpp"
#include "exchange/read_head.hpp"
#include "lua/compat.hpp"
#include "lua/runtime.hpp"
#include "lua/stream_methods.hpp"

namespace moontide {

/// The reading side of one HTTP connection: what is under way in it, and the limits.
struct HttpReader {
  explicit HttpReader(Runtime& owner) noexcept : lines(owner.pool) {}

  http::HeadLimits limits;
  std::uint64_t whole_chunk = limits::kHttpChunkBytes;
  ExchangeHeadsOperation heads;
  ReadHeadOperation head;
  ReadBodyOperation body;
  /// For objects that are no streams of ours: lines they gave, and the parser of these.
  http::HeadParser line_parser;
  ReadBuffer lines;
  Lease lease;  ///< Held while `lines` are copied.
};

/// Makes the class of readers. The runtime and anchors are on top of the stack.
void register_http_reader(lua_State* L);

/// reader([head bytes, line bytes, fields, chunk bytes]) -> reader; a limit that is nil has its
/// default.
int http_reader_new(lua_State* L);

/// The reader at argument 1.
HttpReader& check_http_reader(lua_State* L);

}  // namespace moontide
