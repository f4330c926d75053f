// Goal: references resolve as the contract says, and dots never reach beyond the path.
#include "http/reference.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace moontide::url {
namespace {

std::string written(const Target& target) {
  std::vector<char> out(text_size_max(target));
  return {out.data(), write(target, out.data())};
}

std::string resolved(std::string_view base, std::string_view reference) {
  return written(resolve(split_all(base), split_all(reference)));
}

std::string without_dots(std::string path) {
  path.resize(remove_dots(path.data(), path.size()));
  return path;
}

TEST(RemoveDots, FollowsTheRfcInAbsolutePaths) {
  EXPECT_EQ(without_dots("/a/b/c/./../../g"), "/a/g");
  EXPECT_EQ(without_dots("/a/b/.."), "/a/");
  EXPECT_EQ(without_dots("/a/b/."), "/a/b/");
  EXPECT_EQ(without_dots("/.."), "/");
  EXPECT_EQ(without_dots("/."), "/");
  EXPECT_EQ(without_dots("/../../a"), "/a");
  EXPECT_EQ(without_dots("/a/../.."), "/");
}

TEST(RemoveDots, CountsEmptySegments) {
  EXPECT_EQ(without_dots("/a//.."), "/a/");
  EXPECT_EQ(without_dots("/a//../b"), "/a/b");
  EXPECT_EQ(without_dots("/..//"), "//");
  EXPECT_EQ(without_dots("/a/..//b"), "//b");
}

TEST(RemoveDots, LeavesSegmentsThatOnlyBeginWithDots) {
  for (const char* path :
       {"", "/", "a", "/...", "/.a", "/a./b..", "...", ".a", "..a/b", "/a..b/.c"}) {
    EXPECT_EQ(without_dots(path), path);
  }
}

// As the original was measured to answer.
TEST(RemoveDots, KeepsLeadingDotsOfRelativePaths) {
  EXPECT_EQ(without_dots("a/../../c"), "../c");
  EXPECT_EQ(without_dots(".."), "..");
  EXPECT_EQ(without_dots("../"), "../");
  EXPECT_EQ(without_dots("./a"), "./a");
  EXPECT_EQ(without_dots("."), ".");
  EXPECT_EQ(without_dots("a/.."), "");
  EXPECT_EQ(without_dots("a/../."), ".");
  EXPECT_EQ(without_dots("../.."), "");
  EXPECT_EQ(without_dots("a/..//b"), "/b");
  EXPECT_EQ(without_dots("../a/.."), "../");
}

TEST(Resolve, TakesPartsOfTheBaseInOrder) {
  const char* base = "http://a/b/c/d;p?q";
  EXPECT_EQ(resolved(base, ""), "http://a/b/c/d;p?q");
  EXPECT_EQ(resolved(base, "#s"), "http://a/b/c/d;p?q#s");
  EXPECT_EQ(resolved(base, "?y"), "http://a/b/c/d;p?y");
  EXPECT_EQ(resolved(base, ";x"), "http://a/b/c/d;x");
  EXPECT_EQ(resolved(base, "g;x?y#s"), "http://a/b/c/g;x?y#s");
  EXPECT_EQ(resolved(base, "/g"), "http://a/g");
  EXPECT_EQ(resolved(base, "//g"), "http://g");
}

TEST(Resolve, MergesPathsAtTheLastSlash) {
  EXPECT_EQ(resolved("http://a", "g"), "http://a/g");
  EXPECT_EQ(resolved("a", "b"), "/b");
  EXPECT_EQ(resolved("a/b", "../../c"), "../c");
  EXPECT_EQ(resolved("http://a/b/..", "g"), "http://a/b/g");
}

TEST(Resolve, DotsReachNeitherSchemeNorAuthority) {
  EXPECT_EQ(written({split("http://a/b/../../../evil/d"), kAbsent}), "http://a/evil/d");
  EXPECT_EQ(resolved("http://../x", "../../y"), "http://../y");
  EXPECT_EQ(written({split("x:/../y"), kAbsent}), "x:/y");
}

TEST(Resolve, BehindThePathOnlySlashDotSlashIsSqueezed) {
  EXPECT_EQ(resolved("http://a/b", "g;x=1/./y?y/././x#s/./"), "http://a/g;x=1/y?y/x#s/");
  EXPECT_EQ(resolved("http://a/b", "g?y/../x/.#./a"), "http://a/g?y/../x/.#./a");
}

TEST(Resolve, ComposesTheAuthorityOfTheReference) {
  EXPECT_EQ(resolved("x://a", "//u:p@[::1]:8/q"), "x://u:p@[::1]:8/q");
  EXPECT_EQ(resolved("x://a", "//@h:"), "x://@h:");
  EXPECT_EQ(resolved("x://a", "//h:80:90"), "x://[h:80]:90");
}

TEST(Resolve, ABaseWithoutAuthorityMayHaveAHost) {
  Parts base;
  base.scheme = "http";
  base.host = "a";
  base.port = "8";
  base.userinfo = "u";
  base.path = "/b/c";
  EXPECT_EQ(written(resolve(base, split_all("d"))), "http://u@a:8/b/d");
}

}  // namespace
}  // namespace moontide::url
