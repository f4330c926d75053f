#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "net/transport.hpp"
#include "reactor/operation.hpp"

namespace moontide::test {

/// A transport that plays a list of events in place of a peer and records what it was asked.
///
/// A chunk larger than the room offered is handed out in pieces. At the end of the list nothing
/// comes and nothing more is accepted: reading and writing would block.
class ScriptedTransport final : public Transport {
 public:
  static constexpr int kSomeFd = 1'000'000;  ///< Nobody makes a system call on it.

  void arrives(std::string bytes) { incoming_.push_back({IoResult::moved(0), std::move(bytes)}); }
  void pauses() { incoming_.push_back({{IoResult::Status::want_read}, ""}); }
  void wants_to_write_first() { incoming_.push_back({{IoResult::Status::want_write}, ""}); }
  void ends() { incoming_.push_back({IoResult::ended(), ""}); }
  void breaks(Error error) { incoming_.push_back({IoResult::failed(error), ""}); }
  void breaks(int number) { breaks(Error::from_errno(number)); }

  void accepts(std::size_t bytes) { outgoing_.push_back(IoResult::moved(bytes)); }
  void is_full() { outgoing_.push_back({IoResult::Status::want_write}); }
  void wants_to_read_first() { outgoing_.push_back({IoResult::Status::want_read}); }
  void refuses(Error error) { outgoing_.push_back(IoResult::failed(error)); }
  void hung_up() { outgoing_.push_back(IoResult::ended()); }

  bool exhausted() const noexcept { return incoming_.empty() && outgoing_.empty(); }

  IoResult receive(std::span<char> room) noexcept override {
    rooms.push_back(room.size());
    if (incoming_.empty()) return {IoResult::Status::want_read};
    Event& event = incoming_.front();
    const IoResult result = event.result;
    if (result.status != IoResult::Status::ok) {
      incoming_.pop_front();
      return result;
    }
    const std::size_t count = std::min(room.size(), event.bytes.size());
    std::copy_n(event.bytes.begin(), count, room.begin());
    event.bytes.erase(0, count);
    if (event.bytes.empty()) incoming_.pop_front();
    return IoResult::moved(count);
  }

  IoResult send(std::span<const char> data) noexcept override {
    if (outgoing_.empty()) return {IoResult::Status::want_write};
    IoResult result = outgoing_.front();
    outgoing_.pop_front();
    if (result.status != IoResult::Status::ok) return result;
    result.bytes = std::min(result.bytes, data.size());
    sent.append(data.data(), result.bytes);
    return result;
  }

  int fd() const noexcept override { return descriptor; }

  int descriptor = kSomeFd;
  std::string sent;
  std::vector<std::size_t> rooms;  ///< What each receive() offered.

 private:
  struct Event {
    IoResult result;
    std::string bytes;  // with ok
  };
  std::deque<Event> incoming_;
  std::deque<IoResult> outgoing_;
};

/// Steps `operation` to its end without waiting: readiness comes at once, and where the script has
/// nothing more to offer, so does the deadline.
inline void play(Operation& operation, const ScriptedTransport& transport) {
  Progress progress = operation.perform();
  while (progress != Progress::done) {
    progress = transport.exhausted() ? operation.expire() : operation.perform();
  }
}

}  // namespace moontide::test
