// HeadParser and FieldReader: the same bytes give the same result whether they come at once or cut
// anywhere, and what a complete head says can be listed. The input begins with a byte for the
// section, one for the limits and one for the cuts.
#include <string>
#include <string_view>

#include "http/fields.hpp"
#include "http/message_parser.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::http::Field;
using moontide::http::FieldReader;
using moontide::http::HeadLimits;
using moontide::http::HeadParser;
using moontide::http::HeadStatus;
using moontide::http::Section;
using moontide::test::FuzzInput;
using moontide::test::require;

struct Outcome {
  HeadStatus status = HeadStatus::need_more;
  HeadParser parser;
};

/// Shows the head piece by piece, each `step` bytes longer than the last; 0: all at once.
Outcome parse(std::string_view head, Section section, const HeadLimits& limits, std::size_t step) {
  Outcome outcome;
  outcome.parser.begin(section, limits);
  std::size_t shown = step == 0 ? head.size() : 0;
  for (;;) {
    outcome.status = outcome.parser.feed(head.substr(0, shown));
    if (outcome.status != HeadStatus::need_more || shown == head.size()) return outcome;
    shown = std::min(head.size(), shown + step);
  }
}

void check_fields(std::string_view head, const HeadParser& parser) {
  require(parser.size() <= head.size(), "the head lies in the input");
  require(parser.size() > 0 && head[parser.size() - 1] == '\n', "it ends with a line");
  FieldReader reader(parser.fields(head));
  std::size_t count = 0;
  for (Field field; reader.next(field); ++count) {
    require(!field.name.empty(), "a field has a name");
    require(field.name.find_first_of(std::string_view(":\n\r\0", 4)) == std::string_view::npos,
            "no name holds a colon or a line end");
    require(field.value.find_first_of(std::string_view("\n\r\0", 3)) == std::string_view::npos,
            "no value holds a line end");
    std::string_view line;
    while (moontide::http::next_fold(field.folds, line)) {
      require(!line.empty() && (line[0] == ' ' || line[0] == '\t'), "a fold begins with a blank");
    }
  }
  require(count <= parser.lines(), "a field takes a line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const auto section = static_cast<Section>(input.byte() % 4);
  HeadLimits limits;
  const std::uint8_t small = input.byte();
  if (small % 4 == 1) limits = {64U + small, 40, 3};
  const std::size_t step = input.byte() % 16 + std::size_t{1};
  const std::string head(input.bytes(size));
  const Outcome whole = parse(head, section, limits, 0);
  for (const std::size_t cut : {std::size_t{1}, step}) {
    const Outcome split = parse(head, section, limits, cut);
    require(split.status == whole.status, "cuts do not change the result");
    require(split.parser.size() == whole.parser.size(), "nor the size");
    require(split.parser.lines() == whole.parser.lines(), "nor the lines");
    require(split.parser.status_code() == whole.parser.status_code(), "nor the code");
    require(split.parser.start_line(head) == whole.parser.start_line(head), "nor the start line");
  }
  if (whole.status == HeadStatus::complete) check_fields(head, whole.parser);
  return 0;
}
