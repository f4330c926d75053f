// ReadBuffer against a std::string: whatever is done to both, their content is the same. Two
// buffers share a pool, so that one gets the blocks the other gives back.
#include <algorithm>
#include <cstring>
#include <string>

#include "base/buffer.hpp"
#include "base/limits.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::BlockPool;
using moontide::ReadBuffer;
using moontide::test::FuzzInput;
using moontide::test::require;

constexpr std::size_t kContentMax = std::size_t{4} << 20;

struct Pair {
  explicit Pair(BlockPool& pool) : buffer(pool) {}
  ReadBuffer buffer;
  std::string model;
};

void add(Pair& pair, FuzzInput& input) {
  if (pair.model.size() > kContentMax) return;
  const std::size_t wanted = std::max<std::size_t>(input.size(), 1);
  const std::span<char> room = pair.buffer.room(wanted);
  require(!room.empty() && room.size() <= wanted, "room is what was wanted or less");
  require(room.size() >= std::min(wanted, moontide::limits::kUsefulRoomBytes), "room is useful");
  const std::size_t count = std::min(room.size(), input.size());
  const std::uint8_t seed = input.byte();
  for (std::size_t i = 0; i < count; ++i) {
    room[i] = (i + seed) % 5 == 0 ? '\r' : static_cast<char>(seed + i);
  }
  std::memset(room.data() + count, '#', room.size() - count);  // all of it is ours to write
  pair.model.append(room.data(), count);
  pair.buffer.commit(count);
}

void remove_in_front(Pair& pair, std::size_t count) {
  std::string front = pair.model.substr(0, count);
  const auto dropped = std::erase(front, '\r');
  require(pair.buffer.remove_in_front(count, '\r') == dropped, "it says how many it dropped");
  pair.model = front + pair.model.substr(count);
}

void step(Pair& pair, FuzzInput& input) {
  switch (input.byte() % 8) {
    case 0:
    case 1:
    case 2:
    case 3:
      add(pair, input);
      break;
    case 4:
    case 5: {
      const std::size_t count = std::min(input.size(), pair.model.size());
      pair.buffer.consume(count);
      pair.model.erase(0, count);
      break;
    }
    case 6:
      remove_in_front(pair, std::min(input.size(), pair.model.size()));
      break;
    default:
      pair.buffer.clear();
      pair.model.clear();
      break;
  }
  require(pair.buffer.size() == pair.model.size(), "sizes agree");
  require(pair.buffer.empty() == pair.model.empty(), "both are empty or neither is");
  require(pair.buffer.view() == pair.model, "contents agree");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 400));
  BlockPool pool;
  Pair first(pool);
  Pair second(pool);
  while (!input.empty()) {
    const std::uint8_t choice = input.byte();
    if (choice == 255) pool.shut_down();
    step(choice % 2 == 0 ? first : second, input);
    require(first.buffer.view() == first.model, "the other one is untouched");
    require(second.buffer.view() == second.model, "the other one is untouched");
  }
  return 0;
}
