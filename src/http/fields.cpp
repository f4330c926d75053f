#include "http/fields.hpp"

#include "http/characters.hpp"
#include "http/message_parser.hpp"

namespace moontide::http {
namespace {

/// Takes a line off `text`, its end included; false when no line end is left.
bool take_line(std::string_view& text, std::string_view& line) noexcept {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = without_returns(text.substr(0, end));
  text.remove_prefix(end + 1);
  return true;
}

}  // namespace

bool next_fold(std::string_view& folds, std::string_view& line) noexcept {
  return take_line(folds, line);
}

bool FieldReader::next(Field& field) noexcept {
  std::string_view line;
  if (!take_line(rest_, line) || line.empty()) return false;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  field.name = line.substr(0, colon);
  field.value = line.substr(colon + 1);
  while (!field.value.empty() && is_blank(field.value.front())) field.value.remove_prefix(1);
  std::string_view after = rest_;
  while (!after.empty() && is_blank(after.front()) && take_line(after, line)) {
  }
  field.folds = rest_.substr(0, rest_.size() - after.size());
  rest_ = after;
  return true;
}

}  // namespace moontide::http
