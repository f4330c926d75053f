// Goal: every type of socket option survives the way to the system and back, and what the system
// would bend silently is bounded before.
// Method: real sockets without peers; nothing is sent.

#include "net/options.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <string>

#include "net/socket.hpp"

namespace moontide {
namespace {

constexpr OptionKey kKeepCount{IPPROTO_TCP, TCP_KEEPCNT};
constexpr OptionKey kJoin{IPPROTO_IP, IP_ADD_MEMBERSHIP};
constexpr OptionKey kLeave{IPPROTO_IP, IP_DROP_MEMBERSHIP};
constexpr OptionKey kJoin6{IPPROTO_IPV6, IPV6_JOIN_GROUP};
constexpr OptionKey kLeave6{IPPROTO_IPV6, IPV6_LEAVE_GROUP};

/// Opens sockets and closes them after the test.
class OptionsTest : public testing::Test {
 protected:
  /// kInvalidFd where the machine has no such family.
  int open(int family, int type) {
    Result<Fd> opened = open_socket(family, type);
    if (!opened) return kInvalidFd;
    fd_ = std::move(*opened);
    return fd_.get();
  }

 private:
  Fd fd_;
};

in_addr ipv4(const char* text) {
  in_addr address{};
  EXPECT_EQ(::inet_aton(text, &address), 1);
  return address;
}

TEST_F(OptionsTest, IntegersReadBackAsTheyWereSet) {
  const int fd = open(AF_INET, SOCK_STREAM);
  EXPECT_EQ(set_integer_option(fd, kKeepCount, 5), Failure());
  const Result<int> value = integer_option(fd, kKeepCount);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 5);
}

TEST_F(OptionsTest, TheSystemsReasonComesBack) {
  EXPECT_EQ(set_integer_option(kInvalidFd, kKeepCount, 5), Error::from_errno(EBADF));
  EXPECT_EQ(integer_option(kInvalidFd, kKeepCount).error(), Error::from_errno(EBADF));
  const int fd = open(AF_INET, SOCK_STREAM);
  EXPECT_EQ(set_integer_option(fd, kKeepCount, 0), Error::from_errno(EINVAL));
}

TEST_F(OptionsTest, LingerIsClampedToSixteenBits) {
  const int fd = open(AF_INET, SOCK_STREAM);
  const struct {
    Linger set;
    Linger read;
  } cases[] = {
      {{true, 7}, {true, 7}},
      {{true, -1}, {true, 0}},
      {{true, 70000}, {true, 65535}},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(set_linger(fd, one.set), Failure());
    const Result<Linger> value = linger_option(fd);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->on, one.read.on);
    EXPECT_EQ(value->seconds, one.read.seconds);
  }
  EXPECT_EQ(set_linger(fd, {false, 0}), Failure());
  EXPECT_FALSE(linger_option(fd)->on);
}

TEST_F(OptionsTest, AnUnboundSocketHasAnEmptyDevice) {
  const Result<DeviceName> device = bound_device(open(AF_INET, SOCK_STREAM));
  ASSERT_TRUE(device);
  EXPECT_STREQ(device->bytes, "");
}

TEST_F(OptionsTest, ADeviceIsBoundAndLifted) {
  const int fd = open(AF_INET, SOCK_STREAM);
  const Failure failure = bind_to_device(fd, "lo");
  if (failure == Error::from_errno(EPERM)) GTEST_SKIP() << "needs CAP_NET_RAW on this kernel";
  ASSERT_EQ(failure, Failure());
  Result<DeviceName> device = bound_device(fd);
  ASSERT_TRUE(device);
  EXPECT_STREQ(device->bytes, "lo");
  EXPECT_EQ(bind_to_device(fd, ""), Failure());
  device = bound_device(fd);
  ASSERT_TRUE(device);
  EXPECT_STREQ(device->bytes, "");
}

TEST_F(OptionsTest, ADeviceNameIsNeverCut) {
  const int fd = open(AF_INET, SOCK_STREAM);
  EXPECT_EQ(bind_to_device(fd, std::string(IFNAMSIZ, 'l')), Error::from_errno(ENODEV));
  EXPECT_EQ(bind_to_device(fd, std::string(IFNAMSIZ - 1, 'l')), Error::from_errno(ENODEV));
}

TEST_F(OptionsTest, TheMulticastInterfaceReadsBack) {
  const int fd = open(AF_INET, SOCK_DGRAM);
  EXPECT_EQ(multicast_interface(fd)->s_addr, htonl(INADDR_ANY));
  EXPECT_EQ(set_multicast_interface(fd, ipv4("127.0.0.1")), Failure());
  EXPECT_EQ(multicast_interface(fd)->s_addr, htonl(INADDR_LOOPBACK));
  EXPECT_EQ(set_multicast_interface(fd, ipv4("0.0.0.0")), Failure());
  EXPECT_EQ(multicast_interface(fd)->s_addr, htonl(INADDR_ANY));
}

TEST_F(OptionsTest, AGroupIsJoinedOnceAndLeftOnce) {
  const int fd = open(AF_INET, SOCK_DGRAM);
  const in_addr group = ipv4("239.255.1.7");
  const in_addr loopback = ipv4("127.0.0.1");
  EXPECT_EQ(change_membership(fd, kJoin, group, loopback), Failure());
  EXPECT_EQ(change_membership(fd, kJoin, group, loopback), Error::from_errno(EADDRINUSE));
  EXPECT_EQ(change_membership(fd, kLeave, group, loopback), Failure());
  EXPECT_EQ(change_membership(fd, kLeave, group, loopback), Error::from_errno(EADDRNOTAVAIL));
}

TEST_F(OptionsTest, AV6GroupIsJoinedOnceAndLeftOnce) {
  const int fd = open(AF_INET6, SOCK_DGRAM);
  if (fd == kInvalidFd) GTEST_SKIP() << "no IPv6 on this machine";
  in6_addr group{};
  ASSERT_EQ(::inet_pton(AF_INET6, "ff02::1234", &group), 1);
  const unsigned int loopback = ::if_nametoindex("lo");
  ASSERT_NE(loopback, 0U);
  EXPECT_EQ(change_membership(fd, kJoin6, group, loopback), Failure());
  EXPECT_EQ(change_membership(fd, kJoin6, group, loopback), Error::from_errno(EADDRINUSE));
  EXPECT_EQ(change_membership(fd, kLeave6, group, loopback), Failure());
  EXPECT_NE(change_membership(fd, kLeave6, group, loopback), Failure());
}

TEST_F(OptionsTest, UnicastAndMulticastHopsAreTwoOptions) {
  const int fd = open(AF_INET6, SOCK_DGRAM);
  if (fd == kInvalidFd) GTEST_SKIP() << "no IPv6 on this machine";
  constexpr OptionKey kUnicast{IPPROTO_IPV6, IPV6_UNICAST_HOPS};
  constexpr OptionKey kMulticast{IPPROTO_IPV6, IPV6_MULTICAST_HOPS};
  EXPECT_EQ(set_integer_option(fd, kUnicast, 33), Failure());
  EXPECT_EQ(set_integer_option(fd, kMulticast, 7), Failure());
  EXPECT_EQ(*integer_option(fd, kUnicast), 33);
  EXPECT_EQ(*integer_option(fd, kMulticast), 7);
}

}  // namespace
}  // namespace moontide
