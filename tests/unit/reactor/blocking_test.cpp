// Goal: the blocking driver waits for what an operation wants, exactly as long as it may, and a
// storm of signals changes nothing of that.
#include "reactor/blocking.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>
#include <vector>

#include "net/stream.hpp"
#include "net/unix_connector.hpp"
#include "reactor/select.hpp"
#include "reactor/sleep.hpp"
#include "support/error_words.hpp"
#include "support/signal_storm.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using test::SignalStorm;
using Clock = Deadline::Clock;

/// Wants a given list of things, one after the other, and counts how it was driven.
class Wisher final : public Operation {
 public:
  explicit Wisher(std::vector<Progress> wishes) : wishes_(std::move(wishes)) {}
  Progress perform() noexcept override {
    ++performed;
    return performed < wishes_.size() ? wishes_[performed] : Progress::done;
  }
  Progress expire() noexcept override {
    ++expired;
    return fail(Error{Errc::timeout});
  }
  std::span<pollfd> poll_set() noexcept override { return set; }
  Progress first() const { return wishes_.front(); }

  std::vector<pollfd> set;
  std::size_t performed = 0;
  int expired = 0;

 private:
  std::vector<Progress> wishes_;
};

TEST(RunBlocking, DoesNothingForWhatIsDone) {
  Wisher wisher({});
  run_blocking(wisher, Progress::done);
  EXPECT_EQ(wisher.performed, 0U);
  EXPECT_EQ(wisher.expired, 0);
}

TEST(RunBlocking, PerformsAgainWhenTheDescriptorIsReady) {
  auto [near, far] = test::socket_pair();
  test::write_all(far.get(), "x");
  for (const Progress want : {Progress::want_read, Progress::want_write}) {
    Wisher wisher({want, want, Progress::done});
    wisher.fd = near.get();
    run_blocking(wisher, wisher.first());
    EXPECT_EQ(wisher.performed, 2U);
    EXPECT_EQ(wisher.expired, 0);
  }
}

TEST(RunBlocking, ExpiresWhenTheDeadlinePasses) {
  auto [near, far] = test::socket_pair();
  Wisher wisher({Progress::want_read});
  wisher.fd = near.get();
  wisher.deadline = Deadline::after(Clock::now(), 3ms);
  run_blocking(wisher, wisher.first());
  EXPECT_TRUE(wisher.deadline.expired(Clock::now()));
  EXPECT_EQ(wisher.performed, 0U);
  EXPECT_EQ(wisher.expired, 1);
}

TEST(RunBlocking, LooksOnceWhenTheDeadlineHasPassedAlready) {
  auto [near, far] = test::socket_pair();
  Wisher late({Progress::want_read});
  late.fd = near.get();
  late.deadline = Deadline::at(Clock::now() - 1s);
  run_blocking(late, late.first());
  EXPECT_EQ(late.expired, 1);

  test::write_all(far.get(), "x");
  Wisher ready({Progress::want_read});
  ready.fd = near.get();
  ready.deadline = Deadline::at(Clock::now() - 1s);
  run_blocking(ready, ready.first());
  EXPECT_EQ(ready.performed, 1U);
  EXPECT_EQ(ready.expired, 0);
}

/// Never gets on with a descriptor that is always ready.
class Restless final : public Operation {
 public:
  Progress perform() noexcept override {
    if (deadline.expired(Clock::now())) ++performed_late;
    return performed_late < 1000 ? Progress::want_write : Progress::done;
  }
  int performed_late = 0;
};

TEST(RunBlocking, EndsAtTheDeadlineThoughTheDescriptorStaysReady) {
  auto [near, far] = test::socket_pair();
  Restless restless;
  restless.fd = near.get();
  restless.deadline = Deadline::after(Clock::now(), 3ms);
  run_blocking(restless, Progress::want_write);
  EXPECT_EQ(test::words(restless.failure), "timeout");
  EXPECT_LE(restless.performed_late, 2);
}

