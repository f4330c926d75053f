#pragma once

#include "base/result.hpp"
#include "lua/compat.hpp"
#include "net/options.hpp"
#include "net/socket.hpp"

namespace moontide {

/// How the value of an option travels between a script and the system (contract options.md, Value
/// kinds).
struct OptionValue {
  /// Reads argument 3, which raises what the contract says, and sets it. The descriptor is asked
  /// for after that: fields are read with metamethods, and those may close the socket.
  Failure (*set)(lua_State* L, const SocketHandle& socket, OptionKey key);
  /// Pushes one value, unless it fails.
  Failure (*push)(lua_State* L, const SocketHandle& socket, OptionKey key);
};

extern const OptionValue kFlagValue;
extern const OptionValue kIntegerValue;
extern const OptionValue kLingerValue;
extern const OptionValue kErrorValue;  ///< Cannot be set.
extern const OptionValue kDeviceValue;
extern const OptionValue kInterfaceValue;
extern const OptionValue kMembershipValue;  ///< Cannot be read, nor can the next.
extern const OptionValue kMembership6Value;

}  // namespace moontide
