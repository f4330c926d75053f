// The program that this is in has no queue of events: all tests of the reactor in it poll.
#include <gtest/gtest.h>

#include <cerrno>

#include "reactor/event_queue.hpp"
#include "reactor/reactor.hpp"
#include "support/error_words.hpp"

namespace moontide {
namespace {

TEST(NoEventQueue, SaysSo) {
  EventQueue queue;
  for (const Failure& failure : {queue.open(), queue.set(0, kNone, kReadable)}) {
    ASSERT_TRUE(failure);
    EXPECT_TRUE(failure->is_errno(ENOSYS));
  }
  EXPECT_EQ(queue.fd(), kInvalidFd);
  EXPECT_TRUE(queue.wait(Deadline::never(), Deadline::Clock::now()).empty());
}

TEST(NoEventQueue, LeavesTheReactorWithoutADescriptor) {
  Reactor reactor;
  EXPECT_EQ(reactor.fd(), kInvalidFd);
}

}  // namespace
}  // namespace moontide
