#include "lua/dns.hpp"

#include <iterator>
#include <new>
#include <type_traits>

#include "lua/args.hpp"
#include "lua/await.hpp"
#include "lua/names.hpp"
#include "lua/push.hpp"
#include "lua/runtime.hpp"
#include "lua/socket_methods.hpp"
#include "net/host_lookup.hpp"

namespace moontide {
namespace {

// Only its address counts: what marks a userdata as an answer.
const char kAnswerMark = 0;

/// A look-up, in a userdata that owns it while it is under way and while its results are copied
/// into Lua: that may raise. Scripts never see one.
struct Answer {
  const void* mark = &kAnswerMark;
  HostOperation host;
  AddressesOperation addresses;
  NameInfoOperation info;
  RecordsOperation records;

  /// Gives all memory back, as soon as Lua has its copy: the collector does not know how much it
  /// is.
  int release(int results) noexcept {
    host.clear();
    addresses.clear();
    info.clear();
    records.clear();
    return results;
  }
};
static_assert(std::is_nothrow_default_constructible_v<Answer>, "must start empty");
static_assert(alignof(Answer) <= 8, "the weakest userdata alignment among supported versions");

// The functions have the metatable of answers behind the two upvalues that all have.
constexpr int kDnsUpvalueCount = kUpvalueCount + 1;

/// Cuts the stack to the `arguments`; the answer comes on top of them.
Answer& push_answer(lua_State* L, int arguments) {
  lua_settop(L, arguments);
  Answer* answer = ::new (compat::new_userdata(L, sizeof(Answer))) Answer;
  lua_pushvalue(L, lua_upvalueindex(kDnsUpvalueCount));
  lua_setmetatable(L, -2);  // from here __gc owns it
  return *answer;
}

/// The one that push_answer() left there.
Answer& answer_at(lua_State* L, int index) {
  return *static_cast<Answer*>(lua_touserdata(L, index));
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

int finish_toip(lua_State* L) {
  Answer& answer = answer_at(L, 2);
  if (const Failure failure = answer.host.failure) return push_failure(L, *failure);
  const HostEntry& entry = answer.host.entry();
  return answer.release(push_entry(L, entry.addresses.front(), entry));
}

/// toip(address): what the original does, but a literal is always known, and its name bounded.
int dns_toip(lua_State* L) {
  const char* address = luaL_checkstring(L, 1);
  Answer& answer = push_answer(L, 1);
  answer.host.begin(address, HostOperation::Wanted::address, names_of(L));
  return await(L, answer.host, finish_toip);
}

int finish_tohostname(lua_State* L) {
  Answer& answer = answer_at(L, 2);
  if (const Failure failure = answer.host.failure) return push_failure(L, *failure);
  const HostEntry& entry = answer.host.entry();
  return answer.release(push_entry(L, entry.name, entry));
}

int dns_tohostname(lua_State* L) {
  const char* address = luaL_checkstring(L, 1);
  Answer& answer = push_answer(L, 1);
  answer.host.begin(address, HostOperation::Wanted::name, names_of(L));
  return await(L, answer.host, finish_tohostname);
}

int dns_gethostname(lua_State* L) {
  const Result<HostName> name = own_host_name();
  if (!name) return push_failure(L, name.error());
  lua_pushstring(L, name->bytes);
  return 1;
}

int finish_getaddrinfo(lua_State* L) {
  Answer& answer = answer_at(L, 2);
  if (const Failure failure = answer.addresses.failure) return push_failure(L, *failure);
  lua_newtable(L);
  int index = 0;
  for (const Address& address : answer.addresses.addresses()) {
    AddressText text;
    if (const Failure failure = to_text(address, text)) return push_failure(L, *failure);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, family_name(address.family()));
    lua_setfield(L, -2, "family");
    lua_pushstring(L, text.host);
    lua_setfield(L, -2, "addr");
    lua_rawseti(L, -2, ++index);
  }
  return answer.release(1);
}

int dns_getaddrinfo(lua_State* L) {
  const char* host = check_host(L, 1);
  Answer& answer = push_answer(L, 1);
  answer.addresses.begin(host, names_of(L));
  return await(L, answer.addresses, finish_getaddrinfo);
}

int finish_getnameinfo(lua_State* L) {
  Answer& answer = answer_at(L, 3);
  if (const Failure failure = answer.info.failure) return push_failure(L, *failure);
  lua_newtable(L);
  int index = 0;
  for (const auto& name : answer.info.names()) {
    push_bytes(L, name);
    lua_rawseti(L, -2, ++index);
  }
  if (lua_isnoneornil(L, 2)) return answer.release(1);
  lua_pushstring(L, answer.info.service().bytes);
  return answer.release(2);
}

/// getnameinfo(host [, serv])
int dns_getnameinfo(lua_State* L) {
  const char* host = luaL_optstring(L, 1, nullptr);
  const char* service = lua_isnoneornil(L, 2) ? nullptr : check_service(L, 2);
  if (host == nullptr && service == nullptr) {
    return luaL_error(L, "host and serv cannot be both nil");
  }
  Answer& answer = push_answer(L, 2);
  answer.info.begin(host, service, names_of(L));
  return await(L, answer.info, finish_getnameinfo);
}

constexpr const char* kTypeNames[] = {
#define X(name, number) #name,
    MOONTIDE_DNS_TYPES(X)
#undef X
        nullptr,
};
constexpr DnsType kTypes[] = {
#define X(name, number) DnsType::name,
    MOONTIDE_DNS_TYPES(X)
#undef X
};

void push_field(lua_State* L, const DnsField& field) {
  if (field.is_number) {
    compat::push_integer(L, static_cast<lua_Integer>(field.number));
  } else {
    push_bytes(L, field.text);
  }
}

/// Pushes one record as a table; argument 2 is the name of its type.
void push_record(lua_State* L, const DnsRecord& record) {
  lua_createtable(L, 0, static_cast<int>(record.fields.size()) + 4);
  push_bytes(L, record.name);
  lua_setfield(L, -2, "name");
  lua_pushvalue(L, 2);
  lua_setfield(L, -2, "type");
  compat::push_integer(L, static_cast<lua_Integer>(record.ttl));
  lua_setfield(L, -2, "ttl");
  for (const DnsField& field : record.fields) {
    push_field(L, field);
    lua_setfield(L, -2, field.name);
  }
  if (!record.strings.empty()) set_strings(L, "strings", record.strings);
}

int finish_query(lua_State* L) {
  Answer& answer = answer_at(L, 3);
  if (const Failure failure = answer.records.failure) return push_failure(L, *failure);
  lua_newtable(L);
  int index = 0;
  for (const DnsRecord& record : answer.records.records()) {
    push_record(L, record);
    lua_rawseti(L, -2, ++index);
  }
  return answer.release(1);
}

/// query(name, type): a list of records.
int dns_query(lua_State* L) {
  const char* name = luaL_checkstring(L, 1);
  const DnsType type = kTypes[luaL_checkoption(L, 2, nullptr, kTypeNames)];
  Answer& answer = push_answer(L, 2);
  answer.records.begin(name, type, names_of(L));
  return await(L, answer.records, finish_query);
}

/// flush(): forgets what is remembered of answers.
int dns_flush(lua_State* L) {
  if (const NameResolverPtr& names = runtime_of(L).names) names->flush();
  return push_success(L);
}

constexpr luaL_Reg kFunctions[] = {
    {"toip", dns_toip},
    {"tohostname", dns_tohostname},
    {"gethostname", dns_gethostname},
    {"getaddrinfo", dns_getaddrinfo},
    {"getnameinfo", dns_getnameinfo},
    {"query", dns_query},
    {"flush", dns_flush},
    {nullptr, nullptr},
};

}  // namespace

void push_dns(lua_State* L) {
  luaL_checkstack(L, kDnsUpvalueCount + 4, "too many values");
  const int base = lua_gettop(L) - 1;
  lua_createtable(L, 0, static_cast<int>(std::size(kFunctions)));
  lua_pushvalue(L, base);
  lua_pushvalue(L, base + 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, answer_gc);
  lua_setfield(L, -2, "__gc");
  compat::set_functions(L, kFunctions, kDnsUpvalueCount);
  lua_pushliteral(L, "c-ares");
  lua_setfield(L, -2, "backend");
  lua_pushvalue(L, -1);
  lua_rawseti(L, base + 1, kDnsAnchor);  // names_of() looks there
}

}  // namespace moontide
