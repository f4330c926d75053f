#include "reactor/reactor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "reactor/select.hpp"
#include "reactor/sleep.hpp"
#include "support/error_words.hpp"
#include "support/failing_allocator.hpp"
#include "support/reactor_fixture.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using test::Clock;
using test::in;
using test::ReactorTest;
using test::Reader;
using test::Writer;

TEST_F(ReactorTest, WakesWhoeverWaitsForADescriptor) {
  auto [near, far] = test::socket_pair();
  Reader reader(near.get());
  start(reader);
  EXPECT_TRUE(reader.step.pending());
  EXPECT_EQ(reader.waiter.wants(), Progress::want_read);
  EXPECT_EQ(reader.waiter.descriptor(), near.get());
  EXPECT_EQ(next(1ms), nullptr);
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
  EXPECT_FALSE(reader.step.failure);
  EXPECT_FALSE(reader.step.pending());
  expect_nothing_left();
}

TEST_F(ReactorTest, LetsOneReadAndAnotherWriteTheSameDescriptor) {
  for (const bool standing : {false, true}) {
    auto [near, far] = test::socket_pair();
    Registration registration;
    Registration* const promise = standing ? &registration : nullptr;
    fill(near.get());
    Reader reader(near.get(), promise);
    Writer writer(near.get(), promise);
    start(reader);
    start(writer);
    EXPECT_EQ(next(1ms), nullptr);
    test::write_all(far.get(), "x");
    EXPECT_EQ(next(), &reader.waiter);
    EXPECT_TRUE(writer.step.pending());
    drain(far.get());
    EXPECT_EQ(next(), &writer.waiter);
    expect_nothing_left();
  }
}

TEST_F(ReactorTest, WakesSeveralReadersOfOneDescriptor) {
  auto [near, far] = test::socket_pair();
  Reader one(near.get()), two(near.get());
  start(one);
  start(two);
  test::write_all(far.get(), "x");
  Waiter* const first = next();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(next(1ms), nullptr);  // the other found nothing, and waits on
  test::write_all(far.get(), "x");
  Waiter* const second = next();
  ASSERT_NE(second, nullptr);
  EXPECT_NE(first, second);
  expect_nothing_left();
}

TEST_F(ReactorTest, DoesNotSpinForWhatNobodyWants) {
  auto [near, far] = test::socket_pair();
  Registration registration;
  Reader reader(near.get(), &registration);
  start(reader);
  test::write_all(far.get(), "xxx");  // more than the reader takes
  EXPECT_EQ(next(), &reader.waiter);
  waits = 0;
  EXPECT_EQ(next(20ms), nullptr);
  EXPECT_LE(waits, 3);
  // And it notices when somebody wants it again.
  Reader again(near.get(), &registration);
  start(again);
  EXPECT_EQ(next(), &again.waiter);
}

