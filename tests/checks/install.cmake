# cmake -D BUILD=… -D BINDIR=… -D DOCDIR=… -D VERSION=… -P install.cmake: what `cmake --install` lays down is whole.
cmake_minimum_required(VERSION 3.25)
set(prefix ${BUILD}/tests/checks/prefix)
file(REMOVE_RECURSE ${prefix})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

foreach(file ${BINDIR}/shopbell ${DOCDIR}/examples/shopbell.toml ${DOCDIR}/examples/reference.toml
        ${DOCDIR}/examples/templates/slack.json.mustache ${DOCDIR}/stores.md ${DOCDIR}/examples/nginx-shopbell.conf ${DOCDIR}/examples/prometheus-alerts.yml
        share/man/man1/shopbell.1 share/man/man5/shopbell.toml.5 share/bash-completion/completions/shopbell
        share/zsh/site-functions/_shopbell share/fish/vendor_completions.d/shopbell.fish)
  if(NOT EXISTS ${prefix}/${file})
    message(FATAL_ERROR "${file} was not installed")
  endif()
endforeach()
foreach(file systemd/system/shopbell.service systemd/system/shopbell.socket sysusers.d/shopbell.conf tmpfiles.d/shopbell.conf)
  if(NOT EXISTS ${prefix}/lib/${file})
    message(FATAL_ERROR "lib/${file} was not installed")
  endif()
endforeach()
file(READ ${prefix}/lib/systemd/system/shopbell.service unit)
string(FIND "${unit}" "\nExecStart=${prefix}/${BINDIR}/shopbell --config" at)
if(at EQUAL -1)
  message(FATAL_ERROR "the installed unit does not start the installed binary:\n${unit}")
endif()
execute_process(COMMAND ${prefix}/${BINDIR}/shopbell --version OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
if(NOT said MATCHES "${VERSION}")
  message(FATAL_ERROR "the installed binary says it is '${said}', not ${VERSION}")
endif()
file(REMOVE_RECURSE ${prefix})
