// Goal: what is told of a certificate, and of files that are none.
#include "tls/certificate.hpp"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "support/tls_ends.hpp"
#include "tls/error.hpp"

namespace moontide {
namespace {

std::string words(const Failure& failure) {
  ErrorText scratch{};
  return failure ? tls::text_of(*failure, scratch) : "";
}

TEST(TlsCertificate, TellsItsFacts) {
  const test::Identity identity = test::make_identity("example.test");
  tls::Certificate certificate;
  ASSERT_TRUE(certificate.load("text in front\n" + identity.certificate));
  EXPECT_EQ(*certificate.pem(), identity.certificate);
  EXPECT_EQ(*certificate.serial(), "1234");
  EXPECT_EQ(certificate.digest("sha256")->size(), 64u);
  EXPECT_STREQ(certificate.public_key()->type, "EC");
  EXPECT_EQ(certificate.public_key()->bits, 256);
  ASSERT_EQ(certificate.name_parts(true), 1);
  EXPECT_EQ(certificate.name_part(true, 0)->value, "example.test");
  EXPECT_EQ(certificate.name_part(true, 0)->oid, "2.5.4.3");
  EXPECT_EQ(certificate.name_part(true, 0)->name, "commonName");
}

TEST(TlsCertificate, IsValidFromTheFirstToTheLastSecond) {
  tls::Certificate certificate;
  ASSERT_TRUE(certificate.load(test::make_identity("a").certificate));
  const std::int64_t now = std::time(nullptr);
  EXPECT_TRUE(certificate.is_valid_at(now));
  EXPECT_FALSE(certificate.is_valid_at(now - 7200));
  EXPECT_FALSE(certificate.is_valid_at(now + 2 * 86400));
}

TEST(TlsCertificate, TellsAlternativeNames) {
  using Kind = tls::Certificate::AlternativeName::Kind;
  tls::Certificate certificate;
  ASSERT_TRUE(certificate.load(test::make_identity("a.test").certificate));
  ASSERT_EQ(certificate.read_alternative_names(), 2);
  EXPECT_EQ(certificate.alternative_name(0)->kind, Kind::dns);
  EXPECT_EQ(certificate.alternative_name(0)->value, "a.test");
  EXPECT_EQ(certificate.alternative_name(1)->kind, Kind::address);
  EXPECT_EQ(certificate.alternative_name(1)->value, "127.0.0.1");
}

TEST(TlsCertificate, RefusesWhatIsNone) {
  tls::Certificate certificate;
  EXPECT_FALSE(certificate.load(""));
  EXPECT_FALSE(certificate.load("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(certificate.load(test::make_identity("a").key));
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(TlsContext, GivesTheReasonOfThisCall) {
  tls::Context context;
  ASSERT_FALSE(context.open(0));
  tls::KeyPassword none;
  const test::Identity identity = test::make_identity("a");
  EXPECT_EQ(words(context.load_key(identity.certificate.c_str(), none)), "unsupported");
  EXPECT_EQ(words(context.load_key("/nowhere/key.pem", none)), "No such file or directory");
  EXPECT_EQ(words(context.load_certificate("/nowhere/a.pem")), "No such file or directory");
  EXPECT_EQ(words(context.load_certificate(identity.key.c_str())), "no start line");
  EXPECT_EQ(words(context.load_trust(identity.key.c_str(), nullptr)),
            "no certificate or crl found");
  EXPECT_EQ(words(context.set_ciphers("BOGUS")), "no cipher match");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(TlsContext, TakesIdentitiesThatFitTogether) {
  tls::Context context;
  ASSERT_FALSE(context.open(0));
  const test::Identity one = test::make_identity("one");
  const test::Identity other = test::make_identity("other");
  tls::KeyPassword none;
  EXPECT_FALSE(context.load_key(one.key.c_str(), none));
  EXPECT_FALSE(context.load_certificate(other.certificate.c_str()));
  EXPECT_FALSE(context.is_key_fitting());
  EXPECT_FALSE(context.load_certificate(one.certificate.c_str()));
  EXPECT_FALSE(context.load_key(one.key.c_str(), none));
  EXPECT_TRUE(context.is_key_fitting());
}

}  // namespace
}  // namespace moontide
