// Goal: addresses race as RFC 8305 says: families take turns, a silent address does not hold up the
// next one, the first success ends the others. Method: loopback ports of which the tests know how
// they behave; the deadline is what a driver would wait for, so no test waits it out but one.
#include "net/address_race.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.hpp"
#include "support/connecting.hpp"
#include "support/descriptors.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide {
namespace {

using test::kForever;
using test::words;
using State = AddressRace::State;

std::string families(const AddressList& addresses) {
  std::string text;
  for (const Address& address : addresses) {
    text += address.family() == AF_INET ? "4" : "6";
    text += std::to_string(port_of(address));
    text += ' ';
  }
  return text;
}

AddressList list(std::initializer_list<std::pair<int, int>> entries) {
  AddressList addresses;
  for (const auto& [family, port] : entries) {
    addresses.push_back(test::loopback(family, static_cast<std::uint16_t>(port)));
  }
  return addresses;
}

TEST(InterleaveFamilies, LetsThemTakeTurnsFromTheFirstOn) {
  AddressList addresses = list({{AF_INET6, 1}, {AF_INET6, 2}, {AF_INET6, 3}, {AF_INET, 4}});
  interleave_families(addresses);
  EXPECT_EQ(families(addresses), "61 44 62 63 ");
  addresses = list({{AF_INET, 1}, {AF_INET6, 2}, {AF_INET6, 3}});
  interleave_families(addresses);
  EXPECT_EQ(families(addresses), "41 62 63 ");
  addresses.clear();
  interleave_families(addresses);
  EXPECT_TRUE(addresses.empty());
}

/// Waits as a driver does, until something is ready or the deadline passes.
void wait(AddressRace& race) {
  const std::span<pollfd> set = race.poll_set();
  const std::timespec left = race.deadline().time_left(Deadline::Clock::now());
  const bool never = race.deadline().is_never();
  ::ppoll(set.data(), set.size(), never ? nullptr : &left, nullptr);
}

State run(AddressRace& race) {
  State state = race.step();
  while (state == State::running) {
    wait(race);
    state = race.step();
  }
  return state;
}

TEST(AddressRace, GoesOnWhenTheFirstIsSilentAndClosesTheOthers) {
  const test::FullServer silent;
  const test::Server server;
  const std::ptrdiff_t before = test::open_descriptors();
  {
    AddressRace race;
    ASSERT_FALSE(race.start(list({{AF_INET, silent.port}, {AF_INET, server.port}}), kForever));
    ASSERT_EQ(race.step(), State::running);
    EXPECT_EQ(race.poll_set().size(), 1U) << "the second waits for its turn";
    const auto now = Deadline::Clock::now();
    EXPECT_FALSE(Deadline::after_seconds(now, limits::kConnectionAttemptSeconds) < race.deadline());
    ASSERT_EQ(run(race), State::won);
    const Fd winner = race.take();
    EXPECT_EQ(*peer_address(winner.get()), test::loopback(AF_INET, server.port));
    EXPECT_TRUE(race.poll_set().empty());
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST(AddressRace, BeginsTheNextAtOnceWhenOneIsRefused) {
  const test::RefusingPort refusing;
  const test::Server server;
  AddressRace race;
  ASSERT_FALSE(
      race.start(list({{AF_INET, test::port_of(refusing.fd)}, {AF_INET, server.port}}), kForever));
  ASSERT_EQ(run(race), State::won);
  EXPECT_EQ(race.family(), AF_INET);
  const Fd winner = race.take();
  EXPECT_EQ(*peer_address(winner.get()), test::loopback(AF_INET, server.port));
}

TEST(AddressRace, GivesEachAddressItsTimeAndReportsTheLastOnesError) {
  const test::FullServer silent;
  const test::RefusingPort refusing;
  const int refused = test::port_of(refusing.fd);
  const Timeouts limits{0.01, -1};
  {
    AddressRace race;
    ASSERT_FALSE(race.start(list({{AF_INET, silent.port}, {AF_INET, refused}}), limits));
    ASSERT_EQ(run(race), State::lost);
    EXPECT_EQ(words(race.error()), "connection refused");
    EXPECT_TRUE(race.take()) << "a descriptor stays";
  }
  AddressRace race;
  ASSERT_FALSE(race.start(list({{AF_INET, refused}, {AF_INET, silent.port}}), limits));
  ASSERT_EQ(run(race), State::lost);
  EXPECT_EQ(words(race.error()), "timeout");
}

TEST(AddressRace, StopsWhereDescriptorsRanOut) {
  const test::Server server;
  AddressRace race;
  ASSERT_FALSE(race.start(list({{AF_INET, server.port}, {AF_INET, server.port}}), kForever));
  const test::DescriptorFamine famine;
  ASSERT_EQ(race.step(), State::lost);
  EXPECT_EQ(words(race.error()), "Too many open files");
  EXPECT_FALSE(race.take());
}

}  // namespace
}  // namespace moontide
