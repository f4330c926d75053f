// Every test of the program fails if it leaves a descriptor open.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "support/descriptors.hpp"

namespace moontide::test {
namespace {

class DescriptorCheck final : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo&) override { before_ = open_descriptors(); }
  void OnTestEnd(const ::testing::TestInfo&) override {
    // A thread that nobody waits for any more may be about to close what it has.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (open_descriptors() > before_ && std::chrono::steady_clock::now() < give_up) {
      std::this_thread::yield();
    }
    EXPECT_EQ(open_descriptors(), before_) << "descriptors were left open, or closed for others";
  }

  std::ptrdiff_t before_ = 0;
};

const bool registered = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new DescriptorCheck);
  return true;
}();

}  // namespace
}  // namespace moontide::test
