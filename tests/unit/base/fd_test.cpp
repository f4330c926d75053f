#include "base/fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <utility>

namespace moontide {
namespace {

int open_something() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }
bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

TEST(Fd, IsEmptyByDefault) {
  const Fd fd;
  EXPECT_FALSE(fd);
  EXPECT_EQ(fd.get(), kInvalidFd);
}

TEST(Fd, ClosesWhatItOwns) {
  const int number = open_something();
  {
    const Fd fd(number);
    EXPECT_TRUE(fd);
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(Fd, CountsZeroAsADescriptor) {
  Fd zero(0);
  EXPECT_TRUE(zero);
  EXPECT_EQ(zero.release(), 0);
}

TEST(Fd, ClosesOnceWhenMoved) {
  const int number = open_something();
  Fd first(number);
  Fd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): empty by contract
  first.reset();
  EXPECT_TRUE(is_open(number));
  second.reset();
  EXPECT_FALSE(is_open(number));
  // The number may belong to somebody else by now.
  const int reused = open_something();
  EXPECT_EQ(reused, number);
  second.reset();
  EXPECT_TRUE(is_open(reused));
  ::close(reused);
}

TEST(Fd, ClosesTheOldOneOnAssignment) {
  const int old_number = open_something();
  const int new_number = open_something();
  Fd fd(old_number);
  fd = Fd(new_number);
  EXPECT_FALSE(is_open(old_number));
  EXPECT_EQ(fd.get(), new_number);
  EXPECT_TRUE(is_open(new_number));
}

TEST(Fd, SurvivesAssignmentToItself) {
  Fd fd(open_something());
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_TRUE(is_open(fd.get()));
}

TEST(Fd, GivesItsDescriptorAway) {
  int number = kInvalidFd;
  {
    Fd fd(open_something());
    number = fd.release();
    EXPECT_FALSE(fd);
  }
  EXPECT_TRUE(is_open(number));
  ::close(number);
}

}  // namespace
}  // namespace moontide
