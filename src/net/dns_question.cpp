#include "net/dns_question.hpp"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <utility>

#include "base/limits.hpp"
#include "net/dns_status.hpp"

namespace moontide {

/// What c-ares calls. Its own socket calls would raise SIGPIPE on a connection that the server
/// dropped.
struct DnsQuestion::Callbacks {
  static ares_socket_t open(int family, int type, int protocol, void*) noexcept {
    const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    const int yes = 1;
    if (fd >= 0 && type == SOCK_STREAM) {
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return fd;
  }
  static int close(ares_socket_t fd, void* question) noexcept {
    static_cast<DnsQuestion*>(question)->sockets_.forget(fd);
    return ::close(fd);
  }
  static int connect(ares_socket_t fd, const sockaddr* address, ares_socklen_t size,
                     void*) noexcept {
    return ::connect(fd, address, size);
  }
  static ares_ssize_t receive(ares_socket_t fd, void* room, std::size_t size, int flags,
                              sockaddr* from, ares_socklen_t* from_size, void*) noexcept {
    return ::recvfrom(fd, room, size, flags, from, from_size);
  }
  static ares_ssize_t send(ares_socket_t fd, const iovec* pieces, int count, void*) noexcept {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
  }
  static constexpr ares_socket_functions kSockets = {open, close, connect, receive, send};

  static void addresses(void* question, int status, int, ares_addrinfo* found) noexcept {
    static_cast<DnsQuestion*>(question)->settle_addresses(status, found);
    if (found != nullptr) ::ares_freeaddrinfo(found);
  }
  static void host(void* question, int status, int, hostent* found) noexcept {
    static_cast<DnsQuestion*>(question)->settle_host(status, found);
  }
  static void records(void* question, int status, int, unsigned char* message, int size) noexcept {
    static_cast<DnsQuestion*>(question)->settle_records(status, message, size);
  }
};

namespace {

/// RFC 6761, 6.3: such names mean this machine, and no name server is asked about them.
bool is_localhost(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name == "localhost" || name.ends_with(".localhost");
}

}  // namespace

DnsQuestion::~DnsQuestion() { close_channel(); }

void DnsQuestion::close_channel() noexcept {
  closing_ = true;  // c-ares reports the end of what is under way
  if (channel_ != nullptr) ::ares_destroy(std::exchange(channel_, nullptr));
}

Failure DnsQuestion::start(DnsSettings& settings) noexcept {
  try {
    result_ = std::make_shared<NameAnswer>();
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
  if (const int status = settings.open_channel(channel_); status != ARES_SUCCESS) {
    channel_ = nullptr;
    settle_status(status);
    return {};
  }
  asks_servers_ = settings.asks_servers();
  ::ares_set_socket_functions(channel_, &Callbacks::kSockets, this);
  ask();
  if (answer_ == nullptr) {
    if (const Failure failure = sockets_.open()) return failure;
    watch_sockets();
  } else {
    close_channel();
  }
  return {};
}

void DnsQuestion::ask() noexcept {
  switch (request_.kind) {
    case NameRequest::Kind::addresses:
    case NameRequest::Kind::host: {
      // c-ares 1.18 does not know the names below localhost, and leaks memory with localhost
      // itself.
      if (is_localhost(request_.name) && !is_in_hosts_file()) return settle_loopback();
      ares_addrinfo_hints hints{};
      hints.ai_flags = ARES_AI_CANONNAME;
      hints.ai_family = request_.detail;
      hints.ai_socktype = SOCK_STREAM;
      return ::ares_getaddrinfo(channel_, request_.name.c_str(), nullptr, &hints,
                                Callbacks::addresses, this);
    }
    case NameRequest::Kind::reverse:
      return ::ares_gethostbyaddr(channel_, request_.name.data(),
                                  static_cast<int>(request_.name.size()), request_.detail,
                                  Callbacks::host, this);
    case NameRequest::Kind::records:
      if (!asks_servers_) return settle_status(ARES_ETIMEOUT);
      return ::ares_query(channel_, request_.name.c_str(), 1 /* IN */, request_.detail,
                          Callbacks::records, this);
  }
}

void DnsQuestion::process() noexcept {
  if (answer_ != nullptr) return;
  for (const DescriptorGroup::Ready& ready : sockets_.ready()) {
    ::ares_process_fd(channel_, ready.readable ? ready.fd : ARES_SOCKET_BAD,
                      ready.writable ? ready.fd : ARES_SOCKET_BAD);
  }
  ::ares_process_fd(channel_, ARES_SOCKET_BAD,
                    ARES_SOCKET_BAD);  // what has been waited for in vain
  if (answer_ == nullptr) return watch_sockets();
  close_channel();
  sockets_.finish();
}

/// c-ares shows as many as its interface has room for; the others it looks at when their time is
/// over.
void DnsQuestion::watch_sockets() noexcept {
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  const auto wishes = static_cast<unsigned>(::ares_getsock(channel_, sockets, ARES_GETSOCK_MAXNUM));
  for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    const bool reads = (wishes >> i & 1U) != 0;
    const bool writes = (wishes >> (i + ARES_GETSOCK_MAXNUM) & 1U) != 0;
    if (!reads && !writes) break;
    (void)sockets_.watch(sockets[i], reads, writes);
  }
}

Deadline DnsQuestion::next_event() noexcept {
  timeval left{};
  if (channel_ == nullptr || ::ares_timeout(channel_, nullptr, &left) == nullptr) {
    return Deadline::never();
  }
  // One millisecond more: c-ares cuts the rest off and would not be ready yet.
  const auto span = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec) +
                    std::chrono::milliseconds(1);
  return Deadline::after(Deadline::Clock::now(), span);
}

template <class Fill>
void DnsQuestion::settle(Fill fill) noexcept {
  if (closing_ || answer_ != nullptr) return;
  try {
    fill(*result_);
  } catch (const std::bad_alloc&) {
    *result_ = NameAnswer();
    result_->failure = Error{Errc::no_memory};
  }
  result_->seconds = std::clamp(result_->seconds, 0, limits::kNameSecondsMax);
  answer_ = std::move(result_);
}

void DnsQuestion::settle_status(int status) noexcept {
  // Where no server may be asked, who is not in the files may exist all the same.
  const bool unknown = status == ARES_ENOTFOUND || status == ARES_ENODATA;
  if (unknown && !asks_servers_) status = ARES_ETIMEOUT;
  settle([&](NameAnswer& answer) {
    answer.failure = error_of_status(status, request_.kind);
    const bool counts = status == ARES_ENOTFOUND || status == ARES_ENODATA;
    answer.seconds = counts ? limits::kNameNegativeSeconds : 0;
  });
}

void DnsQuestion::settle_addresses(int status, const ares_addrinfo* found) noexcept {
  if (status == ARES_SUCCESS && (found == nullptr || found->nodes == nullptr)) {
    status = ARES_ENODATA;
  }
  if (status != ARES_SUCCESS) return settle_status(status);
  settle([&](NameAnswer& answer) {
    int seconds = limits::kNameSecondsMax;
    for (const auto* node = found->nodes; node != nullptr; node = node->ai_next) {
      seconds = std::min(seconds, node->ai_ttl);
      const Address address = Address::copy(node->ai_addr, node->ai_addrlen);
      const auto& known = answer.addresses;
      if (std::find(known.begin(), known.end(), address) != known.end()) continue;
      answer.addresses.push_back(address);
    }
    answer.name = found->name != nullptr ? found->name : request_.name;
    for (const auto* alias = found->cnames; alias != nullptr; alias = alias->next) {
      if (alias->name != nullptr) answer.name = alias->name;
      if (alias->alias != nullptr) answer.aliases.emplace_back(alias->alias);
      seconds = std::min(seconds, alias->ttl);
    }
    answer.seconds = seconds;
  });
}

bool DnsQuestion::is_in_hosts_file() const noexcept {
  for (const int family : {AF_INET, AF_INET6}) {
    if (request_.detail != AF_UNSPEC && request_.detail != family) continue;
    hostent* found = nullptr;
    const int status = ::ares_gethostbyname_file(channel_, request_.name.c_str(), family, &found);
    if (found != nullptr) ::ares_free_hostent(found);
    if (status == ARES_SUCCESS) return true;
  }
  return false;
}

void DnsQuestion::settle_loopback() noexcept {
  settle([&](NameAnswer& answer) {
    answer.name = request_.name;
    if (answer.name.ends_with('.')) answer.name.pop_back();
    if (request_.detail != AF_INET) {
      answer.addresses.push_back(host_address(AF_INET6, &in6addr_loopback));
    }
    const in_addr loopback{htonl(INADDR_LOOPBACK)};
    if (request_.detail != AF_INET6) answer.addresses.push_back(host_address(AF_INET, &loopback));
  });
}

void DnsQuestion::settle_host(int status, const hostent* found) noexcept {
  if (status == ARES_SUCCESS && (found == nullptr || found->h_name == nullptr)) {
    status = ARES_ENODATA;
  }
  if (status != ARES_SUCCESS) return settle_status(status);
  settle([&](NameAnswer& answer) {
    answer.name = found->h_name;
    for (char** alias = found->h_aliases; alias != nullptr && *alias != nullptr; ++alias) {
      answer.aliases.emplace_back(*alias);
    }
  });
}

void DnsQuestion::settle_records(int status, const unsigned char* message, int size) noexcept {
  const bool has_reply = message != nullptr && size > 0;
  settle([&](NameAnswer& answer) {
    DnsReply reply;
    const std::string_view bytes(reinterpret_cast<const char*>(message),
                                 has_reply ? static_cast<std::size_t>(size) : 0);
    const auto type = static_cast<DnsType>(request_.detail);
    int outcome = status;
    if (has_reply && !parse_dns_reply(bytes, type, reply) && status == ARES_SUCCESS) {
      outcome = ARES_EBADRESP;
    }
    if (outcome == ARES_SUCCESS && reply.records.empty()) outcome = ARES_ENODATA;
    if (outcome == ARES_SUCCESS) {
      answer.records = std::move(reply.records);
      answer.seconds = static_cast<int>(std::min<std::uint32_t>(
          reply.seconds, static_cast<std::uint32_t>(limits::kNameSecondsMax)));
      return;
    }
    answer.failure = error_of_status(outcome, request_.kind);
    if (outcome != ARES_ENOTFOUND && outcome != ARES_ENODATA) return;
    answer.seconds = static_cast<int>(std::min<std::uint32_t>(
        reply.negative_seconds, static_cast<std::uint32_t>(limits::kNameNegativeSeconds)));
  });
}

}  // namespace moontide
