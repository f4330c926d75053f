// The parsers of addresses: whatever text comes, they agree with the system's resolver about it,
// and what they make reads back as it was.
#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "net/address.hpp"
#include "net/resolver.hpp"
#include "support/fuzz_input.hpp"

namespace {

using moontide::Address;
using moontide::AddressText;
using moontide::Failure;
using moontide::test::FuzzInput;
using moontide::test::require;

constexpr std::size_t kUnixHeader = offsetof(sockaddr_un, sun_path);
constexpr std::size_t kUnixPathMax = sizeof(sockaddr_un::sun_path) - 1;

void check_text(const Address& address) {
  AddressText text{};
  require(!to_text(address, text), "an address has a text");
  require(std::strlen(text.host) < sizeof text.host, "which ends");
  Address again;
  const std::string port = std::to_string(text.port);
  require(!moontide::parse_numeric(text.host, port.c_str(), address.family(), SOCK_STREAM, again),
          "the text is an address");
  require(again == address, "and the same one");
}

/// The text up to the first NUL, as the resolver sees it.
void check_internet(const std::string& host, const std::string& port, int family) {
  Address plain;
  Address numeric;
  const bool is_plain = parse_plain(host.c_str(), port.c_str(), family, plain);
  const Failure failure =
      moontide::parse_numeric(host.c_str(), port.c_str(), family, SOCK_STREAM, numeric);
  if (is_plain) {
    require(!failure, "what is plain is numeric");
    require(plain == numeric, "both make the same address");
    require(family == AF_UNSPEC || plain.family() == family, "of the family asked for");
    check_text(plain);
  }
  if (!failure) check_text(numeric);
}

void check_unix(std::string_view path) {
  Address address;
  const Failure failure = make_unix(path, address);
  require(failure.has_value() == (path.size() > kUnixPathMax), "107 bytes fit");
  if (failure) return;
  require(address.size <= sizeof(sockaddr_un), "the size is within the structure");
  const bool is_abstract = !path.empty() && path.front() == '\0';
  const std::string_view shown = is_abstract ? path : path.substr(0, path.find('\0'));
  require(unix_path(address) == shown, "the name reads back");
}

/// Any size the system could report, any content.
void check_unix_path(std::string_view bytes, std::size_t size) {
  Address address;
  address.storage.ss_family = AF_UNIX;
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
  std::copy_n(bytes.begin(), std::min(bytes.size(), sizeof un->sun_path), un->sun_path);
  address.size = static_cast<socklen_t>(std::min(size, sizeof *un));
  const std::string_view name = unix_path(address);
  require(kUnixHeader + name.size() <= std::max<std::size_t>(address.size, kUnixHeader),
          "the name lies within the address");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, std::min<std::size_t>(size, 500));
  const std::uint8_t choice = input.byte();
  if (choice % 3 == 0) {
    constexpr int kFamilies[] = {AF_UNSPEC, AF_INET, AF_INET6};
    const std::string port(input.bytes(input.byte() % 24));
    check_internet(std::string(input.rest()), port, kFamilies[choice / 3 % 3]);
  } else if (choice % 3 == 1) {
    check_unix(input.rest());
  } else {
    const std::size_t claimed = input.byte();
    check_unix_path(input.rest(), claimed);
  }
  return 0;
}
