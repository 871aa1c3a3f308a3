# cmake -D SHOPBELL=… -D WORK=… -P docker_config.cmake: the container's configuration is a right one, once its secrets
# and its volume are there. The places that only the image has are moved into WORK.
cmake_minimum_required(VERSION 3.25)
cmake_path(SET docker NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../../docker)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/secrets ${WORK}/data)

file(READ ${docker}/shopbell.toml toml)
string(REGEX MATCHALL "/run/secrets/[a-z_]+" secrets "${toml}")
file(READ ${docker}/compose.yaml compose)
foreach(secret ${secrets})
  cmake_path(GET secret FILENAME name)
  file(WRITE ${WORK}/secrets/${name} "6b6833aca1f51dc7ca84723dba452a79\n")
  file(CHMOD ${WORK}/secrets/${name} PERMISSIONS OWNER_READ OWNER_WRITE)
  if(NOT compose MATCHES "\n +- ${name}\n" OR NOT compose MATCHES "\n  ${name}:\n")
    message(SEND_ERROR "docker/compose.yaml does not give the container the secret ${name}")
  endif()
endforeach()

string(REPLACE "/run/secrets/" "${WORK}/secrets/" toml "${toml}")
string(REPLACE "/var/lib/shopbell/" "${WORK}/data/" toml "${toml}")
file(WRITE ${WORK}/shopbell.toml "${toml}")
execute_process(COMMAND ${SHOPBELL} --config ${WORK}/shopbell.toml check
  RESULT_VARIABLE status OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT status EQUAL 0 OR NOT said MATCHES "ok")
  message(FATAL_ERROR "docker/shopbell.toml: exit status ${status}\n${said}")
endif()
