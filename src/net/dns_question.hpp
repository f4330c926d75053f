#pragma once

#include <sys/types.h>

#include "net/descriptor_group.hpp"
#include "net/dns_settings.hpp"
#include "net/name_question.hpp"

struct ares_addrinfo;
struct hostent;
struct iovec;
struct sockaddr;

namespace moontide {

/// A question that c-ares answers, from /etc/hosts or by asking name servers. It has a channel of
/// its own, so that giving it up ends nothing else, and its sockets are behind one descriptor.
///
/// It does not tell names in the hosts file, which answer at once and cost no descriptor, from
/// others: start() may leave the answer.
class DnsQuestion final : public NameQuestion {
 public:
  explicit DnsQuestion(const NameRequest& request) : request_(request) {}
  ~DnsQuestion() override;

  /// Errors: those of opening descriptors, `no_memory`. Whatever else goes wrong is an answer.
  Failure start(DnsSettings& settings) noexcept;

  void process() noexcept override;
  int fd() const noexcept override { return sockets_.fd(); }
  Deadline next_event() noexcept override;

 private:
  struct Callbacks;

  void ask() noexcept;
  void ask_records() noexcept;
  void watch_sockets() noexcept;
  /// Runs `fill(NameAnswer&)`, which may run out of memory, and then there is an answer.
  template <class Fill>
  void settle(Fill fill) noexcept;
  void settle_status(int status) noexcept;
  void settle_addresses(int status, const ares_addrinfo* found) noexcept;
  bool is_in_hosts_file() const noexcept;
  void settle_loopback() noexcept;
  void settle_host(int status, const hostent* found) noexcept;
  void settle_records(int status, const unsigned char* message, int size) noexcept;
  void close_channel() noexcept;

  NameRequest request_;
  DescriptorGroup sockets_;
  ares_channeldata* channel_ = nullptr;
  std::shared_ptr<NameAnswer> result_;  // made at the start: the end must not fail for lack of it
  bool asks_servers_ = true;
  bool closing_ = false;
};

}  // namespace moontide
