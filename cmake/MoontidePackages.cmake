# Debian packages by `cpack` in a build tree of all four Luas: lua5.1-moontide ... lua5.4-moontide, lua-moontide for
# all of them, libmoontide-dev, moontide (the interpreter).
#
# They take the place of lua-socket and lua-sec, whose files have the same names. Each provides what those provide
# for its Lua (lua5.4-socket), and lua-moontide what needs all of them (lua-socket). Provided versions are those
# that are compatible, with a suffix that sorts behind the original and its revisions; so the packages conflict
# with the originals, but not with each other.

set(socket_version 3.1.0+moontide)
set(tls_version 1.3.2+moontide)
set(originals "lua-socket (<< ${socket_version}), lua-sec (<< ${tls_version})")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Moontide authors <moontide@moontide.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL "")

# A changelog is asked of each package. Its date is fixed: the same sources give the same bytes.
set(doc ${PROJECT_BINARY_DIR}/debian)
file(WRITE ${doc}/changelog "moontide (${PROJECT_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md of the sources.

 -- ${CPACK_PACKAGE_CONTACT}  Thu, 01 Jan 2026 00:00:00 +0000
")
execute_process(COMMAND gzip -9nf ${doc}/changelog)

# moontide_debian(<component> NAME <package> SUMMARY <text> TEXT <text> [<field> <value>]...)
macro(moontide_debian component)
  cmake_parse_arguments(deb "" "NAME;SUMMARY;TEXT" "" ${ARGN})
  string(TOUPPER ${component} upper)
  list(APPEND CPACK_COMPONENTS_ALL ${component})
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${deb_NAME})
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${deb_SUMMARY}\n${deb_TEXT}")
  set(fields ${deb_UNPARSED_ARGUMENTS})
  while(fields)
    list(POP_FRONT fields field value)
    set(CPACK_DEBIAN_${upper}_${field} "${value}")
  endwhile()
  install(FILES ${doc}/changelog.gz DESTINATION share/doc/${deb_NAME} COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
    DESTINATION share/doc/${deb_NAME} COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

set(text "TCP, UDP, unix sockets, names, TLS, HTTP, mail and FTP for programs written for
LuaSocket and LuaSec, and tasks in which every call that would block
suspends only its own coroutine.")

set(packages "")
foreach(version IN LISTS MOONTIDE_LUA)
  string(REPLACE "." "" component lua${version})
  moontide_debian(${component} NAME lua${version}-moontide
    SUMMARY "network support for Lua ${version}" TEXT "${text}"
    PACKAGE_SECTION interpreters
    PACKAGE_PROVIDES
      "lua${version}-socket (= ${socket_version}${PROJECT_VERSION}), lua${version}-sec (= ${tls_version}${PROJECT_VERSION})"
    PACKAGE_CONFLICTS "${originals}"
    PACKAGE_REPLACES "${originals}"
    PACKAGE_SUGGESTS lua${version})
  # LuaJIT looks for native modules in the directory of the architecture alone.
  moontide_install_modules(${version} lib/${CMAKE_LIBRARY_ARCHITECTURE}/lua/${version} share/lua/${version}
    COMPONENT ${component} EXCLUDE_FROM_ALL)
  list(APPEND packages "lua${version}-moontide (= ${PROJECT_VERSION})")
endforeach()

list(JOIN packages ", " packages)
moontide_debian(meta NAME lua-moontide
  SUMMARY "network support for every Lua" TEXT "${text}\n.\nThis package depends on those for each version."
  PACKAGE_SECTION interpreters PACKAGE_ARCHITECTURE all PACKAGE_SHLIBDEPS OFF
  PACKAGE_DEPENDS "${packages}"
  PACKAGE_PROVIDES
    "lua-socket (= ${socket_version}${PROJECT_VERSION}), lua-sec (= ${tls_version}${PROJECT_VERSION})"
  PACKAGE_CONFLICTS "${originals}"
  PACKAGE_REPLACES "${originals}")

moontide_debian(dev NAME libmoontide-dev
  SUMMARY "network support for programs with Lua inside" TEXT "${text}\n.\nThis package has the static libraries and the header."
  PACKAGE_SECTION libdevel PACKAGE_SHLIBDEPS OFF
  PACKAGE_DEPENDS "libc-ares-dev, libssl-dev")
moontide_install_embedding(COMPONENT dev EXCLUDE_FROM_ALL)

if(TARGET moontide)
  moontide_debian(interpreter NAME moontide
    SUMMARY "Lua 5.4 with network support inside" TEXT "${text}\n.\nThis package has an interpreter that needs no other file, and stubs for language servers."
    PACKAGE_SECTION interpreters)
  install(TARGETS moontide RUNTIME DESTINATION bin COMPONENT interpreter EXCLUDE_FROM_ALL)
  moontide_install_stubs(COMPONENT interpreter EXCLUDE_FROM_ALL)
endif()

include(CPack)
