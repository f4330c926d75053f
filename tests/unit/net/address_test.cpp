#include "net/address.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

constexpr std::size_t kUnixHeader = offsetof(sockaddr_un, sun_path);

std::string text_of(const Address& address) {
  AddressText text{};
  if (const Failure failure = to_text(address, text)) return "error: " + test::words(failure);
  return std::string(text.host) + " " + std::to_string(text.port);
}

std::string parsed(const char* host, const char* port, int family = AF_UNSPEC) {
  Address address;
  return parse_plain(host, port, family, address) ? text_of(address) : "no";
}

TEST(Address, HasNoFamilyWhileEmpty) { EXPECT_EQ(Address().family(), AF_UNSPEC); }

TEST(Address, ComparesByItsBytes) {
  Address first;
  Address second;
  EXPECT_EQ(first, second);
  ASSERT_TRUE(parse_plain("1.2.3.4", "5", AF_UNSPEC, first));
  EXPECT_FALSE(first == second);
  ASSERT_TRUE(parse_plain("1.2.3.4", "5", AF_UNSPEC, second));
  EXPECT_EQ(first, second);
  ASSERT_TRUE(parse_plain("1.2.3.4", "6", AF_UNSPEC, second));
  EXPECT_FALSE(first == second);
}

TEST(Address, CopiesNoMoreThanItsStorage) {
  struct {
    sockaddr_storage storage;
    char behind[64];
  } large{};
  large.storage.ss_family = AF_INET;
  const Address copy = Address::copy(reinterpret_cast<sockaddr*>(&large.storage), sizeof large);
  EXPECT_EQ(copy.size, sizeof(sockaddr_storage));
  EXPECT_EQ(copy.family(), AF_INET);
}

TEST(ToText, WritesV4AndV6InCanonicalForm) {
  EXPECT_EQ(parsed("127.0.0.1", "80"), "127.0.0.1 80");
  EXPECT_EQ(parsed("255.255.255.255", "65535"), "255.255.255.255 65535");
  EXPECT_EQ(parsed("0000:0:0:0:0:0:0:1", "0"), "::1 0");
  EXPECT_EQ(parsed("2001:DB8:0:0:1:0:0:1", "1"), "2001:db8::1:0:0:1 1");
  EXPECT_EQ(parsed("::ffff:1.2.3.4", "1"), "::ffff:1.2.3.4 1");
}

TEST(ToText, WritesTheZoneByItsName) {
  Address address;
  ASSERT_TRUE(parse_plain("fe80::1", "9", AF_INET6, address));
  reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_scope_id = ::if_nametoindex("lo");
  EXPECT_EQ(text_of(address), "fe80::1%lo 9");
}

TEST(ToText, WritesAZoneWithoutAnInterfaceByItsNumber) {
  Address address;
  ASSERT_TRUE(parse_plain("fe80::1", "9", AF_INET6, address));
  reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_scope_id = 4'000'000'000U;
  EXPECT_EQ(text_of(address), "fe80::1%4000000000 9");
}

TEST(ToText, FailsInTheSystemsWordsForOtherFamilies) {
  EXPECT_EQ(text_of(Address()), "error: ai_family not supported");
}

TEST(ParsePlain, TakesDecimalPortsInRange) {
  EXPECT_EQ(parsed("1.2.3.4", "0"), "1.2.3.4 0");
  EXPECT_EQ(parsed("1.2.3.4", "65535"), "1.2.3.4 65535");
  for (const char* port : {"", "65536", "99999999999999999999", "-1", "+80", " 80", "80 ", "80x",
                           "0x50", "http", "0.5", "8\n"}) {
    EXPECT_EQ(parsed("1.2.3.4", port), "no") << port;
  }
}

TEST(ParsePlain, LeavesEverythingButPlainAddressesToTheResolver) {
  for (const char* host :
       {"", "*", "localhost", "127.1", "0x7f000001", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1",
        "01.2.3.256", "[::1]", "::1%lo", "fe80::1%1", ":::1", "1.2.3.4 ", " 1.2.3.4", "::g"}) {
    EXPECT_EQ(parsed(host, "80"), "no") << host;
  }
}