TEST_F(ReactorTest, ServesADescriptorThatGotTheNumberOfAnother) {
  auto first = test::socket_pair();
  Registration promise;
  Reader reader(first.first.get(), &promise);
  start(reader);
  test::write_all(first.second.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
  const int number = first.first.get();

  // Closed by its owner, who says so.
  promise.drop();
  first.first.reset();
  auto second = test::socket_pair();
  ASSERT_EQ(second.first.get(), number);
  Registration other_promise;
  Reader other(number, &other_promise);
  start(other);
  test::write_all(second.second.get(), "x");
  EXPECT_EQ(next(), &other.waiter);

  // Closed behind its owner's back.
  second.first.reset();
  auto third = test::socket_pair();
  ASSERT_EQ(third.first.get(), number);
  Registration third_promise;
  Reader last(number, &third_promise);
  start(last);
  test::write_all(third.second.get(), "x");
  EXPECT_EQ(next(), &last.waiter);
  expect_nothing_left();
}

TEST_F(ReactorTest, ServesAForeignDescriptorThatGotTheNumberOfAnother) {
  auto first = test::socket_pair();
  Reader reader(first.first.get());
  start(reader);
  test::write_all(first.second.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
  const int number = first.first.get();
  first.first.reset();
  auto second = test::socket_pair();
  ASSERT_EQ(second.first.get(), number);
  Reader other(number);
  start(other);
  test::write_all(second.second.get(), "x");
  EXPECT_EQ(next(), &other.waiter);
}

TEST_F(ReactorTest, LeavesOthersToFindOutThatADescriptorIsGone) {
  auto [near, far] = test::socket_pair();
  Registration promise;
  Reader owner(near.get(), &promise), sharer(near.get());
  start(owner);
  start(sharer);
  owner.step.busy = nullptr;
  Reactor::close(owner.step);
  promise.drop();
  near.reset();
  EXPECT_EQ(next(), &owner.waiter);
  EXPECT_EQ(next(), &sharer.waiter);
  ASSERT_TRUE(sharer.step.failure);
  EXPECT_TRUE(sharer.step.failure->is_errno(EBADF));
  expect_nothing_left();
}

TEST_F(ReactorTest, KeepsCopiesOfOneDescriptorApart) {
  auto [near, far] = test::socket_pair();
  Fd copy(::fcntl(near.get(), F_DUPFD_CLOEXEC, 0));
  ASSERT_TRUE(copy);
  Registration promise, copy_promise;
  Reader one(near.get(), &promise), two(copy.get(), &copy_promise);
  start(one);
  start(two);
  reactor.cancel(one.waiter);
  promise.drop();
  near.reset();  // the file stays open, through the copy
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &two.waiter);
  test::write_all(far.get(), "x");
  waits = 0;
  EXPECT_EQ(next(10ms), nullptr);
  EXPECT_LE(waits, 3);
}

TEST_F(ReactorTest, PollsFilesThatNoQueueTakes) {
  const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file);
  Reader reader(file.get());
  start(reader);
  EXPECT_EQ(reader.waiter.descriptor(), file.get());
  EXPECT_EQ(next(), &reader.waiter);
  EXPECT_FALSE(reader.step.failure);
  expect_nothing_left();
}

TEST_F(ReactorTest, WaitsForAnyOfManyBesideOthers) {
  auto [near, far] = test::socket_pair();
  auto [left, right] = test::socket_pair();
  std::vector<pollfd> set{{near.get(), POLLIN, 0}, {far.get(), POLLIN, 0}};
  SelectOperation select(set, in(5s));
  Waiter waiter;
  Reader reader(left.get());
  start(reader);
  reactor.start(waiter, select, select.perform());
  EXPECT_EQ(waiter.wants(), Progress::want_any);
  test::write_all(right.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &waiter);
  EXPECT_EQ(set[0].revents, POLLIN);
  EXPECT_EQ(set[1].revents, 0);
  expect_nothing_left();
}

TEST_F(ReactorTest, EndsWaitsAtTheirDeadlines) {
  auto [near, far] = test::socket_pair();
  Reader reader(near.get());
  reader.step.deadline = in(2ms);
  start(reader);
  SleepOperation sleep(in(4ms));
  Waiter sleeper;
  reactor.start(sleeper, sleep, sleep.perform());
  EXPECT_EQ(reactor.timers(), 2u);
  EXPECT_EQ(reactor.next_deadline(), reader.step.deadline);
  EXPECT_EQ(next(), &reader.waiter);
  ASSERT_TRUE(reader.step.failure);
  EXPECT_EQ(*reader.step.failure, Error{Errc::timeout});
  EXPECT_FALSE(reader.waiter.reached_limit());
  EXPECT_EQ(next(), &sleeper);
  EXPECT_TRUE(sleep.deadline.expired(Clock::now()));
  EXPECT_FALSE(sleep.failure);
  EXPECT_TRUE(reactor.next_deadline().is_never());
  expect_nothing_left();
}

