# What `cmake --install` puts where. All paths are relative: a package can be moved as a whole.

include(CMakePackageConfigHelpers)

# A prefix of /usr must not turn lib into lib/<architecture>: Lua's own search paths have none.
set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "Libraries")
set(MOONTIDE_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Moontide)

install(FILES ${PROJECT_SOURCE_DIR}/include/moontide/moontide.h DESTINATION include/moontide)

foreach(version IN LISTS MOONTIDE_LUA)
  install(TARGETS moontide_lua${version} moontide_lua_tls${version}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/lua/${version}/moontide)
  foreach(file IN LISTS MOONTIDE_LUA_FILES)
    cmake_path(GET file PARENT_PATH directory)
    install(FILES ${PROJECT_SOURCE_DIR}/lua/${file} DESTINATION share/lua/${version}/${directory})
  endforeach()

  install(FILES ${PROJECT_BINARY_DIR}/lib/libmoontide-${version}.a
    DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set(MOONTIDE_ABI ${version})
  configure_file(${PROJECT_SOURCE_DIR}/cmake/moontide.pc.in
    ${PROJECT_BINARY_DIR}/moontide-${version}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/moontide-${version}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

list(JOIN MOONTIDE_LUA " " MOONTIDE_LUA_ITEMS)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/MoontideConfig.cmake.in
  ${PROJECT_BINARY_DIR}/MoontideConfig.cmake INSTALL_DESTINATION ${MOONTIDE_CMAKE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/MoontideConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/MoontideConfig.cmake
              ${PROJECT_BINARY_DIR}/MoontideConfigVersion.cmake
  DESTINATION ${MOONTIDE_CMAKE_DIR})

if(TARGET moontide)
  install(TARGETS moontide RUNTIME DESTINATION bin)
endif()
