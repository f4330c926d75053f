#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <utility>

#include "support/reactor_fixture.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using namespace std::chrono_literals;
using test::in;
using test::ReactorTest;
using test::Reader;
using test::Writer;

/// Two readers whose descriptors are found ready by one wait.
class TwoReadyTest : public ReactorTest {
 protected:
  /// Takes the one that goes on first.
  void find_both() {
    test::write_all(ends[0].second.get(), "x");
    test::write_all(ends[1].second.get(), "x");
    for (const std::unique_ptr<Reader>& reader : readers) start(*reader);
    reactor.wait(in(5s));
    Waiter* const waiter = reactor.take_finished();
    ASSERT_NE(waiter, nullptr);
    other = waiter == &readers[0]->waiter ? 1 : 0;
    reactor.cancel(*waiter);
  }

  std::array<std::pair<Fd, Fd>, 2> ends{test::socket_pair(), test::socket_pair()};
  std::array<Registration, 2> promises;
  std::array<std::unique_ptr<Reader>, 2> readers{
      std::make_unique<Reader>(ends[0].first.get(), &promises[0]),
      std::make_unique<Reader>(ends[1].first.get(), &promises[1])};
  std::size_t other = 0;
};

TEST_F(TwoReadyTest, GoOnOneAfterTheOther) {
  find_both();
  EXPECT_EQ(readers[other]->step.performed, 0);
  EXPECT_EQ(reactor.upcoming(0), &readers[other]->waiter);
  EXPECT_EQ(reactor.upcoming(1), nullptr);
  EXPECT_EQ(reactor.take_finished(), &readers[other]->waiter);
  reactor.cancel(readers[other]->waiter);
  EXPECT_EQ(reactor.take_finished(), nullptr);
  expect_nothing_left();
}

TEST_F(TwoReadyTest, AreFoundAgainWhenOneWasNotAskedFor) {
  find_both();
  reactor.wait(in(5s));
  EXPECT_EQ(reactor.take_finished(), &readers[other]->waiter);
  reactor.cancel(readers[other]->waiter);
  expect_nothing_left();
}

TEST_F(TwoReadyTest, KeepTheirBytesWhenOneIsCancelledMeanwhile) {
  find_both();
  reactor.cancel(readers[other]->waiter);
  EXPECT_EQ(reactor.take_finished(), nullptr);
  EXPECT_EQ(readers[other]->step.performed, 0);
  start(*readers[other]);
  EXPECT_EQ(next(), &readers[other]->waiter);
  expect_nothing_left();
}

TEST_F(TwoReadyTest, EndBeforeDeadlinesThatPassedMeanwhile) {
  for (const std::unique_ptr<Reader>& reader : readers) reader->step.deadline = Deadline::at({});
  find_both();
  EXPECT_EQ(reactor.take_finished(), &readers[other]->waiter);
  EXPECT_FALSE(readers[other]->step.failure);
  reactor.cancel(readers[other]->waiter);
  expect_nothing_left();
}

TEST_F(TwoReadyTest, SayNothingOfTheNextFileWithTheNumber) {
  find_both();
  const int number = readers[other]->step.fd;
  reactor.cancel(readers[other]->waiter);
  promises[other].drop();
  ends[other].first.reset();
  auto [near, far] = test::socket_pair();
  ASSERT_EQ(near.get(), number);
  Registration promise;
  Reader next_one(number, &promise);
  start(next_one);
  EXPECT_EQ(reactor.take_finished(), nullptr);
  EXPECT_EQ(next_one.step.performed, 0);
  test::write_all(far.get(), "x");
  EXPECT_EQ(next(), &next_one.waiter);
  expect_nothing_left();
}

TEST_F(TwoReadyTest, SayNothingOfWhatIsWantedSince) {
  find_both();
  Writer writer(readers[other]->step.fd, &promises[other]);
  fill(writer.step.fd);
  start(writer);
  EXPECT_EQ(reactor.take_finished(), nullptr);
  EXPECT_EQ(next(), &readers[other]->waiter);  // found again
  drain(ends[other].second.get());
  EXPECT_EQ(next(), &writer.waiter);
  expect_nothing_left();
}

}  // namespace
}  // namespace moontide
