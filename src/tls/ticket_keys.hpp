#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/limits.hpp"

namespace moontide::tls {

/// One key of a server's session tickets: what seals them, and by what name tickets say so.
struct TicketKey {
  static constexpr std::size_t kNameBytes = 16;
  static constexpr std::size_t kSecretBytes = 32;
  static constexpr std::size_t kBytes = kNameBytes + 2 * kSecretBytes;

  unsigned char name[kNameBytes];
  unsigned char mac[kSecretBytes];
  unsigned char cipher[kSecretBytes];
  std::int64_t made = 0;  ///< When, in seconds.
};

/// The keys of a server. Those that it makes itself are replaced as time goes by, so that what was
/// recorded cannot be read for long by who gets hold of one; those that a program gives stay until
/// it gives others.
class TicketKeys {
 public:
  TicketKeys() noexcept = default;
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys() { clear(); }

  /// Takes keys of a program, TicketKey::kBytes each: name, key of the MAC, key of the cipher. The
  /// first seals; all of them open. False when it is one too many.
  bool add(std::string_view bytes) noexcept;
  /// Forgets all of them, and makes its own from now on.
  void clear() noexcept;
  /// Forgets its own; makes others.
  void drop_own() noexcept {
    if (!given_) clear();
  }
  /// Has the keys of another from now on, which has none.
  void take(TicketKeys& other) noexcept;
  /// Whether tickets of this key need no other yet.
  bool is_first(const TicketKey* key) const noexcept { return key == keys_; }

  /// The key that seals at this time; null when there is no way to make one.
  const TicketKey* sealing(std::int64_t now) noexcept;
  /// The key of this name; null when there is none, or none any more.
  const TicketKey* opening(const unsigned char* name, std::int64_t now) noexcept;

 private:
  void drop_old(std::int64_t now) noexcept;
  bool make(std::int64_t now) noexcept;

  TicketKey keys_[limits::kTlsTicketKeys] = {};
  std::size_t count_ = 0;
  bool given_ = false;
};

}  // namespace moontide::tls
