#include "base/buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

namespace moontide {
namespace {

/// Blocks of limits::kHugePageBlockBytes and more are mappings of their own: what is asked for one
/// is asked of nothing else. All others are the C library's.
bool is_mapping(std::size_t capacity) noexcept { return capacity >= limits::kHugePageBlockBytes; }

/// For a block that is filled from end to end.
void ask_for_huge_pages(char* block, std::size_t capacity) noexcept {
  if (is_mapping(capacity)) ::madvise(block, capacity, MADV_HUGEPAGE);
}

char* allocate(std::size_t capacity) noexcept {
  if (!is_mapping(capacity)) return static_cast<char*>(std::malloc(capacity));
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;
  void* const block = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  return block == MAP_FAILED ? nullptr : static_cast<char*>(block);
}

void release(char* block, std::size_t capacity) noexcept {
  if (is_mapping(capacity)) {
    ::munmap(block, capacity);
  } else {
    std::free(block);
  }
}

/// Where the system can extend or move a block without a copy. Null, with the block as it was,
/// where it cannot, or when memory ran out.
char* extend(char* block, std::size_t capacity, std::size_t target) noexcept {
  if (!is_mapping(target)) return static_cast<char*>(std::realloc(block, target));
  if (!is_mapping(capacity)) return nullptr;
  void* const moved = ::mremap(block, capacity, target, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? nullptr : static_cast<char*>(moved);
}

}  // namespace

BlockPool::Shelf* BlockPool::shelf_for(std::size_t capacity) noexcept {
  if (capacity == limits::kReadAheadBytes) return &small_;
  if (capacity == limits::kLargeBlockBytes) return &large_;
  return nullptr;
}

char* BlockPool::take_other(std::size_t size, std::size_t& capacity) noexcept {
  capacity = size;
  if (size <= limits::kReadAheadBytes) {
    capacity = limits::kReadAheadBytes;
  } else if (size <= limits::kLargeBlockBytes) {
    capacity = limits::kLargeBlockBytes;
  }
  Shelf* shelf = shelf_for(capacity);
  if (shelf != nullptr && shelf->first != nullptr) {
    FreeBlock* block = shelf->first;
    shelf->first = block->next;
    --shelf->count;
    return reinterpret_cast<char*>(block);
  }
  if (shelf == nullptr && size <= spare_capacity_) {
    capacity = std::exchange(spare_capacity_, 0);
    return std::exchange(spare_, nullptr);
  }
  return allocate(capacity);
}

void BlockPool::give_back_other(char* block, std::size_t capacity) noexcept {
  Shelf* shelf = shelf_for(capacity);
  const bool is_spare = shelf == nullptr && capacity <= limits::kSpareBlockBytes;
  if (open_ && is_spare && capacity >= spare_capacity_) {
    std::free(std::exchange(spare_, block));
    spare_capacity_ = capacity;
    return;
  }
  if (!open_ || shelf == nullptr || shelf->count >= limits::kPooledBlocksMax) {
    release(block, capacity);
    return;
  }
  shelf->first = ::new (static_cast<void*>(block)) FreeBlock{shelf->first};
  ++shelf->count;
}

void BlockPool::park(char* block, std::size_t capacity, const void* reader) noexcept {
  if (!open_) {
    release(block, capacity);  // the interpreter is closing: nobody reads
    return;
  }
  void* memory = std::malloc(sizeof(Parked));
  if (memory != nullptr) parked_ = ::new (memory) Parked{parked_, block, capacity, reader};
}

void BlockPool::free_parked_below(const void* frame) noexcept {
  Parked** link = &parked_;
  while (Parked* const parked = *link) {
    if (std::less<>()(frame, parked->reader)) {
      link = &parked->next;
      continue;
    }
    *link = parked->next;
    release(parked->block, parked->capacity);
    std::free(parked);
  }
}

void BlockPool::shut_down() noexcept {
  open_ = false;
  drain();
}

void BlockPool::drain() noexcept {
  while (Parked* const parked = parked_) {
    parked_ = parked->next;
    release(parked->block, parked->capacity);
    std::free(parked);
  }
  std::free(std::exchange(spare_, nullptr));
  spare_capacity_ = 0;
  for (Shelf* shelf : {&small_, &large_}) {
    while (FreeBlock* block = shelf->first) {
      shelf->first = block->next;
      std::free(block);
    }
    shelf->count = 0;
  }
}

/// Its first block.
bool ReadBuffer::take_block(std::size_t wanted) noexcept {
  block_ = pool_->take(wanted, capacity_);
  if (block_ != nullptr) return true;
  capacity_ = 0;
  return false;
}

std::span<char> ReadBuffer::room(std::size_t wanted) noexcept {
  if (block_ == nullptr) {
    if (!take_block(wanted)) return {};
    return {block_, wanted};
  }
  const std::size_t least = std::min(wanted, limits::kUsefulRoomBytes);
  const std::size_t used = size();
  if (capacity_ - end_ < wanted && begin_ > 0 && begin_ >= used && capacity_ - used >= least) {
    // Plenty of drained space in front: moving the rest down is cheaper than a larger block.
    std::memcpy(block_, block_ + begin_, used);
    begin_ = 0;
    end_ = used;
  }
  if (capacity_ - end_ < least && !grow(wanted)) return {};
  return {block_ + end_, std::min(wanted, capacity_ - end_)};
}

bool ReadBuffer::grow(std::size_t wanted) noexcept {
  const std::size_t used = size();
  if (wanted > std::numeric_limits<std::size_t>::max() / 4 - used) return false;
  const std::size_t target = std::max(used + wanted, capacity_ * 2);  // amortised growth
  const bool is_pooled = capacity_ <= limits::kLargeBlockBytes;
  if (!is_pooled && begin_ == 0) {
    if (char* const grown = extend(block_, capacity_, target)) {
      block_ = grown;
      capacity_ = target;
      ask_for_huge_pages(block_, capacity_);
      return true;
    }
  }
  std::size_t capacity = 0;
  char* fresh = pool_->take(target, capacity);
  if (fresh == nullptr) return false;
  ask_for_huge_pages(fresh, capacity);
  if (used > 0) std::memcpy(fresh, block_ + begin_, used);
  if (block_ != nullptr) pool_->give_back(block_, capacity_);
  block_ = fresh;
  capacity_ = capacity;
  begin_ = 0;
  end_ = used;
  return true;
}

std::size_t ReadBuffer::remove_in_front(std::size_t count, char value) noexcept {
  char* const first = block_ + begin_;
  char* write = first + count;
  // Backwards, so that what is kept ends up next to the bytes behind it and nothing else moves.
  for (char* read = first + count; read != first;) {
    --read;
    if (*read != value) *--write = *read;
  }
  const auto dropped = static_cast<std::size_t>(write - first);
  begin_ += dropped;
  return dropped;
}

void ReadBuffer::clear() noexcept {
  if (block_ != nullptr) pool_->give_back(block_, capacity_);
  block_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

void ReadBuffer::park(const void* reader) noexcept {
  if (block_ != nullptr) pool_->park(block_, capacity_, reader);
  block_ = nullptr;
  capacity_ = begin_ = end_ = 0;
}

}  // namespace moontide
