#include "tls/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>

namespace moontide::tls {
namespace {

// A key that seals no more still opens what it has sealed last.
static_assert(limits::kTlsTicketKeys >=
                  2 + limits::kTlsTicketSeconds / limits::kTlsTicketKeySeconds,
              "there is room for all that may be needed");

bool fill(unsigned char* room, std::size_t size) noexcept {
  return RAND_bytes(room, static_cast<int>(size)) == 1;
}

bool fill_secret(unsigned char* room, std::size_t size) noexcept {
  return RAND_priv_bytes(room, static_cast<int>(size)) == 1;
}

}  // namespace

void TicketKeys::clear() noexcept {
  OPENSSL_cleanse(keys_, sizeof keys_);
  count_ = 0;
  given_ = false;
}

void TicketKeys::take(TicketKeys& other) noexcept {
  clear();
  std::copy_n(other.keys_, other.count_, keys_);
  count_ = other.count_;
  given_ = other.given_;
  other.clear();
}

bool TicketKeys::add(std::string_view bytes) noexcept {
  if (bytes.size() != TicketKey::kBytes) return false;
  if (!given_) clear();
  if (count_ == limits::kTlsTicketKeys) return false;
  TicketKey& key = keys_[count_++];
  const char* from = bytes.data();
  std::memcpy(key.name, from, sizeof key.name);
  std::memcpy(key.mac, from + sizeof key.name, sizeof key.mac);
  std::memcpy(key.cipher, from + sizeof key.name + sizeof key.mac, sizeof key.cipher);
  given_ = true;
  return true;
}

/// Those of a program do not age.
void TicketKeys::drop_old(std::int64_t now) noexcept {
  if (given_) return;
  const std::int64_t oldest = now - limits::kTlsTicketKeySeconds - limits::kTlsTicketSeconds;
  while (count_ > 0 && keys_[count_ - 1].made < oldest) {
    OPENSSL_cleanse(&keys_[--count_], sizeof keys_[0]);
  }
}

bool TicketKeys::make(std::int64_t now) noexcept {
  TicketKey key;
  if (!fill(key.name, sizeof key.name) || !fill_secret(key.mac, sizeof key.mac) ||
      !fill_secret(key.cipher, sizeof key.cipher)) {
    return false;
  }
  key.made = now;
  count_ = std::min(count_ + 1, limits::kTlsTicketKeys);
  std::copy_backward(keys_, keys_ + count_ - 1, keys_ + count_);
  keys_[0] = key;
  OPENSSL_cleanse(&key, sizeof key);
  return true;
}

const TicketKey* TicketKeys::sealing(std::int64_t now) noexcept {
  drop_old(now);
  const bool is_due =
      !given_ && (count_ == 0 || now - keys_[0].made >= limits::kTlsTicketKeySeconds);
  if (is_due && !make(now)) return nullptr;
  return &keys_[0];
}

const TicketKey* TicketKeys::opening(const unsigned char* name, std::int64_t now) noexcept {
  drop_old(now);
  for (std::size_t i = 0; i < count_; ++i) {
    if (CRYPTO_memcmp(keys_[i].name, name, sizeof keys_[i].name) == 0) return &keys_[i];
  }
  return nullptr;
}

}  // namespace moontide::tls
