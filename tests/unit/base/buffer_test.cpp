#include "base/buffer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

using test::FailingAllocator;

/// Writes `bytes` as a reader of a transport would, `wanted` at a time at most.
void fill(ReadBuffer& buffer, std::string_view bytes, std::size_t wanted = 8192) {
  while (!bytes.empty()) {
    const std::span<char> room = buffer.room(wanted);
    ASSERT_FALSE(room.empty());
    const std::size_t count = std::min(room.size(), bytes.size());
    std::copy_n(bytes.begin(), count, room.begin());
    buffer.commit(count);
    bytes.remove_prefix(count);
  }
}

std::string some_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>('a' + i % 23);
  return bytes;
}

TEST(BlockPool, GivesAtLeastTheSizeAskedFor) {
  BlockPool pool;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, limits::kReadAheadBytes, limits::kReadAheadBytes + 1,
        limits::kReadAheadBytesMax, limits::kReadAheadBytesMax + 1, std::size_t{1} << 21}) {
    std::size_t capacity = 0;
    char* block = pool.take(size, capacity);
    ASSERT_NE(block, nullptr);
    EXPECT_GE(capacity, size);
    std::memset(block, 'x', capacity);
    pool.give_back(block, capacity);
  }
}

TEST(BlockPool, KeepsOneBlockOfAnotherSize) {
  BlockPool pool;
  std::size_t capacity = 0;
  std::size_t other_capacity = 0;
  char* const first = pool.take(200000, capacity);
  char* const larger = pool.take(300000, other_capacity);
  pool.give_back(first, capacity);
  pool.give_back(larger, other_capacity);
  const FailingAllocator nothing(0);
  EXPECT_EQ(pool.take(300001, capacity), nullptr) << "it is too small for that";
  EXPECT_EQ(pool.take(100000, capacity), larger);
  EXPECT_EQ(capacity, 300000U);
  EXPECT_EQ(pool.take(100000, other_capacity), nullptr) << "there was one";
  pool.give_back(larger, capacity);
}

TEST(BlockPool, KeepsNoBlockThatIsTooLarge) {
  BlockPool pool;
  std::size_t capacity = 0;
  pool.give_back(pool.take(limits::kSpareBlockBytes + 1, capacity), capacity);
  const FailingAllocator nothing(0);
  EXPECT_EQ(pool.take(100000, capacity), nullptr);
}

TEST(BlockPool, GivesABlockBackToTheNextTaker) {
  BlockPool pool;
  for (const std::size_t size : {limits::kReadAheadBytes, limits::kReadAheadBytesMax}) {
    std::size_t capacity = 0;
    char* first = pool.take(size, capacity);
    pool.give_back(first, capacity);
    const FailingAllocator nothing(0);
    char* second = pool.take(size, capacity);
    EXPECT_EQ(second, first);
    EXPECT_FALSE(nothing.refused());
    pool.give_back(second, capacity);
  }
}

TEST(BlockPool, KeepsNoMoreThanItsLimit) {
  BlockPool pool;
  std::vector<char*> blocks;
  std::size_t capacity = 0;
  for (std::size_t i = 0; i < limits::kPooledBlocksMax + 5; ++i) {
    blocks.push_back(pool.take(100, capacity));
  }
  for (char* block : blocks) pool.give_back(block, capacity);
  blocks.clear();
  FailingAllocator nothing(0);
  std::size_t kept = 0;
  std::array<char*, limits::kPooledBlocksMax + 5> taken{};
  while (char* block = pool.take(100, capacity)) taken[kept++] = block;
  nothing.disarm();
  EXPECT_EQ(kept, limits::kPooledBlocksMax);
  for (std::size_t i = 0; i < kept; ++i) pool.give_back(taken[i], capacity);
}

TEST(BlockPool, KeepsNothingOnceShutDown) {
  BlockPool pool;
  std::size_t capacity = 0;
  pool.give_back(pool.take(100, capacity), capacity);
  pool.shut_down();
  {
    const FailingAllocator nothing(0);
    EXPECT_EQ(pool.take(100, capacity), nullptr);
  }
  pool.give_back(pool.take(100, capacity), capacity);
  const FailingAllocator nothing(0);
  EXPECT_EQ(pool.take(100, capacity), nullptr);
}