TEST_F(ReactorTest, ObeysALimitBeforeTheDeadlineAndNoneAfterIt) {
  auto [near, far] = test::socket_pair();
  Reader limited(near.get());
  limited.step.deadline = in(5s);
  limited.waiter.limit = in(2ms);
  start(limited);
  EXPECT_EQ(next(), &limited.waiter);
  EXPECT_TRUE(limited.waiter.reached_limit());
  EXPECT_FALSE(limited.step.failure);

  Reader timed(near.get());
  timed.step.deadline = in(2ms);
  timed.waiter.limit = in(5s);
  start(timed);
  EXPECT_EQ(next(), &timed.waiter);
  EXPECT_FALSE(timed.waiter.reached_limit());
  EXPECT_TRUE(timed.step.failure);
  expect_nothing_left();
}

TEST_F(ReactorTest, CancelsAtEveryStage) {
  auto [near, far] = test::socket_pair();
  Reader reader(near.get());
  reactor.cancel(reader.waiter);  // it does not wait

  reader.step.deadline = in(5s);
  start(reader);
  reactor.cancel(reader.waiter);
  EXPECT_FALSE(reader.step.pending());
  expect_nothing_left();

  Reader before(near.get()), behind(near.get());
  reactor.start_finished(before.waiter, before.step);
  reactor.start_finished(reader.waiter, reader.step);
  reactor.start_finished(behind.waiter, behind.step);
  reactor.cancel(reader.waiter);  // from the middle of the finished
  EXPECT_EQ(reactor.take_finished(), &before.waiter);
  EXPECT_TRUE(before.step.pending());  // nobody may begin it before its results are fetched
  reactor.cancel(before.waiter);
  EXPECT_FALSE(before.step.pending());
  reactor.cancel(behind.waiter);  // the last one
  EXPECT_EQ(reactor.take_finished(), nullptr);
  expect_nothing_left();
}

TEST_F(ReactorTest, TellsWhatTheOperationKeepsBusy) {
  auto [near, far] = test::socket_pair();
  Operation* half = nullptr;
  Reader reader(near.get());
  reader.step.busy = &half;
  start(reader);
  EXPECT_EQ(half, &reader.step);
  test::write_all(far.get(), "x");
  reactor.wait(in(5s));
  EXPECT_EQ(reactor.take_finished(), &reader.waiter);
  EXPECT_EQ(half, &reader.step);
  reactor.cancel(reader.waiter);
  EXPECT_EQ(half, nullptr);
}

TEST_F(ReactorTest, EndsAnOperationWhoseObjectIsClosed) {
  auto [near, far] = test::socket_pair();
  Reader reader(near.get());
  Reactor::close(reader.step);  // nobody waits: nothing happens
  EXPECT_FALSE(reader.step.failure);
  start(reader);
  Reactor::close(reader.step);
  Reactor::close(reader.step);
  EXPECT_EQ(reactor.take_finished(), &reader.waiter);
  Reactor::close(reader.step);
  ASSERT_TRUE(reader.step.failure);
  EXPECT_EQ(*reader.step.failure, Error{Errc::closed});
  EXPECT_EQ(reactor.take_finished(), nullptr);
  reactor.cancel(reader.waiter);
  expect_nothing_left();
}

TEST_F(ReactorTest, GivesTheFinishedInTheirOrder) {
  std::vector<SleepOperation> sleeps(4, SleepOperation(Deadline::at({})));
  std::array<Waiter, 4> waiters;
  for (std::size_t i = 0; i < 4; ++i) reactor.start_finished(waiters[i], sleeps[i]);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(next(), &waiters[i]);
}

TEST_F(ReactorTest, DoesNotWaitWhileSomeAreFinished) {
  SleepOperation sleep(Deadline::at({}));
  Waiter waiter;
  reactor.start_finished(waiter, sleep);
  const Clock::time_point before = Clock::now();
  reactor.wait(in(60s));
  EXPECT_LT(Clock::now() - before, 30s);
  EXPECT_EQ(next(), &waiter);
}

