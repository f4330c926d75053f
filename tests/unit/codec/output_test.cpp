#include "codec/output.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "support/codec_output.hpp"
#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

using test::FailingAllocator;
using test::HeapOutput;

TEST(Output, GrowsAndKeepsItsContent) {
  HeapOutput output;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE((*output).append("some bytes "));
    expected += "some bytes ";
  }
  EXPECT_EQ(output.text(), expected);
}

TEST(Output, DoesNotGrowBeyondFixedMemory) {
  char memory[4];
  Output output(memory, sizeof memory, Output::Memory::fixed);
  EXPECT_TRUE(output.append("1234"));
  EXPECT_FALSE(output.append("5"));
  EXPECT_EQ(output.view(), "1234");
}

TEST(Output, RefusesSizesThatNoMemoryHas) {
  HeapOutput output;
  ASSERT_TRUE((*output).append("x"));
  EXPECT_FALSE((*output).make_room(SIZE_MAX));
  EXPECT_FALSE((*output).make_room(PTRDIFF_MAX));
  EXPECT_EQ(output.text(), "x");
}

TEST(Output, KeepsItsContentWhenMemoryRunsOut) {
  HeapOutput output;
  ASSERT_TRUE((*output).append("content"));
  {
    const FailingAllocator none(0);
    EXPECT_FALSE((*output).make_room(1000));
  }
  EXPECT_EQ(output.text(), "content");
}

}  // namespace
}  // namespace moontide