TEST(ParsePlain, KeepsToTheFamilyAskedFor) {
  EXPECT_EQ(parsed("1.2.3.4", "5", AF_INET), "1.2.3.4 5");
  EXPECT_EQ(parsed("1.2.3.4", "5", AF_INET6), "no");
  EXPECT_EQ(parsed("::1", "5", AF_INET6), "::1 5");
  EXPECT_EQ(parsed("::1", "5", AF_INET), "no");
}

TEST(ParsePlain, MakesAnAddressTheSystemTakes) {
  const Fd fd = test::bound(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(*local_address(fd.get()), test::loopback(AF_INET, test::port_of(fd)));
}

TEST(MakeUnix, CountsTheNulOfAPath) {
  Address address;
  ASSERT_FALSE(make_unix("/tmp/x", address));
  EXPECT_EQ(address.family(), AF_UNIX);
  EXPECT_EQ(address.size, kUnixHeader + 7);
  EXPECT_EQ(unix_path(address), "/tmp/x");
}

TEST(MakeUnix, CountsEveryByteOfAnAbstractName) {
  const std::string name("\0a\0b\0", 5);
  Address address;
  ASSERT_FALSE(make_unix(name, address));
  EXPECT_EQ(address.size, kUnixHeader + 5);
  EXPECT_EQ(unix_path(address), name);
}

TEST(MakeUnix, TakesAnEmptyPath) {
  Address address;
  ASSERT_FALSE(make_unix("", address));
  EXPECT_EQ(address.size, kUnixHeader);
  EXPECT_EQ(unix_path(address), "");
}

TEST(MakeUnix, Takes107BytesAndNotMore) {
  for (const char first : {'/', '\0'}) {
    std::string name(107, 'x');
    name[0] = first;
    Address address;
    ASSERT_FALSE(make_unix(name, address));
    EXPECT_EQ(unix_path(address), name);
    name += 'x';
    const Failure failure = make_unix(name, address);
    EXPECT_EQ(test::words(failure), "path too long");
    EXPECT_EQ(test::words(make_unix(std::string(5000, first), address)), "path too long");
    EXPECT_EQ(unix_path(address).size(), 107U) << "the address is left alone";
  }
}

TEST(UnixPath, IsEmptyForOtherFamilies) {
  EXPECT_EQ(unix_path(Address()), "");
  EXPECT_EQ(unix_path(test::loopback(AF_INET, 80)), "");
}

TEST(UnixPath, ReadsWhatTheSystemReports) {
  // Bound to an empty name, the system chooses an abstract one.
  Result<Fd> fd = open_socket(AF_UNIX, SOCK_DGRAM);
  ASSERT_TRUE(fd);
  EXPECT_EQ(unix_path(*local_address(fd->get())), "") << "unbound";
  Address automatic;
  ASSERT_FALSE(make_unix("", automatic));
  ASSERT_FALSE(bind_socket(fd->get(), automatic));
  const Address given = *local_address(fd->get());
  const std::string_view name = unix_path(given);
  ASSERT_GT(name.size(), 1U);
  EXPECT_EQ(name.front(), '\0');
  Address again;
  ASSERT_FALSE(make_unix(name, again));
  EXPECT_EQ(again, given);
}

TEST(UnixPath, EndsAtTheNulOfAPath) {
  Address address;
  ASSERT_FALSE(make_unix(std::string_view("/a\0b", 4), address));
  EXPECT_EQ(unix_path(address), "/a");
  address.size = sizeof(sockaddr_un);
  EXPECT_EQ(unix_path(address), "/a");
}

TEST(UnixPath, ReadsAPathThatFillsItsRoomWithoutANul) {
  Address address;
  address.storage.ss_family = AF_UNIX;
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
  std::memset(un->sun_path, 'y', sizeof un->sun_path);
  address.size = sizeof *un;
  EXPECT_EQ(unix_path(address), std::string(sizeof un->sun_path, 'y'));
}

}  // namespace
}  // namespace moontide