TEST(BlockPool, SaysWhenMemoryRanOut) {
  BlockPool pool;
  std::size_t capacity = 0;
  const FailingAllocator nothing(0);
  for (const std::size_t size : {std::size_t{1}, std::size_t{60000}, std::size_t{1} << 20}) {
    EXPECT_EQ(pool.take(size, capacity), nullptr);
  }
  EXPECT_TRUE(nothing.refused());
}

TEST(ReadBuffer, HoldsNoMemoryWhileEmpty) {
  const FailingAllocator nothing(0);
  BlockPool pool;
  const ReadBuffer buffer(pool);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.size(), 0U);
  EXPECT_EQ(buffer.view(), "");
  EXPECT_FALSE(nothing.refused());
}

TEST(ReadBuffer, KeepsBytesInOrder) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  fill(buffer, "first ");
  fill(buffer, "second");
  EXPECT_EQ(buffer.view(), "first second");
  buffer.consume(6);
  EXPECT_EQ(buffer.view(), "second");
}

TEST(ReadBuffer, GivesItsBlockBackWithTheLastByte) {
  BlockPool pool;
  ReadBuffer first(pool);
  ReadBuffer second(pool);
  fill(first, "abc");
  const char* block = first.view().data();
  first.consume(2);
  first.consume(1);
  EXPECT_TRUE(first.empty());
  const FailingAllocator nothing(0);
  const std::span<char> room = second.room(8192);
  ASSERT_FALSE(room.empty());
  EXPECT_EQ(room.data(), block);
}

TEST(ReadBuffer, GivesItsBlockBackWhenNothingIsConsumedFromNothing) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  fill(buffer, "\r\r");
  const char* block = buffer.view().data();
  EXPECT_EQ(buffer.remove_in_front(2, '\r'), 2U);
  buffer.consume(0);
  std::size_t capacity = 0;
  char* taken = pool.take(100, capacity);
  EXPECT_EQ(taken, block);
  pool.give_back(taken, capacity);
}

TEST(ReadBuffer, GivesTheRoomAskedFor) {
  BlockPool pool;
  for (const std::size_t wanted : {std::size_t{1}, std::size_t{8192}, std::size_t{8193},
                                   std::size_t{65536}, std::size_t{1000000}}) {
    ReadBuffer buffer(pool);
    EXPECT_EQ(buffer.room(wanted).size(), wanted);
  }
}

TEST(ReadBuffer, NeverOffersLessThanUsefulRoom) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  for (int i = 0; i < 300; ++i) {
    const std::span<char> room = buffer.room(8192);
    ASSERT_GE(room.size(), limits::kUsefulRoomBytes);
    ASSERT_LE(room.size(), 8192U);
    std::fill_n(room.begin(), 1000, 'x');
    buffer.commit(1000);
  }
  EXPECT_EQ(buffer.view(), std::string(300000, 'x'));
}

TEST(ReadBuffer, GrowsOverEverySizeWithoutLosingAByte) {
  BlockPool pool;
  const std::string bytes = some_bytes(3'000'000);
  ReadBuffer buffer(pool);
  fill(buffer, bytes, 40'000);
  EXPECT_EQ(buffer.view(), bytes);
}

TEST(ReadBuffer, GrowsWithDrainedSpaceInFront) {
  BlockPool pool;
  const std::string bytes = some_bytes(2'000'000);
  ReadBuffer buffer(pool);
  std::string taken;
  std::size_t offset = 0;
  for (const std::size_t step : {8000U, 50'000U, 300'000U, 1'000'000U}) {
    fill(buffer, std::string_view(bytes).substr(offset, step), step);
    offset += step;
    taken += buffer.view().substr(0, 100);
    buffer.consume(100);
  }
  taken += buffer.view();
  EXPECT_EQ(taken, bytes.substr(0, offset));
}

TEST(ReadBuffer, MovesAFewBytesDownRatherThanGrowing) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  const std::string bytes = some_bytes(8192);
  fill(buffer, bytes);
  buffer.consume(8100);
  const FailingAllocator nothing(0);
  const std::span<char> room = buffer.room(8192);
  EXPECT_FALSE(nothing.refused());
  EXPECT_GE(room.size(), limits::kUsefulRoomBytes);
  EXPECT_EQ(buffer.view(), std::string_view(bytes).substr(8100));
}

