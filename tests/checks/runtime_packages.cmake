# cmake -D SHOPBELL=… -P runtime_packages.cmake: the container's runtime stage, which installs what
# scripts/packages/runtime.txt names, has every library that the binary asks for, and no other.
cmake_minimum_required(VERSION 3.25)
cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../..)
execute_process(COMMAND ${root}/scripts/install-packages --list runtime
  OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" listed "${listed}")
set(unused ${listed})
list(FILTER unused INCLUDE REGEX "^lib")
list(APPEND listed libc6 libgcc-s1 libstdc++6)  # the first two are in every image, the third comes with any of the listed

execute_process(COMMAND readelf --wide --dynamic ${SHOPBELL} OUTPUT_VARIABLE elf COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "[" " " elf "${elf}")  # a list does not end an item within a bracket
string(REGEX MATCHALL "Shared library: +[^]]+" needed "${elf}")
list(TRANSFORM needed REPLACE ".* " "")
foreach(library ${needed})
  execute_process(COMMAND dpkg-query --search "*/${library}" OUTPUT_VARIABLE found COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" owners "${found}")  # several where the machine has libraries of other architectures
  list(TRANSFORM owners REPLACE "[:,].*" "")
  list(REMOVE_ITEM unused ${owners})
  set(unlisted ${owners})
  list(REMOVE_ITEM unlisted ${listed})
  if(unlisted STREQUAL owners)
    message(SEND_ERROR "${library} comes with ${owners}, which scripts/packages/runtime.txt does not name")
  endif()
endforeach()
if(unused)
  message(SEND_ERROR "scripts/packages/runtime.txt names what the binary does not ask for: ${unused}")
endif()
