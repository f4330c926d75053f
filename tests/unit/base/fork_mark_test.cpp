#include "base/fork_mark.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace moontide {
namespace {

TEST(ForkMark, HoldsOnlyOnceItIsSet) {
  ForkMark mark;
  EXPECT_FALSE(mark.holds());
  EXPECT_FALSE(mark.set());
  EXPECT_TRUE(mark.holds());
}

TEST(ForkMark, IsLostInTheProcessThatAForkMakesUntilItIsSetThere) {
  ForkMark mark;
  ASSERT_FALSE(mark.set());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool is_lost = !mark.holds();
    const bool is_set = !mark.set() && mark.holds();
    ::_exit(is_lost && is_set ? 7 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_TRUE(mark.holds());
}

}  // namespace
}  // namespace moontide
