-- For `luarocks make` in a clone. tools/release makes the rockspec of a version of it.
rockspec_format = "3.0"
package = "moontide"
version = "scm-1"

source = {
  url = "git+https://moontide.example/moontide.git",
}

description = {
  summary = "Network support for Lua, a successor of LuaSocket and LuaSec",
  detailed = [[
    TCP, UDP, unix sockets, DNS, TLS, HTTP, SMTP and FTP for programs written for LuaSocket and LuaSec, and tasks in
    which every call that would block suspends only its own coroutine. Needs a compiler of C++20, CMake 3.25,
    c-ares and OpenSSL 3. It has modules of the same names as luasocket and luasec: install one or the other.
  ]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1, < 5.5",
}

external_dependencies = {
  CARES = { header = "ares.h" },
  OPENSSL = { header = "openssl/ssl.h" },
}

build = {
  type = "command",
  build_command = [["$(CMAKE)" -DLUA_INCDIR="$(LUA_INCDIR)" -DLIBDIR="$(LIBDIR)" -DLUADIR="$(LUADIR)" ]]
    .. [[-DCFLAGS="$(CFLAGS)" -P cmake/rock.cmake]],
  install_command = [["$(CMAKE)" --install build.luarocks --strip]],
}