TEST(ReadBuffer, StaysAsItIsWhenMemoryRunsOut) {
  for (const std::size_t content : {100U, 8000U, 65'000U, 200'000U}) {
    for (const std::size_t drained : {std::size_t{0}, content / 3}) {
      BlockPool pool;
      ReadBuffer buffer(pool);
      const std::string bytes = some_bytes(content);
      fill(buffer, bytes, content);
      buffer.consume(drained);
      {
        const FailingAllocator nothing(0);
        while (buffer.room(100'000).size() >= limits::kUsefulRoomBytes) buffer.commit(1);
        EXPECT_TRUE(nothing.refused());
        EXPECT_TRUE(buffer.room(100'000).empty());
      }
      EXPECT_EQ(buffer.view().substr(0, content - drained),
                std::string_view(bytes).substr(drained));
      EXPECT_FALSE(buffer.room(100'000).empty()) << "and goes on when there is memory again";
    }
  }
}

/// What this adds to the heap, in blocks.
template <class Work>
std::ptrdiff_t blocks_left_by(Work work) {
  const std::ptrdiff_t before = FailingAllocator::blocks_in_use();
  work();
  return FailingAllocator::blocks_in_use() - before;
}

TEST(ReadBuffer, ParksWhatAReaderMayStillLookAt) {
  // Addresses in the order of a stack that grows downwards.
  const char stack[3] = {};
  const void* const deep = &stack[0];
  const void* const reader = &stack[1];
  const void* const shallow = &stack[2];
  for (const void* const frame : {reader, shallow}) {
    EXPECT_EQ(blocks_left_by([&] {
                BlockPool pool;
                ReadBuffer buffer(pool);
                fill(buffer, "bytes");
                const std::string_view view = buffer.view();
                buffer.park(reader);
                EXPECT_TRUE(buffer.empty());
                pool.free_parked(deep);
                fill(buffer, "other");
                EXPECT_EQ(view, "bytes") << "not freed, nor used again";
                buffer.clear();
                EXPECT_LT(blocks_left_by([&] { pool.free_parked(frame); }), 0);
              }),
              0);
  }
}

TEST(ReadBuffer, LeavesNothingParkedInAPoolThatIsShutDown) {
  EXPECT_EQ(blocks_left_by([] {
              BlockPool pool;
              const char reader = 0;
              ReadBuffer early(pool);
              fill(early, "bytes");
              early.park(&reader);
              ReadBuffer late(pool);
              fill(late, "bytes");
              EXPECT_LT(blocks_left_by([&] { pool.shut_down(); }), 0);
              late.park(&reader);
            }),
            0);
}

TEST(ReadBuffer, ConsumesNoMoreThanThereIs) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  buffer.consume(3);
  EXPECT_TRUE(buffer.empty());
  fill(buffer, "bytes");
  buffer.consume(9);
  EXPECT_TRUE(buffer.empty());
  fill(buffer, "again");
  EXPECT_EQ(buffer.view(), "again");
}

TEST(ReadBuffer, RefusesRoomThatNoMachineHas) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  EXPECT_TRUE(buffer.room(static_cast<std::size_t>(-1)).empty());
  fill(buffer, "still here");
  EXPECT_EQ(buffer.view(), "still here");
}

TEST(ReadBuffer, RemovesAByteInFront) {
  struct Case {
    const char* content;
    std::size_t count;
    const char* left;
    std::size_t dropped;
  };
  for (const Case& one :
       {Case{"abc", 3, "abc", 0}, Case{"a\rb", 3, "ab", 1}, Case{"\r\ra\r", 4, "a", 3},
        Case{"\r\r", 2, "", 2}, Case{"a\rb\rc", 3, "ab\rc", 1}, Case{"\rabc", 0, "\rabc", 0},
        Case{"x\r\r\ry\rz\r", 6, "xyz\r", 4}}) {
    BlockPool pool;
    ReadBuffer buffer(pool);
    fill(buffer, one.content);
    EXPECT_EQ(buffer.remove_in_front(one.count, '\r'), one.dropped) << one.content;
    EXPECT_EQ(buffer.view(), one.left);
  }
}

TEST(ReadBuffer, RemovesNothingFromNothing) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  EXPECT_EQ(buffer.remove_in_front(0, '\r'), 0U);
  EXPECT_TRUE(buffer.empty());
}

TEST(ReadBuffer, DropsAllOnClear) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  fill(buffer, some_bytes(100'000));
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
  buffer.clear();
  fill(buffer, "again");
  EXPECT_EQ(buffer.view(), "again");
}

TEST(ReadBuffer, SharesAPoolThatIsShutDownBeforeIt) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  fill(buffer, "abc");
  pool.shut_down();
  fill(buffer, "def");
  EXPECT_EQ(buffer.view(), "abcdef");
}

/// The flags of the mapping that `address` lies in (proc(5), smaps), with spaces around each.
std::string mapping_flags(const void* address) {
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  std::ifstream smaps("/proc/self/smaps");
  bool is_inside = false;
  for (std::string line; std::getline(smaps, line);) {
    std::uintptr_t first = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &first, &end) == 2) {
      is_inside = first <= wanted && wanted < end;
    } else if (is_inside && line.starts_with("VmFlags:")) {
      return line.substr(8) + " ";
    }
  }
  return {};
}

/// Fills it with so many bytes as a transport would; returns them.
std::string fill_with(ReadBuffer& buffer, std::size_t count) {
  std::string bytes = some_bytes(count);
  fill(buffer, bytes, limits::kReceiveStepBytes);
  return bytes;
}

TEST(ReadBuffer, AsksForHugePagesWhenItIsLarge) {
  if (::access("/sys/kernel/mm/transparent_hugepage/enabled", F_OK) != 0) {
    GTEST_SKIP() << "the system has no transparent huge pages";
  }
  BlockPool pool;
  ReadBuffer buffer(pool);
  fill_with(buffer, 2 * limits::kHugePageBlockBytes);
  const std::string flags = mapping_flags(buffer.view().data() + buffer.size() / 2);
  EXPECT_NE(flags.find(" hg "), std::string::npos) << flags;
}

TEST(ReadBuffer, KeepsItsBytesWhileItBecomesLarge) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  const std::string bytes = fill_with(buffer, 5 * limits::kHugePageBlockBytes + 1);
  EXPECT_TRUE(buffer.view() == bytes);
  buffer.consume(bytes.size() - 10);
  EXPECT_EQ(buffer.view(), std::string_view(bytes).substr(bytes.size() - 10));
}

TEST(ReadBuffer, KeepsItsBytesWhenItBecomesLargeBehindWhatWasTaken) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  std::string bytes = fill_with(buffer, limits::kHugePageBlockBytes / 2);
  buffer.consume(100);  // so it cannot be extended in place
  bytes.erase(0, 100);
  bytes += fill_with(buffer, limits::kHugePageBlockBytes);
  EXPECT_TRUE(buffer.view() == bytes);
}

TEST(ReadBuffer, GivesALargeBlockBack) {
  BlockPool pool;
  ReadBuffer buffer(pool);
  const char reader = 0;
  fill_with(buffer, 2 * limits::kHugePageBlockBytes);
  const char* const cleared = buffer.view().data();
  buffer.clear();
  EXPECT_EQ(mapping_flags(cleared), "");
  fill_with(buffer, 2 * limits::kHugePageBlockBytes);
  const char* const parked = buffer.view().data();
  buffer.park(&reader);
  EXPECT_NE(mapping_flags(parked), "");
  pool.free_parked(&reader);
  EXPECT_EQ(mapping_flags(parked), "");
}

}  // namespace
}  // namespace moontide
