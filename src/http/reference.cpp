#include "http/reference.hpp"

#include <cstring>

namespace moontide::url {
namespace {

/// Text that grows at its end; the room was computed before.
class Writer {
 public:
  explicit Writer(char* out) noexcept : start_(out), end_(out) {}

  char* end() const noexcept { return end_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - start_); }

  void add(std::string_view text) noexcept {
    if (text.empty()) return;
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }
  void add(char c) noexcept { *end_++ = c; }

  /// A delimiter and the part behind it, without the segments "." between slashes.
  void add_squeezed(char delimiter, std::string_view part) noexcept {
    if (!is_present(part)) return;
    add(delimiter);
    const char* const front = end_;
    for (const char c : part) {
      add(c);
      if (c == '/' && end_ - front >= 3 && end_[-2] == '.' && end_[-3] == '/') end_ -= 2;
    }
  }

  void drop(std::size_t count) noexcept { end_ -= count; }

 private:
  char* start_;
  char* end_;
};

bool has_dot_segments(std::string_view path) noexcept {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

/// A path that is rebuilt in its own place, segment by segment. It never gets ahead of the reading.
class SegmentStack {
 public:
  SegmentStack(char* path, bool is_absolute) noexcept : path_(path), is_absolute_(is_absolute) {}

  bool empty() const noexcept { return count_ == 0; }
  bool at_start() const noexcept { return count_ == 0 && !is_absolute_; }
  std::size_t size() const noexcept { return size_; }

  void push(std::string_view segment) noexcept {
    if (!at_start()) path_[size_++] = '/';
    if (!segment.empty()) std::memmove(path_ + size_, segment.data(), segment.size());
    size_ += segment.size();
    ++count_;
  }
  void pop() noexcept {
    --count_;
    const std::size_t slash = std::string_view(path_, size_).rfind('/');
    size_ = at_start() ? 0 : slash;
  }

 private:
  char* path_;
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  bool is_absolute_;
};

void add_segment(SegmentStack& stack, std::string_view segment, bool is_first,
                 bool is_last) noexcept {
  if (segment == ".") {
    if (is_last) return stack.push(stack.at_start() ? segment : "");
    if (is_first && stack.at_start()) stack.push(segment);
    return;
  }
  if (segment != "..") return stack.push(segment);
  if (stack.at_start()) return stack.push(segment);
  if (!stack.empty()) stack.pop();
  if (is_last && !stack.at_start()) stack.push("");
}

void add_authority(Writer& writer, const Parts& parts) noexcept {
  if (!is_present(parts.host)) {
    if (!is_present(parts.authority)) return;
    writer.add("//");
    writer.add(parts.authority);
    return;
  }
  writer.add("//");
  if (is_present(parts.user)) {
    writer.add(parts.user);
    if (is_present(parts.password)) {
      writer.add(':');
      writer.add(parts.password);
    }
    writer.add('@');
  } else if (is_present(parts.userinfo)) {
    writer.add(parts.userinfo);
    writer.add('@');
  }
  const bool is_bracketed = parts.host.find(':') != std::string_view::npos;
  if (is_bracketed) writer.add('[');
  writer.add(parts.host);
  if (is_bracketed) writer.add(']');
  if (!is_present(parts.port)) return;
  writer.add(':');
  writer.add(parts.port);
}

}  // namespace

Target resolve(const Parts& base, const Parts& reference) noexcept {
  Target target{reference, kAbsent};
  Parts& parts = target.parts;
  parts.scheme = base.scheme;
  if (is_present(reference.authority)) return target;
  parts.authority = base.authority;
  if (!is_present(base.authority)) {  // a table of parts made by hand
    parts.userinfo = base.userinfo;
    parts.user = base.user;
    parts.password = base.password;
    parts.host = base.host;
    parts.port = base.port;
  }
  if (!is_present(reference.path)) {
    parts.path = base.path;
    if (is_present(reference.params)) return target;
    parts.params = base.params;
    if (!is_present(reference.query)) parts.query = base.query;
    return target;
  }
  if (reference.path.starts_with('/')) return target;
  const std::size_t slash = base.path.rfind('/');
  target.directory = slash == std::string_view::npos ? "/" : base.path.substr(0, slash + 1);
  return target;
}

std::size_t remove_dots(char* path, std::size_t size) noexcept {
  const std::string_view text(path, size);
  if (!has_dot_segments(text)) return size;
  const bool is_absolute = text.starts_with('/');
  SegmentStack stack(path, is_absolute);
  std::size_t begin = is_absolute ? 1 : 0;
  for (bool is_first = true, is_last = false; !is_last; is_first = false) {
    const std::size_t slash = text.find('/', begin);
    is_last = slash == std::string_view::npos;
    add_segment(stack, text.substr(begin, is_last ? slash : slash - begin), is_first, is_last);
    begin = slash + 1;
  }
  return stack.size();
}

std::size_t text_size_max(const Target& target) noexcept {
  constexpr std::size_t kDelimiters = sizeof "://[]:@:;?#";
  const Parts& p = target.parts;
  return kDelimiters + p.scheme.size() + p.authority.size() + p.userinfo.size() + p.user.size() +
         p.password.size() + p.host.size() + p.port.size() + target.directory.size() +
         p.path.size() + p.params.size() + p.query.size() + p.fragment.size();
}

std::size_t write(const Target& target, char* out) noexcept {
  const Parts& parts = target.parts;
  Writer writer(out);
  if (is_present(parts.scheme)) {
    writer.add(parts.scheme);
    writer.add(':');
  }
  add_authority(writer, parts);
  char* const path = writer.end();
  writer.add(target.directory);
  writer.add(parts.path);
  const std::size_t size = static_cast<std::size_t>(writer.end() - path);
  writer.drop(size - remove_dots(path, size));
  writer.add_squeezed(';', parts.params);
  writer.add_squeezed('?', parts.query);
  writer.add_squeezed('#', parts.fragment);
  return writer.size();
}

}  // namespace moontide::url
