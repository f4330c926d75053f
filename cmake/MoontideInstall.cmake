# What `cmake --install` puts where. All paths are relative: a package can be moved as a whole.

include(CMakePackageConfigHelpers)

# A prefix of /usr must not turn lib into lib/<architecture>: Lua's own search paths have none.
set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "Libraries")
set(MOONTIDE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Moontide)

# %V is the version of Lua. A rock has its own places.
set(MOONTIDE_NATIVE_DIR ${CMAKE_INSTALL_LIBDIR}/lua/%V CACHE STRING "Native modules of Lua %V")
set(MOONTIDE_SCRIPT_DIR share/lua/%V CACHE STRING "Lua files of Lua %V")

# moontide_install_modules(<version> <native directory> <script directory> [<argument of install>...])
function(moontide_install_modules version native scripts)
  install(TARGETS moontide_lua${version} moontide_lua_names${version} moontide_lua_tls${version}
    LIBRARY DESTINATION ${native}/moontide ${ARGN})
  foreach(file IN LISTS MOONTIDE_LUA_FILES)
    cmake_path(GET file PARENT_PATH directory)
    install(FILES ${PROJECT_SOURCE_DIR}/lua/${file} DESTINATION ${scripts}/${directory} ${ARGN})
  endforeach()
endfunction()

foreach(version IN LISTS MOONTIDE_LUA)
  string(REPLACE %V ${version} native ${MOONTIDE_NATIVE_DIR})
  string(REPLACE %V ${version} scripts ${MOONTIDE_SCRIPT_DIR})
  moontide_install_modules(${version} ${native} ${scripts})
endforeach()
if(MOONTIDE_MODULES_ONLY)
  return()
endif()

foreach(version IN LISTS MOONTIDE_LUA)
  set(MOONTIDE_ABI ${version})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/moontide.pc.in
    ${PROJECT_BINARY_DIR}/moontide-${version}.pc @ONLY)
endforeach()

list(JOIN MOONTIDE_LUA " " MOONTIDE_LUA_ITEMS)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/MoontideConfig.cmake.in
  ${PROJECT_BINARY_DIR}/MoontideConfig.cmake INSTALL_DESTINATION ${MOONTIDE_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/MoontideConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

# moontide_install_embedding([<argument of install>...]): what programs with Lua inside are built with.
function(moontide_install_embedding)
  install(FILES ${PROJECT_SOURCE_DIR}/include/moontide/moontide.h DESTINATION include/moontide ${ARGN})
  foreach(version IN LISTS MOONTIDE_LUA)
    install(FILES ${PROJECT_BINARY_DIR}/lib/libmoontide-${version}.a
      DESTINATION ${CMAKE_INSTALL_LIBDIR} ${ARGN})
    install(FILES ${PROJECT_BINARY_DIR}/moontide-${version}.pc
      DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig ${ARGN})
  endforeach()
  install(FILES ${PROJECT_BINARY_DIR}/MoontideConfig.cmake
                ${PROJECT_BINARY_DIR}/MoontideConfigVersion.cmake
    DESTINATION ${MOONTIDE_CMAKE_DIR} ${ARGN})
endfunction()
moontide_install_embedding()

# moontide_install_stubs([<argument of install>...]): for lua-language-server, an addon in the layout that it reads.
function(moontide_install_stubs)
  set(addon share/lua-language-server/addons/moontide)
  install(FILES ${PROJECT_SOURCE_DIR}/library/config.json DESTINATION ${addon} ${ARGN})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/library DESTINATION ${addon} ${ARGN} FILES_MATCHING PATTERN "*.lua")
endfunction()
moontide_install_stubs()

if(TARGET moontide)
  install(TARGETS moontide RUNTIME DESTINATION bin)
endif()
