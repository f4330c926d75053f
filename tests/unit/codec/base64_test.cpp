#include "codec/base64.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/codec_output.hpp"
#include "support/failing_allocator.hpp"

namespace moontide {
namespace {

using test::FailingAllocator;
using test::HeapOutput;

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The result for pieces that are followed by the end.
template <class Coder>
std::string run(Coder coder, const std::vector<std::string_view>& pieces) {
  HeapOutput output;
  for (const std::string_view piece : pieces) EXPECT_TRUE(coder.feed(piece, *output));
  EXPECT_TRUE(coder.finish(*output));
  return output.text();
}

std::string random_bytes(std::size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// RFC 4648, section 10.
const std::pair<const char*, const char*> kVectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

class EveryKernel : public testing::TestWithParam<const base64::Kernel*> {};
INSTANTIATE_TEST_SUITE_P(Base64, EveryKernel, testing::ValuesIn(base64::kernels()),
                         [](const auto& kernel) { return std::string(kernel.param->name); });

TEST_P(EveryKernel, KnowsTheVectorsOfTheRfc) {
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(run(Base64Encoder(*GetParam()), {bytes}), text);
    EXPECT_EQ(run(Base64Decoder(*GetParam()), {text}), bytes);
  }
}

TEST_P(EveryKernel, EncodesAsTheScalarOneAtEveryLengthAndAlignment) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::size_t alignment = size % 64;
    const std::string bytes = random_bytes(alignment + size, random);
    // Of its very size, so that the sanitizers see every read beyond.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    const std::string_view input(exact.data() + alignment, size);
    ASSERT_EQ(run(Base64Encoder(*GetParam()), {input}),
              run(Base64Encoder(base64::kScalar), {input}))
        << size;
  }
}

TEST_P(EveryKernel, EncodesWithoutWritingBehindTheResult) {
  std::mt19937 random(2);
  for (std::size_t groups = 0; groups <= 100; ++groups) {
    const std::string bytes = random_bytes(groups * 3, random);
    std::string out(groups * 4 + 64, '#');
    EXPECT_EQ(GetParam()->encode(bytes.data(), bytes.size(), out.data()), out.data() + groups * 4);
    EXPECT_EQ(out.substr(groups * 4), std::string(64, '#'));
  }
}

TEST_P(EveryKernel, DecodesAtEveryLengthAndAlignment) {
  std::mt19937 random(3);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string bytes = random_bytes(size, random);
    const std::string text = run(Base64Encoder(base64::kScalar), {bytes});
    const std::size_t alignment = size % 64;
    std::vector<char> exact(alignment + text.size());
    std::copy(text.begin(), text.end(), exact.begin() + static_cast<std::ptrdiff_t>(alignment));
    const std::string_view input(exact.data() + alignment, text.size());
    ASSERT_EQ(run(Base64Decoder(*GetParam()), {input}), bytes) << size;
  }
}

TEST_P(EveryKernel, DecodesAnyBytesAsTheScalarOne) {
  std::mt19937 random(4);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const unsigned strange : {2U, 10U, 100U}) {
      std::string text;
      for (std::size_t i = 0; i < size; ++i) {
        text += random() % strange == 0 ? static_cast<char>(random()) : kAlphabet[random() % 64];
      }
      ASSERT_EQ(run(Base64Decoder(*GetParam()), {text}),
                run(Base64Decoder(base64::kScalar), {text}))
          << size;
    }
  }
}

TEST_P(EveryKernel, TellsEachByteOfTheAlphabetFromAllOthersAtEveryPlace) {
  const std::string good(64, 'Q');
  for (int value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    for (std::size_t place = 0; place < good.size(); ++place) {
      std::string text = good;
      text[place] = byte;
      ASSERT_EQ(run(Base64Decoder(*GetParam()), {text}),
                run(Base64Decoder(base64::kScalar), {text}))
          << value << " at " << place;
    }
  }
}

