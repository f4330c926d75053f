#pragma once

#include <sys/random.h>

#include <cerrno>
#include <cstdint>

namespace moontide {

/// Sets `value` to a random number of the system's, fit for secrets. Eight bytes never come short;
/// only before the system has gathered entropy does this wait, or fail with GRND_NONBLOCK in
/// `flags`.
inline bool read_random(std::uint64_t& value, unsigned int flags = 0) noexcept {
  ssize_t size = 0;
  do {
    size = ::getrandom(&value, sizeof value, flags);
  } while (size < 0 && errno == EINTR);
  return size == static_cast<ssize_t>(sizeof value);
}

}  // namespace moontide
