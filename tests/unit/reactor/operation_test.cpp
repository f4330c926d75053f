#include "reactor/operation.hpp"

#include <gtest/gtest.h>

#include "support/error_words.hpp"

namespace moontide {
namespace {

/// Opens the protected part of an operation.
class Probe final : public Operation {
 public:
  Progress perform() noexcept override { return wait_for(Progress::want_read); }
  using Operation::fail;
  using Operation::restart;
};

TEST(Operation, WaitsWithinItsTimeouts) {
  Probe probe;
  Timeouts timeouts;
  probe.restart(timeouts);
  EXPECT_EQ(probe.perform(), Progress::want_read);
  EXPECT_TRUE(probe.deadline.is_never());
  timeouts.total = 1000;
  probe.restart(timeouts);
  EXPECT_EQ(probe.perform(), Progress::want_read);
  EXPECT_FALSE(probe.deadline.is_never());
  EXPECT_FALSE(probe.failure);
}

TEST(Operation, FailsAtOnceWhereNoWaitIsAllowed) {
  Probe probe;
  const Timeouts none{0, -1};
  probe.restart(none);
  EXPECT_EQ(probe.perform(), Progress::done);
  EXPECT_EQ(test::words(probe.failure), "timeout");
}

TEST(Operation, FailsWithTimeoutWhenItsDeadlinePasses) {
  Probe probe;
  const Timeouts timeouts;
  probe.restart(timeouts);
  EXPECT_EQ(probe.expire(), Progress::done);
  EXPECT_EQ(test::words(probe.failure), "timeout");
}

TEST(Operation, ForgetsTheLastFailureOnRestart) {
  Probe probe;
  const Timeouts timeouts;
  EXPECT_EQ(probe.fail(Error{Errc::closed}), Progress::done);
  EXPECT_EQ(test::words(probe.failure), "closed");
  probe.restart(timeouts);
  EXPECT_FALSE(probe.failure);
}

TEST(Lease, HoldsAgainstFramesBelowItAlone) {
  // Addresses stand for frames: the stack grows downwards, so the later call has the lower one.
  char frames[3]{};
  const void* const deep = &frames[0];
  const void* const middle = &frames[1];
  const void* const shallow = &frames[2];
  Lease lease;
  EXPECT_FALSE(lease.held_above(deep));
  lease.grant(middle);
  EXPECT_TRUE(lease.held_above(deep)) << "called from within the frame that copies";
  EXPECT_FALSE(lease.held_above(shallow)) << "the frame that copied was left by an error";
  EXPECT_FALSE(lease.held_above(middle)) << "and so it was where another took its place";
  lease.end();
  EXPECT_FALSE(lease.held_above(deep));
}

TEST(Lease, IsRenewedByTheNextGrant) {
  char frames[3]{};
  Lease lease;
  lease.grant(&frames[0]);
  lease.grant(&frames[2]);
  EXPECT_TRUE(lease.held_above(&frames[1]));
}

[[gnu::noinline]] bool held_from_a_call(const Lease& lease) {
  return lease.held_above(__builtin_frame_address(0));
}
[[gnu::noinline]] void grant_and_leave(Lease& lease) { lease.grant(__builtin_frame_address(0)); }

TEST(Lease, EndsWithItsFrameOnTheRealStack) {
  Lease lease;
  lease.grant(__builtin_frame_address(0));
  EXPECT_TRUE(held_from_a_call(lease));
  grant_and_leave(lease);
  EXPECT_FALSE(lease.held_above(__builtin_frame_address(0)));
}

}  // namespace
}  // namespace moontide
