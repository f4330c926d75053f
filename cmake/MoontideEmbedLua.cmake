# Lua files as C++ arrays, for src/lua/embedded.hpp.
#
#   moontide_embed_lua(OUTPUT <file.cpp> MODE modules|chunks DIRECTORY <dir> FILES <file.lua>...)
#
# FILES are relative to DIRECTORY. MODE modules fills kEmbeddedModules; MODE chunks gives each file a
# name of its own, kChooseChunk for choose.lua. The work is done by embed_lua.cmake at build time.

set(MOONTIDE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_lua.cmake)

function(moontide_embed_lua)
  cmake_parse_arguments(PARSE_ARGV 0 embed "" "OUTPUT;MODE;DIRECTORY" "FILES")
  list(TRANSFORM embed_FILES PREPEND ${embed_DIRECTORY}/ OUTPUT_VARIABLE inputs)
  list(JOIN embed_FILES "," files)
  add_custom_command(
    OUTPUT ${embed_OUTPUT}
    DEPENDS ${inputs} ${MOONTIDE_EMBED_SCRIPT}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${embed_OUTPUT} -DMODE=${embed_MODE}
            -DDIRECTORY=${embed_DIRECTORY} -DFILES=${files} -P ${MOONTIDE_EMBED_SCRIPT}
    COMMENT "Embedding Lua: ${embed_MODE}"
    VERBATIM)
endfunction()