TEST_F(ReactorTest, EndsAnOperationThatItHasNoMemoryFor) {
  std::vector<std::pair<Fd, Fd>> pairs;
  for (int i = 0; i < 40; ++i) pairs.push_back(test::socket_pair());
  Reader reader(pairs.back().first.get());
  reader.step.deadline = in(5s);
  for (std::size_t allowed = 0;; ++allowed) {
    Reactor fresh;
    bool refused = false;
    {
      test::FailingAllocator failing(allowed);
      fresh.start(reader.waiter, reader.step, Progress::want_read);
      refused = failing.refused();
    }
    if (!refused) {
      fresh.cancel(reader.waiter);
      break;
    }
    EXPECT_EQ(fresh.take_finished(), &reader.waiter);
    ASSERT_TRUE(reader.step.failure);
    EXPECT_EQ(*reader.step.failure, Error{Errc::no_memory});
    reader.step.failure.reset();
    fresh.cancel(reader.waiter);
    EXPECT_EQ(fresh.timers(), 0u);
    ASSERT_LT(allowed, 100u);
  }
}

TEST_F(ReactorTest, EndsWhatItPollsForWhenMemoryRunsOut) {
  auto [near, far] = test::socket_pair();
  pollfd set{near.get(), POLLIN, 0};
  SelectOperation select({&set, 1}, in(5s));
  Waiter waiter;
  reactor.start(waiter, select, select.perform());
  {
    test::FailingAllocator nothing(0);
    reactor.wait(in(5s));
  }
  EXPECT_EQ(next(), &waiter);
  EXPECT_TRUE(select.failure);
}

TEST_F(ReactorTest, LetsGoOfRegistrationsAtItsEnd) {
  auto [near, far] = test::socket_pair();
  Registration registration;
  {
    Reactor shorter;
    Reader reader(near.get(), &registration);
    shorter.start(reader.waiter, reader.step, Progress::want_read);
    shorter.cancel(reader.waiter);
  }
  registration.drop();
  Reader reader(near.get(), &registration);  // of another one
  start(reader);
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
}

// A fork by some other library leaves both with one queue.
TEST_F(ReactorTest, IsNotDisturbedByWhatAnotherProcessThatAForkMadeDoes) {
  auto [near, far] = test::socket_pair();
  auto [own, peer] = test::socket_pair();
  Registration registration;
  Reader reader(near.get(), &registration);
  Reader other(own.get());
  start(reader);
  start(other);
  EXPECT_EQ(next(1ms), nullptr);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Its own waits go on; it closes one, and gives another up.
    test::write_all(far.get(), "y");
    const bool is_woken = next() == &reader.waiter;
    registration.drop();
    reactor.cancel(other.waiter);
    near.reset();
    ::_exit(is_woken ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  test::write_all(far.get(), "x");
  test::write_all(peer.get(), "x");
  EXPECT_NE(next(), nullptr);
  EXPECT_NE(next(), nullptr);
  expect_nothing_left();
}

// As programs do that close all descriptors they know nothing of.
TEST_F(ReactorTest, GoesOnWhenSomebodyClosesItsQueue) {
  auto [near, far] = test::socket_pair();
  auto [own, peer] = test::socket_pair();
  Registration registration;
  Reader reader(near.get(), &registration);
  Reader other(own.get());
  start(reader);
  start(other);
  EXPECT_EQ(next(1ms), nullptr);
  ::close(reactor.fd());
  test::write_all(far.get(), "x");
  test::write_all(peer.get(), "x");
  EXPECT_NE(next(), nullptr);
  EXPECT_NE(next(), nullptr);
  start(reader);
  EXPECT_EQ(next(1ms), nullptr);
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &reader.waiter);
  expect_nothing_left();
}

}  // namespace
}  // namespace moontide
