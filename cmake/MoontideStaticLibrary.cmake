# GNU binutils whatever the compiler: with clang, CMake's own choice may be lld and llvm-objcopy; lld
# lacks --force-group-allocation.
find_program(MOONTIDE_LD NAMES ld.bfd ld REQUIRED)
find_program(MOONTIDE_OBJCOPY NAMES objcopy REQUIRED)
mark_as_advanced(MOONTIDE_LD MOONTIDE_OBJCOPY)

# moontide_static_library(<target> OUTPUT <file.a> KEEP <symbol>... OBJECTS <object library>...
#                         ARCHIVES <static library>...)
#
# One archive of one object in which only the symbols of KEEP are global. `ld -r` joins everything;
# dissolving COMDAT groups meanwhile lets objcopy make our copies of inline functions and std
# templates local, which a host's linker would otherwise merge with its own. What stays undefined is
# Lua, libc and libstdc++: the host links those.
#
# <target> is an imported library, so linking to it also waits for it to be built.
function(moontide_static_library target)
  cmake_parse_arguments(PARSE_ARGV 1 lib "" "OUTPUT" "KEEP;OBJECTS;ARCHIVES")
  set(objects "")
  foreach(library IN LISTS lib_OBJECTS)
    list(APPEND objects $<TARGET_OBJECTS:${library}>)
  endforeach()
  list(TRANSFORM lib_ARCHIVES REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE archives)
  list(TRANSFORM lib_KEEP PREPEND --keep-global-symbol= OUTPUT_VARIABLE keep)

  set(joined ${CMAKE_CURRENT_BINARY_DIR}/${target}.o)
  add_custom_command(
    OUTPUT ${lib_OUTPUT}
    DEPENDS ${objects} ${archives} ${lib_OBJECTS} ${lib_ARCHIVES}
    BYPRODUCTS ${joined}
    COMMAND ${MOONTIDE_LD} -r --force-group-allocation -o ${joined}
            ${objects} --whole-archive ${archives}
    COMMAND ${MOONTIDE_OBJCOPY} ${keep} $<$<CONFIG:Release>:--strip-unneeded> ${joined}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${lib_OUTPUT}
    COMMAND ${CMAKE_AR} rcsD ${lib_OUTPUT} ${joined}
    COMMENT "Joining ${target}"
    VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(${target}_build ALL DEPENDS ${lib_OUTPUT})

  add_library(${target} STATIC IMPORTED GLOBAL)
  add_dependencies(${target} ${target}_build)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${lib_OUTPUT}
    IMPORTED_LINK_INTERFACE_LANGUAGES CXX
    INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/include
    INTERFACE_LINK_LIBRARIES "PkgConfig::OPENSSL;PkgConfig::CARES;Threads::Threads")
endfunction()
