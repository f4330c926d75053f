// Goal: hashes give what their standards print, and say so when they cannot.
#include "tls/digest.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tls/error.hpp"

namespace moontide {
namespace {

std::string hexadecimal(const Result<tls::Digest>& result) {
  if (!result) {
    ErrorText scratch{};
    return tls::text_of(result.error(), scratch);
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : result->view()) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

TEST(TlsDigest, HashesAsFips180) {
  EXPECT_EQ(hexadecimal(tls::digest("sha1", "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hexadecimal(tls::digest("sha256", "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(tls::digest("sha512", "")->size, 64u);
}

TEST(TlsDigest, HashesWithAKeyAsRfc2202AndRfc4231) {
  EXPECT_EQ(hexadecimal(tls::hmac("md5", "Jefe", "what do ya want for nothing?")),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(hexadecimal(tls::hmac("sha1", "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hexadecimal(tls::hmac("sha256", "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hexadecimal(tls::hmac("sha256", "", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(TlsDigest, MakesKeysOfPasswordsAsRfc6070) {
  EXPECT_EQ(hexadecimal(tls::pbkdf2("sha1", "password", "salt", 1)),
            "0c60c80f961f0e71f3a9b524af6012062fe037a6");
  EXPECT_EQ(hexadecimal(tls::pbkdf2("sha1", "password", "salt", 4096)),
            "4b007901b765489abead49d926f721d065a429c1");
}

TEST(TlsDigest, NamesThatAreNoneAreErrors) {
  EXPECT_EQ(hexadecimal(tls::digest("sha0", "")), "unsupported algorithm");
  EXPECT_EQ(hexadecimal(tls::hmac("sha0", "", "")), "unsupported algorithm");
  EXPECT_EQ(hexadecimal(tls::pbkdf2("sha0", "", "", 1)), "unsupported algorithm");
}

TEST(TlsDigest, ComparesAllBytes) {
  EXPECT_TRUE(tls::are_equal("", ""));
  EXPECT_TRUE(tls::are_equal("same", "same"));
  EXPECT_FALSE(tls::are_equal("same", "sane"));
  EXPECT_FALSE(tls::are_equal("same", "same "));
}

TEST(TlsDigest, RandomBytesDiffer) {
  std::array<unsigned char, 18> one{};
  std::array<unsigned char, 18> other{};
  ASSERT_FALSE(tls::fill_random(one));
  ASSERT_FALSE(tls::fill_random(other));
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace moontide
