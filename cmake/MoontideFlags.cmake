# moontide_flags: how our own sources are compiled. Never part of what consumers see.

find_package(Threads REQUIRED)

add_library(moontide_flags INTERFACE)
target_compile_features(moontide_flags INTERFACE cxx_std_20)
# Modules are loaded with all symbols bound: a call of Lua's needs no second jump.
target_compile_options(moontide_flags INTERFACE -fno-plt
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  $<$<BOOL:${MOONTIDE_WARNINGS_AS_ERRORS}>:-Werror>)

set(CMAKE_CXX_EXTENSIONS OFF)

# Sanitizers change the ABI of nothing but the whole program has to agree, so they are set for all
# targets. A finding of UBSan ends the process: nobody reads a warning in a passing log.
#
# Without vptr: that check looks whether memory can be read by writing it to a pipe of its own, and
# takes every object for a wrong one where no descriptor is left, which is a thing that we test.
if(MOONTIDE_SANITIZE)
  list(JOIN MOONTIDE_SANITIZE "," sanitizers)
  add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-sanitize=vptr)
  add_link_options(-fsanitize=${sanitizers})
endif()

# Coverage for the fuzzer in all that it drives; libFuzzer itself is linked into the targets alone.
if(MOONTIDE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# moontide_hidden(<target>): an object of ours leaves only what is marked as API visible. Unique
# symbols (static locals of std templates) would stay global whatever objcopy is told.
function(moontide_hidden target)
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# moontide_static_runtime(<target>): libstdc++ and libgcc come along, so that the file runs on
# machines that have other versions of them or none, and are hidden from the program it is loaded
# into. To load and relocate the shared ones takes twice as long as all of the native module
# (docs/design/performance.md). A distribution that wants them shared turns MOONTIDE_STATIC_RUNTIME
# off; the sanitizers' runtime does, too.
function(moontide_static_runtime target)
  if(MOONTIDE_STATIC_RUNTIME AND NOT MOONTIDE_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc
      -Wl,--exclude-libs,libstdc++.a:libgcc.a:libgcc_eh.a)
  endif()
endfunction()
