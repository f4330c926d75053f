#include "http/chunked.hpp"

#include "http/characters.hpp"

namespace moontide::http {
namespace {

constexpr unsigned kDigitsMax = 16;

/// The value of a hexadecimal digit, or -1.
int hexadecimal(char byte) noexcept {
  if (is_digit(byte)) return byte - '0';
  const char lower = to_lower(byte);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

void ChunkedDecoder::begin(std::size_t line_bytes_max) noexcept {
  *this = ChunkedDecoder();
  line_bytes_max_ = line_bytes_max;
}

ChunkedDecoder::Status ChunkedDecoder::status() const noexcept {
  switch (phase_) {
    case Phase::data:
      return Status::data;
    case Phase::finished:
      return Status::last_chunk;
    case Phase::failed_size:
      return Status::bad_size;
    case Phase::failed_chunk:
      return Status::bad_chunk;
    default:
      return Status::need_more;
  }
}

ChunkedDecoder::Status ChunkedDecoder::feed(std::string_view input,
                                            std::size_t& consumed) noexcept {
  consumed = 0;
  while (status() == Status::need_more && consumed < input.size()) {
    phase_ = step(input[consumed++]);
    // What surrounds the size is unbounded by itself: extensions, blanks, and CRs.
    if (++line_bytes_ > line_bytes_max_ && status() == Status::need_more) {
      phase_ = phase_ >= Phase::data_end ? Phase::failed_chunk : Phase::failed_size;
    }
  }
  return status();
}

ChunkedDecoder::Phase ChunkedDecoder::step(char byte) noexcept {
  switch (phase_) {
    case Phase::data_end:
    case Phase::data_return:
      if (byte == '\r') return Phase::data_return;
      if (byte != '\n') return Phase::failed_chunk;
      digits_ = 0;
      line_bytes_ = 0;
      return Phase::before_size;
    case Phase::extension:
      return byte == '\n' ? end_size() : Phase::extension;
    default:
      return step_size(byte);
  }
}

ChunkedDecoder::Phase ChunkedDecoder::step_size(char byte) noexcept {
  if (byte == '\n') return digits_ > 0 ? end_size() : Phase::failed_size;
  if (byte == '\r') return digits_ > 0 ? Phase::size_return : Phase::failed_size;
  if (phase_ == Phase::size_return) return Phase::failed_size;
  if (is_blank(byte)) return digits_ > 0 ? Phase::after_size : Phase::before_size;
  if (byte == ';') return digits_ > 0 ? Phase::extension : Phase::failed_size;
  const int digit = hexadecimal(byte);
  if (digit < 0 || phase_ == Phase::after_size || digits_ == kDigitsMax) return Phase::failed_size;
  ++digits_;
  remaining_ = remaining_ * 16 + static_cast<unsigned>(digit);
  return Phase::size;
}

ChunkedDecoder::Phase ChunkedDecoder::end_size() noexcept {
  line_bytes_ = 0;
  return remaining_ > 0 ? Phase::data : Phase::finished;
}

bool parse_chunk_size(std::string_view line, std::uint64_t& size) noexcept {
  ChunkedDecoder decoder;
  decoder.begin();
  std::size_t consumed = 0;
  if (decoder.feed(line, consumed) != ChunkedDecoder::Status::need_more) return false;
  const ChunkedDecoder::Status status = decoder.feed("\n", consumed);
  size = decoder.remaining();
  return status == ChunkedDecoder::Status::data || status == ChunkedDecoder::Status::last_chunk;
}

}  // namespace moontide::http
