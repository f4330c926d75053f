# What a rockspec's build_command runs, for LuaRocks has no say in how many compilers run at a time:
#
#   cmake -DLUA_INCDIR= -DLIBDIR= -DLUADIR= -DCFLAGS= -P cmake/rock.cmake

cmake_minimum_required(VERSION 3.25)

set(build build.luarocks)
cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)

execute_process(COMMAND_ERROR_IS_FATAL ANY
  COMMAND ${CMAKE_COMMAND} -S . -B ${build} --log-level=WARNING
          -DMOONTIDE_MODULES_ONLY=ON -DMOONTIDE_DEVELOPER_MODE=OFF
          -DMOONTIDE_LUA_INCLUDE_DIR=${LUA_INCDIR}
          -DMOONTIDE_NATIVE_DIR=${LIBDIR} -DMOONTIDE_SCRIPT_DIR=${LUADIR}
          -DCMAKE_BUILD_TYPE= "-DCMAKE_CXX_FLAGS=${CFLAGS} -DNDEBUG")
execute_process(COMMAND_ERROR_IS_FATAL ANY
  COMMAND ${CMAKE_COMMAND} --build ${build} --parallel ${processors})
