# cmake -D ANALYZE=… -D SHOPBELL=… -D WORK=… -P systemd.cmake: systemd understands the units, without a remark, and what
# the service may do is bounded.
cmake_minimum_required(VERSION 3.25)
cmake_path(SET units NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../../config/systemd)
set(most_exposure 15)  # in tenths

execute_process(COMMAND ${ANALYZE} security --offline=true --no-pager --threshold=${most_exposure} ${units}/shopbell.service
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${said}")
endif()

# A minimal Debian has a shell and little else: no program is started but that and our own.
file(READ ${units}/shopbell.service service)
string(REGEX MATCHALL "\nExec[A-Za-z]+=[^\n ]+" programs "${service}")
foreach(program ${programs})
  if(NOT program MATCHES "=(/usr/bin/shopbell|/bin/sh)$")
    message(FATAL_ERROR "the unit takes a program that not every Debian has: ${program}")
  endif()
endforeach()
# And with the shell's own means alone ExecReload= sends SIGHUP.
string(REGEX MATCH "\nExecReload=([^\n]+)" reload "${service}")
execute_process(COMMAND /bin/sh -c "trap 'echo reloaded' HUP; export MAINPID=$$ PATH=/nowhere; ${CMAKE_MATCH_1}"
  OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT said STREQUAL "reloaded")
  message(FATAL_ERROR "ExecReload= sends no SIGHUP: ${said}")
endif()

# It looks for the program, which is not installed here.
file(REMOVE_RECURSE ${WORK})
file(READ ${units}/shopbell.service service)
string(REPLACE /usr/bin/shopbell ${SHOPBELL} service "${service}")
file(WRITE ${WORK}/shopbell.service "${service}")
file(COPY ${units}/shopbell.socket DESTINATION ${WORK})
execute_process(COMMAND ${ANALYZE} verify --man=no ./shopbell.service ./shopbell.socket WORKING_DIRECTORY ${WORK}
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
# The machine's own units, which are looked at too, are not ours to judge.
if(said MATCHES "shopbell" OR NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}\n${said}")
endif()
