#include "net/host_lookup.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <new>

#include "base/limits.hpp"

namespace moontide {
namespace {

/// Where the re-entrant look-ups put what a hostent points to. It grows until that fits.
class HostBuffer {
 public:
  char* data() noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  /// False when it is as large as can be.
  bool grow() {
    if (bytes_.size() >= kBytesMax) return false;
    bytes_.resize(bytes_.size() * 2);
    return true;
  }

 private:
  static constexpr std::size_t kBytesMin = 1024;
  static constexpr std::size_t kBytesMax = 1 << 20;  // far above what fits into a DNS message
  std::vector<char> bytes_ = std::vector<char>(kBytesMin);
};

std::string to_string(in_addr address) {
  char text[INET_ADDRSTRLEN];
  return ::inet_ntop(AF_INET, &address, text, sizeof text);
}

Failure copy_entry(const hostent& found, HostEntry& entry) {
  entry = HostEntry();
  entry.name = found.h_name;
  for (char** alias = found.h_aliases; alias != nullptr && *alias != nullptr; ++alias) {
    entry.aliases.emplace_back(*alias);
  }
  if (found.h_addrtype != AF_INET) return Error{Errc::resolver_host, NO_DATA};
  for (char** address = found.h_addr_list; *address != nullptr; ++address) {
    entry.addresses.push_back(to_string(*reinterpret_cast<const in_addr*>(*address)));
  }
  if (entry.addresses.empty()) return Error{Errc::resolver_host, NO_DATA};
  return {};
}

/// Runs `ask(hostent*, buffer, size, hostent**, h_errno*)`, one of the re-entrant look-ups.
template <class Ask>
Failure look_up(HostEntry& entry, Ask ask) noexcept {
  try {
    HostBuffer buffer;
    for (;;) {
      hostent storage{};
      hostent* found = nullptr;
      int reason = NETDB_INTERNAL;
      const int code = ask(&storage, buffer.data(), buffer.size(), &found, &reason);
      if (code == ERANGE && buffer.grow()) continue;
      if (code == 0 && found != nullptr) return copy_entry(*found, entry);
      return Error{Errc::resolver_host, reason};
    }
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

Failure find_host_by_address(in_addr address, HostEntry& entry) noexcept {
  return look_up(
      entry, [&](hostent* storage, char* buffer, std::size_t size, hostent** found, int* reason) {
        return ::gethostbyaddr_r(&address, sizeof address, AF_INET, storage, buffer, size, found,
                                 reason);
      });
}

Failure find_host_by_name(const char* name, HostEntry& entry) noexcept {
  return look_up(
      entry, [&](hostent* storage, char* buffer, std::size_t size, hostent** found, int* reason) {
        return ::gethostbyname_r(name, storage, buffer, size, found, reason);
      });
}

constexpr Timeouts kReverseLookupTimeouts{limits::kReverseLookupSeconds, -1};

}  // namespace

Failure find_host(const char* address, HostEntry& entry) noexcept {
  in_addr literal{};
  if (::inet_aton(address, &literal) != 0) return find_host_by_address(literal, entry);
  return find_host_by_name(address, entry);
}

Failure find_addresses(const char* host, const char* service, AddressList& addresses) noexcept {
  try {
    Query query;
    query.host = host != nullptr ? host : "*";
    query.has_service = service != nullptr;
    if (service != nullptr) query.service = service;
    Result<AddressList> answer = resolve(query);
    if (!answer) return answer.error();
    addresses = std::move(*answer);
    return {};
  } catch (const std::bad_alloc&) {
    return Error{Errc::no_memory};
  }
}

HostName host_name(const addrinfo& address) noexcept {
  HostName name{};
  for (const int flags : {0, NI_NUMERICHOST}) {
    if (::getnameinfo(address.ai_addr, address.ai_addrlen, name.bytes, sizeof name.bytes, nullptr,
                      0, flags) == 0) {
      return name;
    }
  }
  return {};
}

ServiceName service_name(const addrinfo& address) noexcept {
  ServiceName name{};
  for (const int flags : {0, NI_NUMERICSERV}) {
    if (::getnameinfo(address.ai_addr, address.ai_addrlen, nullptr, 0, name.bytes,
                      sizeof name.bytes, flags) == 0) {
      return name;
    }
  }
  return {};
}

Result<HostName> own_host_name() noexcept {
  HostName name{};
  // One byte less than there is: POSIX leaves open whether a name that was cut ends in a NUL.
  if (::gethostname(name.bytes, sizeof name.bytes - 1) != 0) return Error::from_errno(errno);
  return name;
}

struct ReverseLookupOperation::Question final : BackgroundQuestion {
  explicit Question(in_addr the_address) noexcept : address(the_address) {}

  in_addr address;
  HostEntry entry;  // written before, read after it finished; so is the next
  Failure failure;

 protected:
  void ask() noexcept override { failure = find_host_by_address(address, entry); }
};

ReverseLookupOperation::ReverseLookupOperation() noexcept = default;
ReverseLookupOperation::~ReverseLookupOperation() = default;

void ReverseLookupOperation::begin(in_addr address, const LookupCount& lookups) noexcept {
  restart(kReverseLookupTimeouts);
  question_.reset();
  address_ = address;
  lookups_ = lookups;
}

Progress ReverseLookupOperation::perform() noexcept {
  if (question_ == nullptr) {
    try {
      question_ = std::make_shared<Question>(address_);
    } catch (const std::bad_alloc&) {
      return fail(Error{Errc::no_memory});
    }
    if (BackgroundQuestion::start(question_, lookups_)) return finish(nullptr);
  }
  if (question_->finished()) return finish(question_->failure ? nullptr : &question_->entry);
  fd = question_->fd();
  return wait_for(Progress::want_read);
}

Progress ReverseLookupOperation::finish(const HostEntry* named) noexcept {
  try {
    entry_ = HostEntry();
    entry_.addresses.push_back(to_string(address_));
    if (named != nullptr) {
      entry_.name = named->name;
      entry_.aliases = named->aliases;
    } else {
      entry_.name = entry_.addresses.front();
    }
  } catch (const std::bad_alloc&) {
    failure = Error{Errc::no_memory};
  }
  question_.reset();
  return Progress::done;
}

void ReverseLookupOperation::clear() noexcept {
  question_.reset();
  lookups_.reset();
  entry_ = HostEntry();
}

}  // namespace moontide
