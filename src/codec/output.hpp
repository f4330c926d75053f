#pragma once

#include <cstddef>
#include <string_view>

namespace moontide {

/// Where a codec writes. It begins in memory of its user, owns none, and is trivially destructible,
/// so that it may live in frames that Lua leaves without notice.
class Output {
 public:
  enum class Memory : unsigned char {
    fixed,  ///< Cannot grow: the user has made it large enough.
    heap,   ///< Came from malloc, or is null; realloc moves it, the user frees what memory() says.
  };

  Output(char* memory, std::size_t capacity, Memory kind) noexcept
      : begin_(memory), end_(memory), limit_(memory + capacity), kind_(kind) {}

  std::string_view view() const noexcept { return {begin_, size()}; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(end_ - begin_); }
  char* memory() const noexcept { return begin_; }
  std::size_t capacity() const noexcept { return static_cast<std::size_t>(limit_ - begin_); }

  char* end() const noexcept { return end_; }
  const char* limit() const noexcept { return limit_; }
  std::size_t room() const noexcept { return static_cast<std::size_t>(limit_ - end_); }
  /// All up to `end` is content now.
  void set_end(char* end) noexcept { end_ = end; }

  /// Makes room() at least `count`. False when memory ran out; the content stays.
  bool make_room(std::size_t count) noexcept { return room() >= count || grow(count); }
  /// set_end and make_room. The new end, null when memory ran out and only then.
  char* make_room_at(char* end, std::size_t count) noexcept {
    end_ = end;
    return make_room(count) && (end_ != nullptr || grow(1)) ? end_ : nullptr;
  }
  /// False when memory ran out.
  bool append(std::string_view bytes) noexcept;

 private:
  bool grow(std::size_t count) noexcept;

  char* begin_;
  char* end_;
  char* limit_;
  Memory kind_;
};

}  // namespace moontide
