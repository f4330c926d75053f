// ChunkedDecoder, with HeadParser for the trailers: the same bytes give the same data and the same
// end whether they come at once or cut anywhere. The input begins with a byte for the cuts.
#include <algorithm>
#include <string>
#include <string_view>

#include "http/chunked.hpp"
#include "http/message_parser.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::http::ChunkedDecoder;
using moontide::http::HeadParser;
using moontide::http::HeadStatus;
using moontide::test::FuzzInput;
using moontide::test::require;

struct Outcome {
  ChunkedDecoder::Status status = ChunkedDecoder::Status::need_more;
  HeadStatus trailers = HeadStatus::need_more;
  std::string data;
  std::size_t used = 0;  // bytes of the input
};

/// Gives the decoder `step` bytes at a time; 0: all at once.
Outcome decode(std::string_view input, std::size_t step) {
  Outcome outcome;
  ChunkedDecoder decoder;
  decoder.begin(64);
  std::size_t shown = 0;
  while (shown < input.size()) {
    shown = step == 0 ? input.size() : std::min(input.size(), shown + step);
    for (;;) {
      std::size_t consumed = 0;
      outcome.status = decoder.feed(input.substr(outcome.used, shown - outcome.used), consumed);
      outcome.used += consumed;
      require(outcome.used <= shown, "it takes no more than there is");
      if (outcome.status != ChunkedDecoder::Status::data || outcome.used == shown) break;
      const std::size_t count = static_cast<std::size_t>(
          std::min<std::uint64_t>(shown - outcome.used, decoder.remaining()));
      require(count > 0, "data are announced only where some remain");
      outcome.data += input.substr(outcome.used, count);
      outcome.used += count;
      decoder.advance(count);
    }
    if (outcome.status != ChunkedDecoder::Status::need_more &&
        outcome.status != ChunkedDecoder::Status::data) {
      break;
    }
  }
  if (outcome.status == ChunkedDecoder::Status::last_chunk) {
    HeadParser trailers;
    trailers.begin(moontide::http::Section::fields, {});
    outcome.trailers = trailers.feed(input.substr(outcome.used));
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t step = input.byte() % 32 + std::size_t{1};
  const std::string body(input.bytes(size));
  const Outcome whole = decode(body, 0);
  for (const std::size_t cut : {std::size_t{1}, step}) {
    const Outcome split = decode(body, cut);
    require(split.status == whole.status, "cuts do not change the result");
    require(split.data == whole.data, "nor the data");
    require(split.used == whole.used, "nor how much is taken");
    require(split.trailers == whole.trailers, "nor the trailers");
  }
  std::uint64_t chunk = 0;
  const std::string_view line = std::string_view(body).substr(0, body.find('\n'));
  if (moontide::http::parse_chunk_size(line, chunk) && line.size() < 60 &&
      line.size() < body.size()) {
    require(whole.used > line.size(), "a size line that parses alone parses in the body");
  }
  return 0;
}
