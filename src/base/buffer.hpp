#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>

#include "base/limits.hpp"

namespace moontide {

/// Read blocks that are free at the moment, shared by the streams of one interpreter, so that
/// taking one for a read and giving it back when drained costs no allocation.
class BlockPool {
 public:
  BlockPool() noexcept = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool() { drain(); }

  /// A block of at least `size` bytes, its real size in `capacity`; null when memory ran out.
  char* take(std::size_t size, std::size_t& capacity) noexcept {
    FreeBlock* const block = small_.first;
    if (size > limits::kReadAheadBytes || block == nullptr) return take_other(size, capacity);
    capacity = limits::kReadAheadBytes;
    small_.first = block->next;
    --small_.count;
    return reinterpret_cast<char*>(block);
  }
  void give_back(char* block, std::size_t capacity) noexcept {
    const bool is_kept =
        capacity == limits::kReadAheadBytes && open_ && small_.count < limits::kPooledBlocksMax;
    if (!is_kept) return give_back_other(block, capacity);
    small_.first = ::new (static_cast<void*>(block)) FreeBlock{small_.first};
    ++small_.count;
  }

  /// Takes a block that the function with the stack frame `reader` may still be reading, and keeps
  /// it until that cannot be any more. It is lost if there is no memory to remember it.
  void park(char* block, std::size_t capacity, const void* reader) noexcept;
  /// Frees what is parked for readers that have ended: those not above `frame` on the stack.
  void free_parked(const void* frame) noexcept {
    if (parked_ != nullptr) free_parked_below(frame);
  }

  /// Frees all and keeps none from now on.
  void shut_down() noexcept;

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  /// Blocks of one size.
  struct Shelf {
    FreeBlock* first = nullptr;
    std::size_t count = 0;
  };
  struct Parked {
    Parked* next;
    char* block;
    std::size_t capacity;
    const void* reader;
  };
  Shelf* shelf_for(std::size_t capacity) noexcept;
  char* take_other(std::size_t size, std::size_t& capacity) noexcept;
  void give_back_other(char* block, std::size_t capacity) noexcept;
  void free_parked_below(const void* frame) noexcept;
  void drain() noexcept;

  Shelf small_;            // limits::kReadAheadBytes each
  Shelf large_;            // limits::kLargeBlockBytes each
  char* spare_ = nullptr;  // one of another size, up to limits::kSpareBlockBytes
  std::size_t spare_capacity_ = 0;
  Parked* parked_ = nullptr;
  bool open_ = true;
};

/// Bytes that arrived and were not taken yet: one contiguous piece, so whatever a caller takes is
/// one view. Holds no memory while empty. Grows without limit; its user bounds what it asks for.
class ReadBuffer {
 public:
  explicit ReadBuffer(BlockPool& pool) noexcept : pool_(&pool) {}
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;
  ~ReadBuffer() { clear(); }

  bool empty() const noexcept { return begin_ == end_; }
  std::size_t size() const noexcept { return end_ - begin_; }
  std::string_view view() const noexcept { return {block_ + begin_, size()}; }

  /// Writable room behind the content: `wanted` bytes, or fewer, but not below kUsefulRoomBytes,
  /// where that saves a larger block. Empty when memory ran out, the content untouched. May move
  /// the content.
  std::span<char> room(std::size_t wanted) noexcept;
  /// The first `count` bytes of room() are content now.
  void commit(std::size_t count) noexcept { end_ += count; }
  /// Drops `count` bytes at the front, or all if there are fewer; gives memory back with the last.
  void consume(std::size_t count) noexcept {
    begin_ += std::min(count, size());
    if (begin_ == end_) clear();
  }
  /// Drops every byte `value` within the first `count` bytes; what is left of them stays in front
  /// of the rest. Returns how many were dropped.
  std::size_t remove_in_front(std::size_t count, char value) noexcept;
  /// Drops all content and gives the memory back.
  void clear() noexcept;
  /// The same while the function with the stack frame `reader` may still be reading view().
  void park(const void* reader) noexcept;

 private:
  bool grow(std::size_t wanted) noexcept;
  bool take_block(std::size_t wanted) noexcept;

  BlockPool* pool_;
  char* block_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace moontide
