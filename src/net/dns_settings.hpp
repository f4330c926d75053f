#pragma once

struct ares_channeldata;

namespace moontide {

/// What the machine says about name servers: resolv.conf(5), nsswitch.conf(5), and the environment
/// of RES_OPTIONS and LOCALDOMAIN. It is read once, and again after forget().
class DnsSettings {
 public:
  /// `servers`: name servers in place of those of resolv.conf, as "address:port,..."; null for
  /// none. It has to live as long.
  explicit DnsSettings(const char* servers) noexcept : servers_(servers) {}
  DnsSettings(const DnsSettings&) = delete;
  DnsSettings& operator=(const DnsSettings&) = delete;
  ~DnsSettings();

  /// A new channel with these settings; the caller destroys it. Gives a status of c-ares.
  int open_channel(ares_channeldata*& channel) noexcept;
  /// Whether name servers may be asked at all: "attempts:0" forbids it.
  bool asks_servers() const noexcept { return asks_servers_; }
  void forget() noexcept;

 private:
  int load() noexcept;

  ares_channeldata* settings_ = nullptr;  // never asks anything, only passes its settings on
  const char* servers_;
  bool asks_servers_ = true;
};

}  // namespace moontide
