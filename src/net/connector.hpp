#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "net/address_race.hpp"
#include "net/name_lookup.hpp"
#include "net/socket.hpp"
#include "reactor/operation.hpp"

namespace moontide {

/// `connect` of an internet socket, stream or datagram: resolves, then tries the addresses until
/// one connects (contract tcp.md, connect). The timeouts bound the look-up, and then each address
/// anew.
///
/// A stream socket without a family that may wait lets the addresses race (RFC 8305). One whose
/// family is fixed keeps its descriptor over all attempts and calls and walks the addresses in the
/// resolver's order; so does all that ends at once.
class ConnectOperation final : public Operation {
 public:
  explicit ConnectOperation(SocketHandle& socket) noexcept : socket_(socket) {}

  /// `family` restricts the addresses; AF_UNSPEC takes the socket's own. Errors: `no_memory`.
  void begin(std::string_view host, std::string_view service, int family, int socket_type,
             const Timeouts& timeouts, const NameResolverPtr& names) noexcept;
  Progress perform() noexcept override;
  Progress expire() noexcept override;
  Progress wait_failed(Error error) noexcept override;
  std::span<pollfd> poll_set() noexcept override;

  /// Drops what is remembered of an attempt under way.
  void forget() noexcept { attempt_.reset(); }

 private:
  enum class Stage : unsigned char { resolving, starting, waiting, racing };

  /// One wish to be connected somewhere. It outlives a call that ended before the connection
  /// stood: the next call for the same place asks the system for its state, not the resolver.
  struct Attempt {
    Query query;
    NameResolverPtr names;
    AddressLookup lookup;
    AddressList addresses;
    std::optional<AddressRace> race;  // owns the addresses then
    std::size_t current = 0;          // index
    Stage stage = Stage::resolving;
    bool under_way = false;  // the system knows of a connect to `current`
    bool repeated = false;   // this call only asks how that went
  };

  Progress forgotten() noexcept;
  Progress resolve_step() noexcept;
  Progress resolved(Result<AddressList> answer) noexcept;
  Progress race_step() noexcept;
  Progress start_step() noexcept;
  Progress wait_step() noexcept;
  Failure open_for_current() noexcept;
  Failure connect_current() noexcept;
  bool is_connected_already() const noexcept;
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
