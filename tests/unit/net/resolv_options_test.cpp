// Goal: the options of resolv.conf(5) that Moontide reads itself.
#include "net/resolv_options.hpp"

#include <gtest/gtest.h>

namespace moontide {
namespace {

ResolvOptions read(const char* text) {
  ResolvOptions options;
  options.read(text);
  return options;
}

TEST(ResolvOptions, HaveTheDefaultsOfTheCLibrary) {
  EXPECT_EQ(read("").timeout_seconds, 5);
  EXPECT_EQ(read("").attempts, 2);
  EXPECT_EQ(read("rotate ndots:3 attempt timeouts:").attempts, 2);
}

TEST(ResolvOptions, AreReadBetweenBlanks) {
  const ResolvOptions options = read(" timeout:3\tattempts:1 edns0\n");
  EXPECT_EQ(options.timeout_seconds, 3);
  EXPECT_EQ(options.attempts, 1);
  EXPECT_EQ(read("attempts:0").attempts, 0);
}

TEST(ResolvOptions, AreBounded) {
  const ResolvOptions options = read("timeout:4000 attempts:4000");
  EXPECT_EQ(options.timeout_seconds, 30);
  EXPECT_EQ(options.attempts, 5);
}

TEST(ResolvOptions, ThatAreNoNumbersAreIgnored) {
  const ResolvOptions options = read("timeout:x attempts:-1 attempts: timeout:99999999999999");
  EXPECT_EQ(options.timeout_seconds, 5);
  EXPECT_EQ(options.attempts, 2);
}

TEST(ResolvOptions, OfAFileThatIsMissingAreTheDefaults) {
  ResolvOptions options;
  options.read_file("/nonexistent/resolv.conf");
  EXPECT_EQ(options.attempts, 2);
}

}  // namespace
}  // namespace moontide