/// Not even one descriptor may be waited for (poll(2), EINVAL).
class NoOpenFiles {
 public:
  NoOpenFiles() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoOpenFiles(const NoOpenFiles&) = delete;
  NoOpenFiles& operator=(const NoOpenFiles&) = delete;
  ~NoOpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(RunBlocking, FailsWhenTheWaitItselfFails) {
  auto [near, far] = test::socket_pair();
  Wisher wisher({Progress::want_read});
  wisher.fd = near.get();
  {
    const NoOpenFiles limit;
    run_blocking(wisher, wisher.first());
  }
  EXPECT_EQ(test::words(wisher.failure), "Invalid argument");
  EXPECT_EQ(wisher.performed, 0U);
}

TEST(RunBlocking, LetsTheOperationFindOutAboutABadDescriptor) {
  Wisher wisher({Progress::want_read});
  wisher.fd = 1'000'000;
  run_blocking(wisher, wisher.first());
  EXPECT_EQ(wisher.performed, 1U);
}

TEST(RunBlocking, SeesAHangupAsReadiness) {
  auto [near, far] = test::socket_pair();
  far.reset();
  Wisher wisher({Progress::want_read});
  wisher.fd = near.get();
  run_blocking(wisher, wisher.first());
  EXPECT_EQ(wisher.performed, 1U);
}

TEST(RunBlocking, PerformsWhenTheTimerIsOver) {
  Wisher wisher({Progress::want_timer});
  wisher.deadline = Deadline::after(Clock::now(), 2ms);
  run_blocking(wisher, wisher.first());
  EXPECT_TRUE(wisher.deadline.expired(Clock::now()));
  EXPECT_EQ(wisher.performed, 1U);
  EXPECT_EQ(wisher.expired, 0);
}

TEST(RunBlocking, PerformsForAWholeSetInBothOutcomes) {
  auto [near, far] = test::socket_pair();
  Wisher nothing({Progress::want_any});
  nothing.set = {{near.get(), POLLIN, 0}};
  nothing.deadline = Deadline::after(Clock::now(), 1ms);
  run_blocking(nothing, nothing.first());
  EXPECT_EQ(nothing.performed, 1U);
  EXPECT_EQ(nothing.set[0].revents, 0);

  Wisher something({Progress::want_any});
  something.set = {{near.get(), POLLIN, 0}, {far.get(), POLLOUT, 0}};
  run_blocking(something, something.first());
  EXPECT_EQ(something.performed, 1U);
  EXPECT_EQ(something.set[0].revents, 0);
  EXPECT_EQ(something.set[1].revents, POLLOUT);
}

/// The flags with which programs install their handlers.
class UnderSignals : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Handlers, UnderSignals, ::testing::Values(0, SA_RESTART),
                         [](const auto& flags) {
                           return flags.param == 0 ? "Plain" : "Restarting";
                         });

TEST_P(UnderSignals, ATimeoutComesNeitherEarlyNorNever) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  BlockPool pool;
  Stream stream(transport, pool);
  ReceiveOperation receive(stream);
  const SignalStorm storm(GetParam());
  for (const Timeouts& timeouts : {Timeouts{0.02, -1}, Timeouts{-1, 0.02}, Timeouts{0.02, 5}}) {
    const auto start = Clock::now();
    receive.begin(ReceiveOperation::Pattern::line, 0, timeouts);
    run_blocking(receive, receive.perform());
    EXPECT_EQ(test::words(receive.failure), "timeout");
    EXPECT_GE(Clock::now() - start, 20ms);
  }
  EXPECT_GT(SignalStorm::handled(), 0);
}

TEST_P(UnderSignals, AnEndlessWaitEndsWithTheData) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  BlockPool pool;
  Stream stream(transport, pool);
  ReceiveOperation receive(stream);
  const SignalStorm storm(GetParam());
  std::thread writer([&, peer = far.get()] {
    const int before = SignalStorm::handled();
    while (SignalStorm::handled() < before + 20) std::this_thread::yield();
    test::write_all(peer, "here\n");
  });
  const Timeouts forever;
  receive.begin(ReceiveOperation::Pattern::line, 0, forever);
  run_blocking(receive, receive.perform());
  writer.join();
  EXPECT_EQ(test::words(receive.failure), "");
  EXPECT_EQ(receive.data(), "here");
  receive.take();
}

TEST_P(UnderSignals, ASleepIsNotCutShort) {
  const SignalStorm storm(GetParam());
  const auto start = Clock::now();
  SleepOperation sleep(Deadline::after(start, 20ms));
  run_blocking(sleep, sleep.perform());
  EXPECT_GE(Clock::now() - start, 20ms);
  EXPECT_FALSE(sleep.failure);
}

TEST_P(UnderSignals, ASelectIsNotCutShort) {
  auto [near, far] = test::socket_pair();
  const SignalStorm storm(GetParam());
  pollfd set{near.get(), POLLIN, 0};
  const auto start = Clock::now();
  SelectOperation select({&set, 1}, Deadline::after(start, 20ms));
  run_blocking(select, select.perform());
  EXPECT_GE(Clock::now() - start, 20ms);
  EXPECT_FALSE(select.failure);
  EXPECT_EQ(set.revents, 0);
}

TEST_P(UnderSignals, EveryByteOfALongTransferArrives) {
  auto [near, far] = test::socket_pair();
  SocketTransport transport;
  transport.handle.own(std::move(near));
  BlockPool pool;
  Stream stream(transport, pool);
  SendOperation send(stream);
  const std::string bytes(2'000'000, 'z');
  std::string arrived;
  std::thread reader([&, peer = far.get()] { arrived = test::read_exactly(peer, bytes.size()); });
  {
    const SignalStorm storm(GetParam());
    const Timeouts forever;
    send.begin(bytes, forever);
    run_blocking(send, send.perform());
  }
  reader.join();
  EXPECT_EQ(test::words(send.failure), "");
  EXPECT_EQ(send.sent(), bytes.size());
  EXPECT_EQ(arrived, bytes);
}

}  // namespace
}  // namespace moontide
