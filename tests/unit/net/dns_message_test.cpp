// Goal: replies are read as RFC 1035 says, and no bytes whatever make the reader read past them or
// go round in circles. Method: messages put together by hand; behaviour of all record types over
// the wire is in tests/lua/names_test.lua.
#include "net/dns_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace moontide {
namespace {

std::string u16(unsigned n) { return {static_cast<char>(n >> 8), static_cast<char>(n & 255)}; }
std::string u32(unsigned n) { return u16(n >> 16) + u16(n & 65535); }

const std::string kOwner = "\xc0\x0c";  // the name of the question

std::string record(DnsType type, unsigned ttl, const std::string& data,
                   const std::string& owner = kOwner) {
  return owner + u16(static_cast<unsigned>(type)) + u16(1) + u32(ttl) +
         u16(static_cast<unsigned>(data.size())) + data;
}

/// A reply to the question for x.test.
std::string message(const std::string& records, unsigned answers, unsigned authorities = 0) {
  return u16(7) + u16(0x8180) + u16(1) + u16(answers) + u16(authorities) + u16(0) +
         std::string("\1x\4test\0", 8) + u16(1) + u16(1) + records;
}

std::string name(const char* first) {
  std::string bytes(1, static_cast<char>(std::string(first).size()));
  return bytes + first + kOwner;
}

TEST(ParseDnsReply, ReadsAddresses) {
  DnsReply reply;
  ASSERT_TRUE(parse_dns_reply(message(record(DnsType::A, 60, std::string("\x7f\0\0\1", 4)) +
                                          record(DnsType::AAAA, 50, std::string(15, '\0') + "\1"),
                                      2),
                              DnsType::A, reply));
  ASSERT_EQ(reply.records.size(), 1U);
  EXPECT_EQ(reply.records[0].name, "x.test");
  EXPECT_EQ(reply.records[0].ttl, 60U);
  EXPECT_EQ(reply.records[0].fields[0].text, "127.0.0.1");
  EXPECT_EQ(reply.seconds, 50U) << "the smallest of all";
}

TEST(ParseDnsReply, FollowsPointersAndWritesOddBytesAsNumbers) {
  DnsReply reply;
  const std::string odd = std::string("\4a.\\\0", 5) + kOwner;
  ASSERT_TRUE(parse_dns_reply(message(record(DnsType::CNAME, 1, odd), 1), DnsType::CNAME, reply));
  EXPECT_EQ(reply.records[0].fields[0].text, "a\\.\\\\\\000.x.test");
}

TEST(ParseDnsReply, KnowsHowLongNothingIsNothing) {
  const std::string soa = name("ns") + name("root") + u32(1) + u32(2) + u32(3) + u32(4) + u32(15);
  DnsReply reply;
  ASSERT_TRUE(parse_dns_reply(message(record(DnsType::SOA, 40, soa), 0, 1), DnsType::MX, reply));
  EXPECT_TRUE(reply.records.empty());
  EXPECT_EQ(reply.negative_seconds, 15U);
}

TEST(ParseDnsReply, TakesATtlWithTheTopBitForZero) {
  DnsReply reply;
  const std::string one = record(DnsType::A, 0x80000001U, std::string("\x7f\0\0\1", 4));
  ASSERT_TRUE(parse_dns_reply(message(one, 1), DnsType::A, reply));
  EXPECT_EQ(reply.records[0].ttl, 0U);
}

TEST(ParseDnsReply, RefusesWhatIsCutAnywhere) {
  const std::string soa = name("ns") + name("root") + u32(1) + u32(2) + u32(3) + u32(4) + u32(15);
  const std::string whole = message(record(DnsType::SOA, 40, soa), 1);
  DnsReply reply;
  ASSERT_TRUE(parse_dns_reply(whole, DnsType::SOA, reply));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_dns_reply(std::string_view(whole).substr(0, size), DnsType::SOA, reply))
        << size;
    EXPECT_TRUE(reply.records.empty());
  }
}

TEST(ParseDnsReply, RefusesNamesThatGoRoundInCirclesOrPointNowhere) {
  DnsReply reply;
  const unsigned here = 24;  // where the records begin
  for (const unsigned target : {here, here + 12U, 0x3fffU}) {
    const std::string pointer = u16(0xc000U | target);
    EXPECT_FALSE(parse_dns_reply(message(record(DnsType::CNAME, 1, pointer, pointer), 1),
                                 DnsType::CNAME, reply));
  }
}

TEST(ParseDnsReply, RefusesDataThatIsLongerThanItsRecord) {
  DnsReply reply;
  EXPECT_FALSE(parse_dns_reply(message(record(DnsType::A, 1, "\1\2\3"), 1), DnsType::A, reply));
  EXPECT_FALSE(parse_dns_reply(message(record(DnsType::TXT, 1, "\5abc"), 1), DnsType::TXT, reply));
  EXPECT_FALSE(parse_dns_reply(message(record(DnsType::MX, 1, "\1"), 1), DnsType::MX, reply));
}

TEST(ReverseName, TurnsAddressesAround) {
  EXPECT_EQ(reverse_name("192.0.2.1"), "1.2.0.192.in-addr.arpa");
  EXPECT_EQ(reverse_name("2001:db8::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  EXPECT_EQ(reverse_name("1.2.0.192.in-addr.arpa"), "");
}

}  // namespace
}  // namespace moontide
