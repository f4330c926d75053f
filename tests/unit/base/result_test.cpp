#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace moontide {
namespace {

static_assert(std::is_trivially_destructible_v<Result<int>>, "may stand in a frame Lua jumps over");
static_assert(!std::is_trivially_destructible_v<Result<std::string>>);

TEST(Result, HoldsAValue) {
  Result<std::string> result(std::string("bytes"));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, "bytes");
  EXPECT_EQ(result->size(), 5U);
  *result += "!";
  EXPECT_EQ(*std::as_const(result), "bytes!");
}

TEST(Result, HoldsTheReasonWhyThereIsNone) {
  const Result<int> result(Error::from_errno(EIO));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), Error::from_errno(EIO));
}

TEST(Result, OfAnErrorLikeValueStaysAValue) {
  const Result<int> zero(0);
  EXPECT_TRUE(zero);
  EXPECT_EQ(*zero, 0);
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  Result<std::unique_ptr<int>> other(std::move(result));
  ASSERT_TRUE(other);
  EXPECT_EQ(**other, 7);
}

TEST(Failure, IsEmptyOnSuccess) {
  EXPECT_FALSE(Failure{});
  EXPECT_EQ(Failure(Error{Errc::timeout}), Error{Errc::timeout});
}

}  // namespace
}  // namespace moontide
