# Finds each Lua of MOONTIDE_LUA by pkg-config, or the one of MOONTIDE_LUA_INCLUDE_DIR, whose header tells the
# version. Gives, per version:
#   Lua<version>::headers  include directories; all that modules and the static library need
#   Lua<version>::static   liblua<version>.a besides; for programs that hold an interpreter. Absent
#                          where no static library is installed.
# and LuaJIT::static, likewise optional.

find_package(PkgConfig REQUIRED)

# moontide_import_lua_archive(<target> <file> <directories>...): a static Lua with what it needs.
function(moontide_import_lua_archive target file)
  find_library(${file}_PATH ${file} HINTS ${ARGN})
  mark_as_advanced(${file}_PATH)
  if(${file}_PATH)
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(${target} INTERFACE ${${file}_PATH} m ${CMAKE_DL_LIBS})
  endif()
endfunction()

if(MOONTIDE_LUA_INCLUDE_DIR)
  file(STRINGS ${MOONTIDE_LUA_INCLUDE_DIR}/lua.h line REGEX "^#define LUA_VERSION_NUM[ \t]+50[1-4]")
  if(NOT line MATCHES "50([1-4])")
    message(FATAL_ERROR "${MOONTIDE_LUA_INCLUDE_DIR}/lua.h is not that of Lua 5.1, 5.2, 5.3, 5.4 or LuaJIT")
  endif()
  set(MOONTIDE_LUA 5.${CMAKE_MATCH_1})
  add_library(Lua${MOONTIDE_LUA}::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(Lua${MOONTIDE_LUA}::headers SYSTEM INTERFACE ${MOONTIDE_LUA_INCLUDE_DIR})
  return()
endif()

foreach(version IN LISTS MOONTIDE_LUA)
  string(REPLACE "." "" digits ${version})
  pkg_search_module(LUA${digits} REQUIRED lua${version} lua-${version} lua${digits})
  add_library(Lua${version}::headers INTERFACE IMPORTED GLOBAL)
  target_include_directories(Lua${version}::headers SYSTEM INTERFACE ${LUA${digits}_INCLUDE_DIRS})
  moontide_import_lua_archive(Lua${version}::static liblua${version}.a ${LUA${digits}_LIBDIR})
  if(TARGET Lua${version}::static)
    target_link_libraries(Lua${version}::static INTERFACE Lua${version}::headers)
  endif()
endforeach()

if(MOONTIDE_DEVELOPER_MODE)
  pkg_check_modules(LUAJIT luajit)
  if(LUAJIT_FOUND)
    moontide_import_lua_archive(LuaJIT::static libluajit-5.1.a ${LUAJIT_LIBDIR})
    if(TARGET LuaJIT::static)
      target_include_directories(LuaJIT::static SYSTEM INTERFACE ${LUAJIT_INCLUDE_DIRS})
    endif()
  endif()
endif()
