#include "tls/ticket_keys.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace moontide::tls {
namespace {

constexpr int kPeriod = limits::kTlsTicketKeySeconds;

/// A key that is this letter all over.
std::string key_of(char letter) { return std::string(TicketKey::kBytes, letter); }

const unsigned char* name_of(const std::string& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

TicketKey copy_of(const TicketKey* key) {
  EXPECT_NE(key, nullptr);
  return key != nullptr ? *key : TicketKey{};
}

TEST(TicketKeys, OneSealsUntilItsTimeIsOver) {
  TicketKeys keys;
  const TicketKey first = copy_of(keys.sealing(1000));
  EXPECT_EQ(std::memcmp(first.name, copy_of(keys.sealing(1000 + kPeriod - 1)).name, 16), 0);
  const TicketKey* second = keys.sealing(1000 + kPeriod);
  EXPECT_NE(std::memcmp(first.name, second->name, 16), 0);
  EXPECT_NE(std::memcmp(first.mac, second->mac, 32), 0);
  EXPECT_NE(std::memcmp(first.cipher, second->cipher, 32), 0);
  EXPECT_TRUE(keys.is_first(second));
}

TEST(TicketKeys, OneOpensAsLongAsItsLastTicketIsGood) {
  TicketKeys keys;
  const TicketKey first = copy_of(keys.sealing(0));
  const int last = kPeriod + limits::kTlsTicketSeconds;
  for (int now = 0; now <= last; now += kPeriod / 2) keys.sealing(now);
  const TicketKey* found = keys.opening(first.name, last);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(std::memcmp(found->cipher, first.cipher, sizeof first.cipher), 0);
  EXPECT_FALSE(keys.is_first(found));
  EXPECT_EQ(keys.opening(first.name, last + 1), nullptr);
}

TEST(TicketKeys, AnIdleServerForgetsToo) {
  TicketKeys keys;
  const TicketKey first = copy_of(keys.sealing(0));
  EXPECT_EQ(keys.opening(first.name, 10 * kPeriod), nullptr);
}

TEST(TicketKeys, NobodyKnowsAnotherServersKeys) {
  TicketKeys one;
  TicketKeys two;
  EXPECT_EQ(two.opening(copy_of(one.sealing(0)).name, 0), nullptr);
}

TEST(TicketKeys, TheFirstThatIsGivenSealsAndAllOpen) {
  TicketKeys keys;
  const TicketKey own = copy_of(keys.sealing(0));
  EXPECT_TRUE(keys.add(key_of('a')));
  EXPECT_TRUE(keys.add(key_of('b')));
  EXPECT_EQ(keys.opening(own.name, 0), nullptr);
  const std::string a = key_of('a');
  const std::string b = key_of('b');
  for (const std::int64_t now : {0, 100 * kPeriod}) {
    EXPECT_EQ(std::memcmp(copy_of(keys.sealing(now)).name, a.data(), 16), 0);
    EXPECT_TRUE(keys.is_first(keys.opening(name_of(a), now)));
    ASSERT_NE(keys.opening(name_of(b), now), nullptr);
    EXPECT_FALSE(keys.is_first(keys.opening(name_of(b), now)));
  }
}

TEST(TicketKeys, WhatIsNoKeyIsRefusedAndSoIsOneTooMany) {
  TicketKeys keys;
  EXPECT_FALSE(keys.add(""));
  EXPECT_FALSE(keys.add(key_of('a') + "a"));
  for (std::size_t i = 0; i < limits::kTlsTicketKeys; ++i) EXPECT_TRUE(keys.add(key_of('a')));
  EXPECT_FALSE(keys.add(key_of('a')));
}

TEST(TicketKeys, ClearedItMakesItsOwnAgain) {
  TicketKeys keys;
  EXPECT_TRUE(keys.add(key_of('a')));
  keys.clear();
  EXPECT_EQ(keys.opening(name_of(key_of('a')), 0), nullptr);
  EXPECT_NE(std::memcmp(copy_of(keys.sealing(0)).name, key_of('a').data(), 16), 0);
}

}  // namespace
}  // namespace moontide::tls