TEST_P(EveryKernel, StaysWithinItsSlackWhenItDecodes) {
  for (std::size_t size = 0; size <= 200; ++size) {
    const std::string text = std::string(size, 'A') + "\r\n" + std::string(size, 'B');
    const std::size_t room = Base64Decoder::output_max(text.size());
    const auto memory = std::make_unique<char[]>(room);
    Output output(memory.get(), room, Output::Memory::fixed);
    Base64Decoder decoder(*GetParam());
    EXPECT_TRUE(decoder.feed(text, output));
    EXPECT_EQ(output.size(), 2 * size / 4 * 3);
  }
}

TEST_P(EveryKernel, SkipsLineBreaksOfEveryWidth) {
  std::mt19937 random(5);
  const std::string bytes = random_bytes(1000, random);
  const std::string text = run(Base64Encoder(base64::kScalar), {bytes});
  for (std::size_t width = 1; width <= 100; ++width) {
    std::string lines;
    for (std::size_t i = 0; i < text.size(); i += width) lines += text.substr(i, width) + "\r\n";
    ASSERT_EQ(run(Base64Decoder(*GetParam()), {lines}), bytes) << width;
  }
}

TEST_P(EveryKernel, GivesTheSameForAnyTwoPieces) {
  std::mt19937 random(6);
  const std::string bytes = random_bytes(150, random);
  const std::string text = run(Base64Encoder(base64::kScalar), {bytes});
  for (std::size_t i = 0; i <= bytes.size(); ++i) {
    ASSERT_EQ(run(Base64Encoder(*GetParam()), {bytes.substr(0, i), bytes.substr(i)}), text);
  }
  for (std::size_t i = 0; i <= text.size(); ++i) {
    ASSERT_EQ(run(Base64Decoder(*GetParam()), {text.substr(0, i), text.substr(i)}), bytes);
  }
}

TEST(Base64Kernels, BeginWithTheScalarOneAndEndWithTheBest) {
  ASSERT_FALSE(base64::kernels().empty());
  EXPECT_EQ(base64::kernels().front(), &base64::kScalar);
  EXPECT_EQ(base64::kernels().back(), &base64::best_kernel());
}

TEST(Base64Encoder, KeepsUpToTwoBytes) {
  Base64Encoder encoder;
  HeapOutput output;
  EXPECT_TRUE(encoder.feed("a", *output));
  EXPECT_EQ(encoder.pending(), "a");
  EXPECT_TRUE(encoder.feed("b", *output));
  EXPECT_EQ(encoder.pending(), "ab");
  EXPECT_TRUE(encoder.feed("cd", *output));
  EXPECT_EQ(encoder.pending(), "d");
  EXPECT_EQ(output.text(), "YWJj");
}

TEST(Base64Decoder, KeepsUpToThreeCharactersAndNoForeignOnes) {
  Base64Decoder decoder;
  HeapOutput output;
  EXPECT_TRUE(decoder.feed("\r\nY W\tJ!", *output));
  EXPECT_EQ(decoder.pending(), "YWJ");
  EXPECT_TRUE(decoder.feed("-_j", *output));
  EXPECT_EQ(decoder.pending(), "");
  EXPECT_EQ(output.text(), "abc");
}

TEST(Base64Decoder, TakesPaddingWhereverItStands) {
  EXPECT_EQ(run(Base64Decoder(), {"YQ==YWI=YWJj"}), "aababc");
  EXPECT_EQ(run(Base64Decoder(), {"Y==="}), "`");
  EXPECT_EQ(run(Base64Decoder(), {"===="}), std::string(1, '\0'));
  EXPECT_EQ(run(Base64Decoder(), {"=YWJ"}), "\x01\x85\x89");
  EXPECT_EQ(run(Base64Decoder(), {"Y=WJ"}), "`\x05\x89");
}

TEST(Base64, FailsWithoutMemory) {
  const std::string text(100, 'A');
  Output output(nullptr, 0, Output::Memory::heap);
  const FailingAllocator none(0);
  Base64Encoder encoder;
  EXPECT_FALSE(encoder.feed(text, output));
  Base64Decoder decoder;
  EXPECT_FALSE(decoder.feed(text, output));
}

}  // namespace
}  // namespace moontide
