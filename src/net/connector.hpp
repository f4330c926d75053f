#pragma once

#include <memory>
#include <string_view>

#include "net/name_lookup.hpp"
#include "net/socket.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// `connect` of an internet socket, stream or datagram: resolves, then walks the addresses in the
/// resolver's order until one connects (contract tcp.md, connect).
///
/// A socket without a family gets a fresh descriptor for each address; one whose family is fixed
/// keeps its descriptor over all attempts and calls. The timeouts bound the look-up, and then each
/// address anew.
class ConnectOperation final : public Operation {
 public:
  explicit ConnectOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// `family` restricts the addresses; AF_UNSPEC takes the socket's own. Errors: `no_memory`.
  void begin(std::string_view host, std::string_view service, int family, int socket_type,
             const Timeouts& timeouts, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override;
  Progress wait_failed(Error error) noexcept override;

  /// Drops what is remembered of an attempt under way.
  void forget() noexcept { attempt_.reset(); }

 private:
  enum class Stage : unsigned char { resolving, starting, waiting };

  /// One wish to be connected somewhere. It outlives a call that ended before the connection
  /// stood: the next call for the same place asks the system for its state, not the resolver.
  struct Attempt {
    Query query;
    NameResolverPtr names;
    AddressLookup lookup;
    AddressList addresses;
    std::size_t current = 0;  // index
    Stage stage = Stage::resolving;
    bool under_way = false;  // the system knows of a connect to `current`
    bool repeated = false;   // this call only asks how that went
  };

  Progress forgotten() noexcept;
  Progress resolve_step() noexcept;
  Progress resolved(Result<AddressList> answer) noexcept;
  Progress start_step() noexcept;
  Progress wait_step() noexcept;
  Failure open_for_current() noexcept;
  Failure connect_current() noexcept;
  Progress try_next(Error error) noexcept;
  Progress succeed() noexcept;
  Progress give_up(Error error) noexcept;
  const Address& current() const noexcept { return attempt_->addresses[attempt_->current]; }
  bool pinned() const noexcept { return socket_.family != AF_UNSPEC; }

  SocketHandle& socket_;
  std::unique_ptr<Attempt> attempt_;
  const Timeouts* timeouts_ = nullptr;
};

}  // namespace moontide
