#pragma once

#include <sys/stat.h>

struct ares_channeldata;

namespace moontide {

/// What the machine says about name servers: resolv.conf(5), nsswitch.conf(5), and the environment
/// of RES_OPTIONS and LOCALDOMAIN. It is read once, and again after one of the files changed.
class ResolverConfig {
 public:
  /// `servers`: name servers in place of those of resolv.conf, as "address:port,..."; null for
  /// none. It has to live as long.
  explicit ResolverConfig(const char* servers = nullptr) noexcept : servers_(servers) {}
  ResolverConfig(const ResolverConfig&) = delete;
  ResolverConfig& operator=(const ResolverConfig&) = delete;
  ~ResolverConfig();

  /// Whether a file changed since the last call; hosts(5) counts too. The first call says yes.
  bool refresh() noexcept;
  /// A new channel with these settings; the caller destroys it. Gives a status of c-ares.
  int open_channel(ares_channeldata*& channel) noexcept;
  /// Whether name servers may be asked at all: "attempts:0" forbids it.
  bool asks_servers() const noexcept { return asks_servers_; }

 private:
  static constexpr int kFiles = 3;
  struct Version {
    dev_t device = 0;
    ino_t file = 0;
    off_t size = -1;
    timespec changed{};
    friend bool operator==(const Version& a, const Version& b) noexcept {
      return a.device == b.device && a.file == b.file && a.size == b.size &&
             a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec;
    }
  };

  static Version version_of(const char* path) noexcept;
  int load() noexcept;
  void forget() noexcept;

  ares_channeldata* settings_ = nullptr;  // never asks anything, only passes its settings on
  Version versions_[kFiles];
  const char* servers_;
  bool looked_ = false;
  bool asks_servers_ = true;
};

}  // namespace moontide
