# Finds each Lua of MOONTIDE_LUA by pkg-config. Gives, per version:
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
