// URLs from any text: the parts lie within it and in order, what is encoded decodes to itself, and
// resolving ends, stays within the room it asked for and is done after one time.
#include <algorithm>
#include <string>
#include <vector>

#include "http/percent.hpp"
#include "http/reference.hpp"
#include "http/url.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::test::FuzzInput;
using moontide::test::require;
using moontide::url::is_present;
using moontide::url::Parts;
using moontide::url::Target;
namespace percent = moontide::percent;

void require_within(std::string_view part, std::string_view text) {
  if (!is_present(part)) return;
  require(part.data() >= text.data(), "a part begins within the text");
  require(part.data() + part.size() <= text.data() + text.size(), "a part ends within the text");
}

/// split takes nothing away: the pieces and their delimiters are the text again.
std::string joined(const Parts& parts) {
  std::string text;
  const auto add = [&text](const char* before, std::string_view part, const char* after) {
    if (is_present(part)) text.append(before).append(part).append(after);
  };
  add("", parts.scheme, ":");
  add("//", parts.authority, "");
  add("", parts.path, "");
  add(";", parts.params, "");
  add("?", parts.query, "");
  add("#", parts.fragment, "");
  return text;
}

Parts check_split(std::string_view text) {
  require(joined(moontide::url::split(text)) == text, "the parts are the text");
  const Parts parts = moontide::url::split_all(text);
  require_within(parts.scheme, text);
  require_within(parts.authority, text);
  require_within(parts.userinfo, parts.authority);
  require_within(parts.host, parts.authority);
  require_within(parts.port, parts.authority);
  require_within(parts.user, parts.userinfo);
  require_within(parts.password, parts.userinfo);
  require_within(parts.path, text);
  require_within(parts.params, text);
  require_within(parts.query, text);
  require_within(parts.fragment, text);
  require(!is_present(parts.path) || !parts.path.empty(), "a path is not empty");
  require(!is_present(parts.host) || !parts.host.empty(), "a host is not empty");
  require(parts.authority.find('/') == std::string_view::npos, "an authority has no slash");
  return parts;
}

void check_percent(std::string_view text, const percent::Alphabet& alphabet) {
  const std::size_t size = encoded_size(text, alphabet);
  require(size <= percent::encoded_size_max(text.size()), "encoding at most triples");
  std::vector<char> encoded(size + percent::kEncodeSlack);
  require(encode(text, alphabet, encoded.data()) == size, "the size is known before");
  std::vector<char> decoded(size + 1);
  const std::size_t again = percent::decode({encoded.data(), size}, decoded.data());
  require(std::string_view(decoded.data(), again) == text, "what is encoded decodes to itself");
  std::string in_place(text);
  std::vector<char> apart(text.size() + 1);
  const std::size_t shorter = percent::decode(text, apart.data());
  require(shorter <= text.size(), "decoding only shortens");
  in_place.resize(percent::decode(in_place, in_place.data()));
  require(in_place == std::string_view(apart.data(), shorter), "in place or not is the same");
}

/// The room has the very size, so that the sanitizers see a byte too many.
std::string written(const Target& target) {
  std::vector<char> out(text_size_max(target));
  return {out.data(), write(target, out.data())};
}

std::string without_dots(std::string path) {
  path.resize(moontide::url::remove_dots(path.data(), path.size()));
  return path;
}

bool has_segment(std::string_view path, std::string_view segment) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == segment) return true;
    begin = end + 1;
  }
  return false;
}

void check_dots(const std::string& path) {
  const std::string once = without_dots(path);
  require(once.size() <= path.size(), "removing dots only shortens");
  if (path.front() != '/') return;
  require(once.front() == '/', "an absolute path stays one");
  require(!has_segment(once, ".") && !has_segment(once, ".."), "no dots are left");
  require(without_dots(once) == once, "once is enough");
}

void check_resolve(const Parts& base, const Parts& reference) {
  const Target target = resolve(base, reference);
  const std::string text = written(target);
  const Parts again = moontide::url::split(text);
  // A path of its own that begins with two slashes would read as an authority.
  if (is_present(target.parts.authority) && target.parts.path.starts_with('/')) {
    require(written({again, {}}) == text, "what was resolved stays as it is");
    if (!is_present(target.parts.host)) {
      require(again.authority == target.parts.authority, "dots do not reach the authority");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 1000));
  const std::string first(input.bytes(input.byte()));
  const std::string second(input.rest());
  const Parts base = check_split(first);
  const Parts reference = check_split(second);
  check_percent(first, percent::kEscape);
  check_percent(second, percent::kSegment);
  if (!first.empty()) check_dots(first);
  if (!second.empty()) check_dots("/" + second);
  check_resolve(base, reference);
  return 0;
}
