#pragma once

#include <memory>
#include <string>
#include <vector>

#include "net/connector.hpp"
#include "reactor/blocking.hpp"
#include "support/error_words.hpp"
#include "support/sockets.hpp"

namespace moontide::test {

constexpr Timeouts kForever;
constexpr Timeouts kNoWait{0, -1};
constexpr Timeouts kShort{0.002, -1};

/// A client object as the binding has it: of no family, or pinned to one with a descriptor of it.
struct Connecting {
  explicit Connecting(int family = AF_UNSPEC) {
    if (family != AF_UNSPEC && open_into(socket, family, SOCK_STREAM)) {
      throw std::runtime_error("socket");
    }
  }
  ~Connecting() {
    // The counter outlives the threads; waiting for them keeps tests from meeting each other's.
    while (names->running->load() > 0) sched_yield();
  }
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

  /// One call of connect, to its end: the text of its failure, "" on success.
  std::string connect(const std::string& host, const std::string& service, Timeouts limits) {
    timeouts = limits;
    operation.begin(host, service, AF_UNSPEC, type, timeouts, names);
    run_blocking(operation, operation.perform());
    return words(operation.failure);
  }

  SocketHandle socket;
  int type = SOCK_STREAM;
  Timeouts timeouts;
  NameResolverPtr names = std::make_shared<NameResolver>();
  ConnectOperation operation{socket};
};

/// A server that never accepts and whose queue is full: connecting to it is pending for ever.
struct FullServer {
  explicit FullServer(int family = AF_INET)
      : server(family, 0), port(server.port), service(server.service) {
    // How many fit is the system's secret: the first that does not come through tells.
    for (int i = 0; i < 64; ++i) {
      Result<Fd> fd = open_socket(family, SOCK_STREAM);
      if (!fd) throw std::runtime_error("socket");
      const Failure reason = start_connect(fd->get(), loopback(family, port));
      const bool pending = reason && reason->is_errno(EINPROGRESS) && !is_ready(fd->get(), POLLOUT);
      waiting.push_back(std::move(*fd));
      if (pending) return;
    }
    throw std::runtime_error("the queue does not fill");
  }

  Server server;
  std::uint16_t port;
  std::string service;
  std::vector<Fd> waiting;
};

}  // namespace moontide::test
