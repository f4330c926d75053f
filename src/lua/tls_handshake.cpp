#include <algorithm>
#include <cstring>

#include "lua/args.hpp"
#include "lua/push.hpp"
#include "lua/tls_object.hpp"

// The handshake, and the functions of programs that it calls. These run within OpenSSL: an error or
// a yield must not jump over its frames. So they are called in protected mode; the error value is
// kept, the handshake ends, and then it is raised.
namespace moontide {
namespace {

// The stack of finish_handshake, behind the connection: the error of a function, and the function
// that is called in protected mode.
constexpr int kError = 2;
constexpr int kCaller = 3;
constexpr int kQuestion = 4;  // its address

/// A question of OpenSSL on its way through a protected call, and the answer.
struct Question {
  enum class Kind : unsigned char { name, protocols, client_psk, server_psk, dh };
  Kind kind = Kind::name;
  bool has_text = true;
  tls::Context* asker = nullptr;  // whose function is asked
  std::string_view text;          // name, offered protocols, hint or identity
  std::span<char> room;           // for protocols and the identity
  std::span<unsigned char> key;   // for a key
  std::size_t size = 0;           // answer: bytes in `room`, or in `key`
  tls::Context* context = nullptr;
  std::string_view long_text;  // answer of dh: the connection's table keeps the string
};

// Where it is in the protected call; argument 1 is the question.
constexpr int kConnection = 2;

/// Pushes the context for a name, as the map says now; false when there is none.
bool push_named_context(lua_State* L, std::string_view name) {
  lua_getfield(L, -1, "names");
  if (!lua_istable(L, -1)) return false;
  push_bytes(L, name);
  lua_gettable(L, -2);
  if (to_tls<TlsContext>(L, -1) != nullptr) return true;
  lua_pop(L, 1);
  char lower[256];
  if (name.size() > sizeof lower) return false;
  std::transform(name.begin(), name.end(), lower, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  lua_pushlstring(L, lower, name.size());
  lua_gettable(L, -2);
  return to_tls<TlsContext>(L, -1) != nullptr;
}

void answer_name(lua_State* L, Question& question) {
  compat::push_table_of(L, kConnection);
  const int table = lua_gettop(L);
  if (!push_named_context(L, question.text)) return;
  question.context = &to_tls<TlsContext>(L, -1)->context;
  lua_setfield(L, table, "chosen");  // it lives as long as the connection
}

/// Pushes the function `name` of the context that asks: the connection's own, or the one a name led
/// to.
void push_function(lua_State* L, const Question& question, const char* name) {
  for (const char* which : {"context", "chosen"}) {
    push_field_of(L, kConnection, which);
    TlsContext* object = to_tls<TlsContext>(L, -1);
    if (object != nullptr && &object->context == question.asker) {
      push_field_of(L, -1, name);
      return;
    }
    lua_pop(L, 1);
  }
  lua_pushnil(L);
}

/// Copies the string at `index` into `room`, with space for `spare` bytes behind it. False for what
/// is no string, empty or too long.
template <class Byte>
bool copy_string(lua_State* L, int index, std::span<Byte> room, std::size_t spare,
                 std::size_t& size) {
  if (lua_type(L, index) != LUA_TSTRING) return false;
  const std::string_view bytes = check_bytes(L, index);
  if (bytes.empty() || bytes.size() + spare > room.size()) return false;
  std::memcpy(room.data(), bytes.data(), bytes.size());
  size = bytes.size();
  return true;
}

void answer_protocols(lua_State* L, Question& question) {
  push_function(L, question, "alpn");
  push_bytes(L, question.text);
  lua_call(L, 1, 1);
  copy_string(L, -1, question.room, 0, question.size);
}

void answer_client_psk(lua_State* L, Question& question) {
  push_function(L, question, "psk");
  if (question.has_text) {
    push_bytes(L, question.text);
  } else {
    lua_pushnil(L);
  }
  lua_pushinteger(L, static_cast<lua_Integer>(question.room.size() - 1));
  lua_pushinteger(L, static_cast<lua_Integer>(question.key.size()));
  lua_call(L, 3, 2);
  std::size_t identity = 0;
  if (!copy_string(L, -2, question.room, 1, identity)) return;
  question.room[identity] = '\0';
  copy_string(L, -1, question.key, 0, question.size);
}

void answer_server_psk(lua_State* L, Question& question) {
  push_function(L, question, "psk");
  push_bytes(L, question.text);
  lua_pushinteger(L, static_cast<lua_Integer>(question.key.size()));
  lua_call(L, 2, 1);
  copy_string(L, -1, question.key, 0, question.size);
}

void answer_dh(lua_State* L, Question& question) {
  push_function(L, question, "dh");
  lua_pushboolean(L, 0);
  lua_pushinteger(L, static_cast<lua_Integer>(question.size));
  lua_call(L, 2, 1);
  question.size = 0;
  if (lua_type(L, -1) != LUA_TSTRING) return;
  question.long_text = check_bytes(L, -1);
  set_field_of(L, kConnection, "parameters");  // keeps the string
}

/// What is called in protected mode.
int answer(lua_State* L) {
  auto& question = *static_cast<Question*>(lua_touserdata(L, 1));
  switch (question.kind) {
    case Question::Kind::name:
      answer_name(L, question);
      break;
    case Question::Kind::protocols:
      answer_protocols(L, question);
      break;
    case Question::Kind::client_psk:
      answer_client_psk(L, question);
      break;
    case Question::Kind::server_psk:
      answer_server_psk(L, question);
      break;
    case Question::Kind::dh:
      answer_dh(L, question);
      break;
  }
  return 0;
}

/// Passes the questions of a handshake on to the program's functions. Nothing in here can raise:
/// what it pushes needs no memory.
class ScriptHost final : public tls::HandshakeHost {
 public:
  explicit ScriptHost(lua_State* state) : state_(state) {}

  tls::Context* context_for(std::string_view name) noexcept override {
    begin(Question::Kind::name, nullptr, name);
    return ask().context;
  }
  std::size_t choose_protocols(tls::Context& context, std::string_view offered,
                               std::span<char> room) noexcept override {
    begin(Question::Kind::protocols, &context, offered).room = room;
    return ask().size;
  }
  std::size_t client_psk(tls::Context& context, const char* hint, std::span<char> identity,
                         std::span<unsigned char> key) noexcept override {
    Question& asked = begin(Question::Kind::client_psk, &context, hint == nullptr ? "" : hint);
    asked.has_text = hint != nullptr;
    asked.room = identity;
    asked.key = key;
    return ask().size;
  }
  std::size_t server_psk(tls::Context& context, const char* identity,
                         std::span<unsigned char> key) noexcept override {
    begin(Question::Kind::server_psk, &context, identity).key = key;
    return ask().size;
  }
  std::string_view dh_parameters(tls::Context& context, int bits) noexcept override {
    begin(Question::Kind::dh, &context, {}).size = static_cast<std::size_t>(std::max(bits, 0));
    return ask().long_text;
  }
  bool has_failed() const noexcept override { return failed_; }

  /// The one question, which is asked again and again.
  Question question;

 private:
  Question& begin(Question::Kind kind, tls::Context* context, std::string_view text) {
    question = Question();
    question.kind = kind;
    question.asker = context;
    question.text = text;
    return question;
  }

  const Question& ask() {
    lua_State* L = state_;
    if (!failed_) {
      lua_pushvalue(L, kCaller);
      lua_pushvalue(L, kQuestion);
      lua_pushvalue(L, 1);
      failed_ = lua_pcall(L, 2, 0, 0) != 0;
      if (failed_) lua_replace(L, kError);
    }
    if (failed_) question = Question();
    return question;
  }

  lua_State* state_;
  bool failed_ = false;
};
static_assert(std::is_trivially_destructible_v<ScriptHost>, "the error is raised past it");

/// false, message
int push_handshake_failure(lua_State* L, const TlsConnection& connection) {
  const Error error = *connection.handshake.failure;
  lua_pushboolean(L, 0);
  if (error.code == Errc::timeout) {
    const bool writes = connection.transport.wanted == IoResult::Status::want_write;
    lua_pushstring(L, writes ? "wantwrite" : "wantread");
  } else {
    push_tls_message(L, error);
  }
  return 2;
}

int finish_handshake(lua_State* L) {
  auto& connection = *static_cast<TlsConnection*>(lua_touserdata(L, 1));
  lua_settop(L, 1);
  luaL_checkstack(L, LUA_MINSTACK, "too many values");
  lua_pushnil(L);
  lua_pushvalue(L, runtime_upvalue());
  lua_pushvalue(L, anchors_upvalue());
  lua_pushcclosure(L, answer, kUpvalueCount);
  ScriptHost host(L);
  lua_pushlightuserdata(L, &host.question);
  connection.stepping = true;
  const bool over = connection.handshake.step(host);
  connection.stepping = false;
  if (host.has_failed()) connection.engine().set_broken();
  if (connection.closing) {
    connection.closing = false;
    close_tls(connection);
    if (!host.has_failed()) {
      lua_pushboolean(L, 0);
      push_message(L, Error{Errc::closed});
      return 2;
    }
  }
  if (host.has_failed()) {
    lua_pushvalue(L, kError);
    return lua_error(L);
  }
  if (!over) {
    lua_settop(L, 1);
    return kPerformAgain;
  }
  if (connection.handshake.failure) return push_handshake_failure(L, connection);
  lua_pushboolean(L, 1);
  return 1;
}

}  // namespace

int tls_dohandshake(lua_State* L) {
  TlsConnection& connection = check_tls<TlsConnection>(L, 1);
  if (connection.handshake.pending() || connection.stepping) {
    lua_pushboolean(L, 0);
    push_message(L, Error{Errc::busy});
    return 2;
  }
  lua_settop(L, 1);
  connection.handshake.begin(connection.state.timeouts);
  return await(L, connection.handshake, finish_handshake);
}

}  // namespace moontide
