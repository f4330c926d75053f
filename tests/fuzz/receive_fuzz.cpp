// ReceiveOperation over a scripted transport against a simple model of the contract (tcp.md,
// receive): every call gives what the model gives, no byte is lost or invented, and the counter
// agrees. The input writes the script and chooses the calls.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "net/stream.hpp"
#include "support/fuzz_input.hpp"
#include "support/scripted_transport.hpp"

namespace {

using moontide::BlockPool;
using moontide::Errc;
using moontide::Error;
using moontide::Failure;
using moontide::Progress;
using moontide::ReceiveOperation;
using moontide::Stream;
using moontide::Timeouts;
using moontide::test::FuzzInput;
using moontide::test::require;
using moontide::test::ScriptedTransport;
using Pattern = ReceiveOperation::Pattern;

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

struct Event {
  enum class Kind : unsigned char { bytes, pause, write_first, end, reset } kind;
  std::string bytes;
};

struct Answer {
  Failure failure;
  std::string data;
};

/// What the contract says, in the plainest words: a string of what is known to have arrived and the
/// list of what is to come.
class Model {
 public:
  void add(Event event) { coming_.push_back(std::move(event)); }

  /// `count` with Pattern::line is the limit.
  Answer receive(Pattern pattern, std::size_t count, bool may_wait, bool has_fd) {
    for (;;) {
      if (pattern == Pattern::line && std::min(have_.find('\n'), have_.size()) > count) {
        std::string first = take(count);
        std::erase(first, '\r');
        return {Error{Errc::line_too_long}, first};
      }
      if (pattern == Pattern::line && have_.find('\n') != std::string::npos) {
        std::string line = take(have_.find('\n') + 1);
        line.pop_back();
        std::erase(line, '\r');
        return {{}, line};
      }
      if (pattern == Pattern::count && have_.size() >= std::max<std::size_t>(count, 1)) {
        return {{}, take(count)};
      }
      if (!has_fd) return ended(pattern);
      if (coming_.empty()) return failed(pattern, Error{Errc::timeout});
      Event event = std::move(coming_.front());
      coming_.erase(coming_.begin());
      if (event.kind == Event::Kind::bytes) have_ += event.bytes;
      if (event.kind == Event::Kind::end) return ended(pattern);
      if (event.kind == Event::Kind::reset) return failed(pattern, Error::from_errno(ECONNRESET));
      const bool waits = event.kind == Event::Kind::pause || event.kind == Event::Kind::write_first;
      // After the very last pause the deadline passes.
      if (waits && (!may_wait || coming_.empty())) return failed(pattern, Error{Errc::timeout});
    }
  }

  std::uint64_t received = 0;

 private:
  std::string take(std::size_t count) {
    std::string taken = have_.substr(0, count);
    have_.erase(0, count);
    received += taken.size();
    return taken;
  }
  Answer ended(Pattern pattern) {
    if (pattern == Pattern::all && !have_.empty()) return {{}, take(have_.size())};
    return failed(pattern, Error{Errc::closed});
  }
  Answer failed(Pattern pattern, Error error) {
    std::string rest = take(have_.size());
    if (pattern == Pattern::line) std::erase(rest, '\r');
    return {error, rest};
  }

  std::string have_;
  std::vector<Event> coming_;
};

/// Bytes to come: those of the input, or a long run with line ends here and there.
std::string some_bytes(FuzzInput& input) {
  if (input.byte() % 2 == 0) return std::string(input.bytes(input.byte() % 32));
  std::string bytes(input.size() & 0x3ffffU, 'x');
  const std::size_t step = input.byte() + std::size_t{1};
  for (std::size_t i = step; i < bytes.size(); i += step) bytes[i] = i % 3 == 0 ? '\n' : '\r';
  return bytes;
}

void add_event(FuzzInput& input, ScriptedTransport& peer, Model& model) {
  switch (input.byte() % 8) {
    case 0:
      peer.pauses();
      return model.add({Event::Kind::pause, ""});
    case 1:
      peer.wants_to_write_first();
      return model.add({Event::Kind::write_first, ""});
    case 2:
      if (input.byte() % 4 != 0) return;
      peer.ends();
      return model.add({Event::Kind::end, ""});
    case 3:
      if (input.byte() % 4 != 0) return;
      peer.breaks(ECONNRESET);
      return model.add({Event::Kind::reset, ""});
    default: {
      const std::string bytes = some_bytes(input);
      if (bytes.empty()) return;
      peer.arrives(bytes);
      return model.add({Event::Kind::bytes, bytes});
    }
  }
}

class Comparison {
 public:
  void run(FuzzInput& input) {
    int calls = 0;
    while (!input.empty()) {
      if (input.byte() % 2 == 0) {
        add_event(input, peer_, model_);
      } else {
        call(input);
      }
    }
    // What is left comes out in the end.
    while (!peer_.exhausted() && ++calls < 1000) compare(Pattern::all, 0, true);
    compare(Pattern::line, kNoLimit, false);
  }

 private:
  void call(FuzzInput& input) {
    const auto pattern = static_cast<Pattern>(input.byte() % 3);
    const std::uint8_t mode = input.byte();
    // The model does not know which bytes were still on their way when the descriptor went.
    if (mode % 16 == 15 && peer_.exhausted()) peer_.descriptor = moontide::kInvalidFd;
    if (mode % 4 == 3 && pattern == Pattern::line) abandon();
    const bool limited = pattern != Pattern::line || mode % 8 == 6;
    compare(pattern, limited ? input.size() : kNoLimit, mode % 2 == 0);
    peer_.descriptor = ScriptedTransport::kSomeFd;
  }

  /// A line whose copying failed: nobody took it, and the next call gives the same.
  void abandon() {
    if (stream_.buffer().view().find('\n') == std::string_view::npos) return;
    operation_.begin(Pattern::line, 0, kNoWait);
    require(operation_.perform() == Progress::done && !operation_.failure, "a line was there");
    (void)operation_.data();
  }

  void compare(Pattern pattern, std::size_t count, bool may_wait) {
    const bool has_fd = peer_.descriptor >= 0;
    const Timeouts& timeouts = may_wait ? kForever : kNoWait;
    if (pattern == Pattern::line && count != kNoLimit) {
      operation_.begin_line(count, timeouts);
    } else {
      operation_.begin(pattern, count, timeouts);
    }
    Progress progress = operation_.perform();
    while (progress != Progress::done) {
      require(may_wait, "it waits only where it may");
      progress = peer_.exhausted() ? operation_.expire() : operation_.perform();
    }
    const Answer expected = model_.receive(pattern, count, may_wait, has_fd);
    require(operation_.failure == expected.failure, "the outcome is the model's");
    require(operation_.data() == expected.data, "the data are the model's");
    operation_.take();
    require(stream_.received == model_.received, "the counter is the model's");
  }

  ScriptedTransport peer_;
  BlockPool pool_;
  Stream stream_{peer_, pool_};
  ReceiveOperation operation_{stream_};
  Model model_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 600));
  Comparison().run(input);
  return 0;
}
