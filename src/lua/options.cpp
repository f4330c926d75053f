#include "lua/options.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/limits.hpp"
#include "lua/option_values.hpp"
#include "lua/push.hpp"

namespace moontide {
namespace {

/// A set of groups of classes.
using Groups = unsigned int;
constexpr Groups of(OptionGroup group) { return 1U << static_cast<unsigned int>(group); }

constexpr Groups kNone = 0;
constexpr Groups kTcp = of(OptionGroup::tcp);
constexpr Groups kUdp = of(OptionGroup::udp);
constexpr Groups kInternet = kTcp | kUdp;
constexpr Groups kUnixStream = of(OptionGroup::unix_stream);
constexpr Groups kUnix = kUnixStream | of(OptionGroup::unix_dgram);

struct Option {
  const char* name;
  OptionKey key;
  const OptionValue& value;
  Groups can_set;
  Groups can_get;
};

// The contract's table, row by row.
const Option kOptions[] = {
    {"keepalive", {SOL_SOCKET, SO_KEEPALIVE}, kFlagValue, kTcp | kUnixStream, kTcp},
    {"reuseaddr", {SOL_SOCKET, SO_REUSEADDR}, kFlagValue, kInternet | kUnix, kInternet},
    {"reuseport", {SOL_SOCKET, SO_REUSEPORT}, kFlagValue, kInternet, kInternet},
    {"tcp-nodelay", {IPPROTO_TCP, TCP_NODELAY}, kFlagValue, kTcp, kTcp},
#ifdef TCP_KEEPIDLE
    {"tcp-keepidle", {IPPROTO_TCP, TCP_KEEPIDLE}, kIntegerValue, kTcp, kTcp},
#endif
#ifdef TCP_KEEPCNT
    {"tcp-keepcnt", {IPPROTO_TCP, TCP_KEEPCNT}, kIntegerValue, kTcp, kTcp},
#endif
#ifdef TCP_KEEPINTVL
    {"tcp-keepintvl", {IPPROTO_TCP, TCP_KEEPINTVL}, kIntegerValue, kTcp, kTcp},
#endif
#ifdef TCP_DEFER_ACCEPT
    {"tcp-defer-accept", {IPPROTO_TCP, TCP_DEFER_ACCEPT}, kIntegerValue, kTcp, kNone},
#endif
#ifdef TCP_FASTOPEN
    {"tcp-fastopen", {IPPROTO_TCP, TCP_FASTOPEN}, kIntegerValue, kTcp, kNone},
#endif
#ifdef TCP_FASTOPEN_CONNECT
    {"tcp-fastopen-connect", {IPPROTO_TCP, TCP_FASTOPEN_CONNECT}, kIntegerValue, kTcp, kNone},
#endif
    {"linger", {SOL_SOCKET, SO_LINGER}, kLingerValue, kTcp | kUnixStream, kTcp},
    {"error", {SOL_SOCKET, SO_ERROR}, kErrorValue, kNone, kInternet},
    {"recv-buffer-size", {SOL_SOCKET, SO_RCVBUF}, kIntegerValue, kInternet, kInternet},
    {"send-buffer-size", {SOL_SOCKET, SO_SNDBUF}, kIntegerValue, kInternet, kInternet},
    {"bindtodevice", {SOL_SOCKET, SO_BINDTODEVICE}, kDeviceValue, kTcp, kTcp},
    {"ipv6-v6only", {IPPROTO_IPV6, IPV6_V6ONLY}, kFlagValue, kInternet, kInternet},
    {"broadcast", {SOL_SOCKET, SO_BROADCAST}, kFlagValue, kUdp, kUdp},
    {"dontroute", {SOL_SOCKET, SO_DONTROUTE}, kFlagValue, kUdp, kUdp},
    {"ip-multicast-loop", {IPPROTO_IP, IP_MULTICAST_LOOP}, kFlagValue, kUdp, kUdp},
    {"ipv6-multicast-loop", {IPPROTO_IPV6, IPV6_MULTICAST_LOOP}, kFlagValue, kUdp, kUdp},
    {"ip-multicast-if", {IPPROTO_IP, IP_MULTICAST_IF}, kInterfaceValue, kUdp, kUdp},
    {"ip-multicast-ttl", {IPPROTO_IP, IP_MULTICAST_TTL}, kIntegerValue, kUdp, kUdp},
    {"ip-add-membership", {IPPROTO_IP, IP_ADD_MEMBERSHIP}, kMembershipValue, kUdp, kNone},
    {"ip-drop-membership", {IPPROTO_IP, IP_DROP_MEMBERSHIP}, kMembershipValue, kUdp, kNone},
    {"ipv6-unicast-hops", {IPPROTO_IPV6, IPV6_UNICAST_HOPS}, kIntegerValue, kUdp, kUdp},
    {"ipv6-multicast-hops", {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}, kIntegerValue, kUdp, kUdp},
    {"ipv6-add-membership", {IPPROTO_IPV6, IPV6_JOIN_GROUP}, kMembership6Value, kUdp, kNone},
    {"ipv6-drop-membership", {IPPROTO_IPV6, IPV6_LEAVE_GROUP}, kMembership6Value, kUdp, kNone},
};

void raise_unsupported(lua_State* L, const char* name) {
  char shown[limits::kOptionNameShown + 1] = {};
  std::copy_n(name, ::strnlen(name, limits::kOptionNameShown), shown);
  luaL_argerror(L, 2, lua_pushfstring(L, "unsupported option `%s'", shown));
}

/// The option that argument 2 names, if `group` is among those that `can` do it.
const Option& check_option(lua_State* L, OptionGroup group, Groups Option::*can) {
  const char* name = luaL_checkstring(L, 2);
  const Option* found = nullptr;
  for (const Option& option : kOptions) {
    if ((option.*can & of(group)) != 0 && std::strcmp(option.name, name) == 0) found = &option;
  }
  if (found == nullptr) raise_unsupported(L, name);
  return *found;
}

}  // namespace

int push_set_option(lua_State* L, OptionGroup group, const SocketHandle& socket) {
  const Option& option = check_option(L, group, &Option::can_set);
  if (option.value.set(L, socket, option.key)) {
    return push_failure(L, Error{Errc::setsockopt_failed});
  }
  return push_success(L);
}

int push_get_option(lua_State* L, OptionGroup group, const SocketHandle& socket) {
  const Option& option = check_option(L, group, &Option::can_get);
  if (option.value.push(L, socket, option.key)) {
    return push_failure(L, Error{Errc::getsockopt_failed});
  }
  return 1;
}

}  // namespace moontide
