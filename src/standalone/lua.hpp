// The C headers of the Lua 5.4 that is linked in, for C++.
#pragma once

extern "C" {
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
}
