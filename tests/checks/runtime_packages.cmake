# cmake -D SHOPBELL=… -P runtime_packages.cmake: the container's runtime stage, which installs what
# scripts/packages/runtime.txt names, has every library that the binary asks for.
cmake_minimum_required(VERSION 3.25)
cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../..)
execute_process(COMMAND ${root}/scripts/install-packages --list runtime
  OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" listed "${listed}")
list(APPEND listed libc6 libgcc-s1 libstdc++6)  # the first two are in every image, the third comes with any of the listed

execute_process(COMMAND readelf --wide --dynamic ${SHOPBELL} OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "Shared library: \\[[^]]+" needed "${elf}")
foreach(library ${needed})
  string(REGEX REPLACE ".*\\[" "" library ${library})
  execute_process(COMMAND dpkg-query --search "*/${library}" OUTPUT_VARIABLE owner COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE ":.*" "" owner "${owner}")
  if(NOT owner IN_LIST listed)
    message(SEND_ERROR "${library} comes with ${owner}, which scripts/packages/runtime.txt does not name")
  endif()
endforeach()
