#include "lua/dns.hpp"

#include <arpa/inet.h>

#include <new>
#include <type_traits>

#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/push.hpp"
#include "lua/runtime.hpp"
#include "lua/socket_methods.hpp"
#include "net/host_lookup.hpp"

namespace moontide {
namespace {

// Only its address counts: what marks a userdata as an answer.
const char kAnswerMark = 0;

/// What a look-up found, in a userdata that owns it while the results are copied into Lua: that may
/// raise. Scripts never see one.
struct Answer {
  const void* mark = &kAnswerMark;
  HostEntry host;
  AddressList addresses;
  ReverseLookupOperation reverse;

  /// Gives all memory back, as soon as Lua has its copy: the collector does not know how much it
  /// is.
  int release(int results) noexcept {
    host = HostEntry();
    addresses.reset();
    reverse.clear();
    return results;
  }
};
static_assert(std::is_nothrow_default_constructible_v<Answer>, "must start empty");
static_assert(alignof(Answer) <= 8, "the weakest userdata alignment among supported versions");

// The functions have the metatable of answers behind the two upvalues that all have.
constexpr int kDnsUpvalueCount = kUpvalueCount + 1;

Answer& push_answer(lua_State* L) {
  Answer* answer = ::new (compat::new_userdata(L, sizeof(Answer))) Answer;
  lua_pushvalue(L, lua_upvalueindex(kDnsUpvalueCount));
  lua_setmetatable(L, -2);  // from here __gc owns it
  return *answer;
}

/// Scripts with the debug library can call it with anything, and more than once. So it destroys
/// nothing, but releases: an answer that is empty owns no memory.
int answer_gc(lua_State* L) {
  if (lua_type(L, 1) != LUA_TUSERDATA || compat::raw_length(L, 1) != sizeof(Answer)) return 0;
  auto* answer = static_cast<Answer*>(lua_touserdata(L, 1));
  if (answer->mark == &kAnswerMark) answer->release(0);
  return 0;
}

/// Sets field `name` of the table on top to an array of strings.
template <class Strings>
void set_strings(lua_State* L, const char* name, const Strings& strings) {
  lua_createtable(L, static_cast<int>(strings.size()), 0);
  int index = 0;
  for (const auto& string : strings) {
    push_bytes(L, string);
    lua_rawseti(L, -2, ++index);
  }
  lua_setfield(L, -2, name);
}

int push_entry(lua_State* L, std::string_view first, const HostEntry& entry) {
  push_bytes(L, first);
  lua_createtable(L, 0, 3);
  push_bytes(L, entry.name);
  lua_setfield(L, -2, "name");
  set_strings(L, "alias", entry.aliases);
  set_strings(L, "ip", entry.addresses);
  return 2;
}

/// The stack is that of dns_toip: the address, and the answer behind it.
int finish_toip(lua_State* L) {
  Answer& answer = *static_cast<Answer*>(lua_touserdata(L, 2));
  if (const Failure failure = answer.reverse.failure) return push_failure(L, *failure);
  const HostEntry& entry = answer.reverse.entry();
  return answer.release(push_entry(L, entry.addresses.front(), entry));
}

/// toip(address): what the original does, but a literal is always known, and its name bounded.
int dns_toip(lua_State* L) {
  const char* address = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  Answer& answer = push_answer(L);
  in_addr literal{};
  if (::inet_aton(address, &literal) == 0) {
    const Failure failure = find_host(address, answer.host);
    if (failure) return push_failure(L, *failure);
    return answer.release(push_entry(L, answer.host.addresses.front(), answer.host));
  }
  answer.reverse.begin(literal, runtime_of(L).lookups);
  return await(L, answer.reverse, finish_toip);
}

int dns_tohostname(lua_State* L) {
  const char* address = luaL_checkstring(L, 1);
  Answer& answer = push_answer(L);
  const Failure failure = find_host(address, answer.host);
  if (failure) return push_failure(L, *failure);
  return answer.release(push_entry(L, answer.host.name, answer.host));
}

int dns_gethostname(lua_State* L) {
  const Result<HostName> name = own_host_name();
  if (!name) return push_failure(L, name.error());
  lua_pushstring(L, name->bytes);
  return 1;
}

int dns_getaddrinfo(lua_State* L) {
  const char* host = check_host(L, 1);
  Answer& answer = push_answer(L);
  Failure failure = find_addresses(host, nullptr, answer.addresses);
  if (failure) return push_failure(L, *failure);
  lua_newtable(L);
  int index = 0;
  for (const addrinfo* info = answer.addresses.get(); info != nullptr; info = info->ai_next) {
    AddressText text;
    failure = to_text(Address::copy(info->ai_addr, info->ai_addrlen), text);
    if (failure) return push_failure(L, *failure);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, family_name(info->ai_family));
    lua_setfield(L, -2, "family");
    lua_pushstring(L, text.host);
    lua_setfield(L, -2, "addr");
    lua_rawseti(L, -2, ++index);
  }
  return answer.release(1);
}

/// getnameinfo(host [, serv])
int dns_getnameinfo(lua_State* L) {
  const char* host = luaL_optstring(L, 1, nullptr);
  const char* service = lua_isnoneornil(L, 2) ? nullptr : check_service(L, 2);
  if (host == nullptr && service == nullptr) {
    return luaL_error(L, "host and serv cannot be both nil");
  }
  Answer& answer = push_answer(L);
  const Failure failure = find_addresses(host, service, answer.addresses);
  if (failure) return push_failure(L, *failure);
  lua_newtable(L);
  const addrinfo* info = host != nullptr ? answer.addresses.get() : nullptr;
  for (int index = 0; info != nullptr; info = info->ai_next) {
    const HostName name = host_name(*info);
    lua_pushstring(L, name.bytes);
    lua_rawseti(L, -2, ++index);
  }
  if (service == nullptr) return answer.release(1);
  const ServiceName name = service_name(*answer.addresses);
  lua_pushstring(L, name.bytes);
  return answer.release(2);
}

constexpr luaL_Reg kFunctions[] = {
    {"toip", dns_toip},
    {"tohostname", dns_tohostname},
    {"gethostname", dns_gethostname},
    {"getaddrinfo", dns_getaddrinfo},
    {"getnameinfo", dns_getnameinfo},
    {nullptr, nullptr},
};

}  // namespace

void push_dns(lua_State* L) {
  luaL_checkstack(L, kDnsUpvalueCount + 4, "too many values");
  const int base = lua_gettop(L) - 1;
  lua_newtable(L);
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  lua_newtable(L);
  lua_pushcfunction(L, answer_gc);
  lua_setfield(L, -2, "__gc");
  compat::set_functions(L, kFunctions, kDnsUpvalueCount);
}

}  // namespace moontide
