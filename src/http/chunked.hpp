#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.hpp"

namespace moontide::http {

/// Reads the framing of a chunked body (RFC 9112, 7.1) as the bytes come, and never the data
/// itself:
///
///   framing, `remaining()` bytes of data, framing, ... last chunk, and then a trailer section,
///   which is HeadParser's.
///
/// Accepted beyond the RFC: LF alone or several CR as line end, blanks around the size.
class ChunkedDecoder {
 public:
  enum class Status : unsigned char {
    need_more,
    data,        ///< remaining() bytes of data follow
    last_chunk,  ///< the trailer section follows
    bad_size,    ///< not 1 to 16 hexadecimal digits, or an extension beyond the limit of a line
    bad_chunk,   ///< something else than a line end behind the data
  };

  void begin(std::size_t line_bytes_max = limits::kHttpLineBytes) noexcept;

  /// Takes framing from the front of `input` until data or the end follow; `consumed` says how
  /// much. At data it takes nothing.
  Status feed(std::string_view input, std::size_t& consumed) noexcept;

  /// Data of the current chunk that are still to come.
  std::uint64_t remaining() const noexcept { return remaining_; }
  /// `count` bytes of data were taken, at most remaining().
  void advance(std::uint64_t count) noexcept {
    remaining_ -= count;
    if (remaining_ == 0) phase_ = Phase::data_end;
  }

 private:
  enum class Phase : unsigned char {
    before_size,
    size,
    after_size,
    extension,
    size_return,
    data,
    data_end,
    data_return,
    finished,
    failed_size,
    failed_chunk,
  };
  Phase step(char byte) noexcept;
  Phase step_size(char byte) noexcept;
  Phase end_size() noexcept;
  Status status() const noexcept;

  std::uint64_t remaining_ = 0;
  std::size_t line_bytes_ = 0;  // of the current line so far
  std::size_t line_bytes_max_ = limits::kHttpLineBytes;
  unsigned digits_ = 0;
  Phase phase_ = Phase::before_size;
};

/// A whole chunk-size line without its end. False when it is malformed.
bool parse_chunk_size(std::string_view line, std::uint64_t& size) noexcept;

}  // namespace moontide::http
