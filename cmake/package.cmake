# `ninja package` (release preset): a Debian package, the same as `cmake --install` lays down under /usr and besides
# what only Debian has: the configuration as a conffile, the maintainer scripts and the package's own papers.
set(SHOPBELL_PACKAGING ${PROJECT_SOURCE_DIR}/packaging)
set(debian COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${SHOPBELL_PACKAGING}/shopbell.toml DESTINATION /etc/shopbell
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ ${debian})
install(FILES ${SHOPBELL_PACKAGING}/copyright ${SHOPBELL_PACKAGING}/README.Debian
  DESTINATION ${CMAKE_INSTALL_DOCDIR} ${debian})
install(FILES ${SHOPBELL_PACKAGING}/changelog DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME changelog.Debian ${debian})
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME changelog ${debian})
install(FILES ${SHOPBELL_PACKAGING}/lintian-overrides
  DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME shopbell ${debian})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME shopbell)
set(CPACK_PACKAGE_CONTACT "Shopbell maintainers <maintainers@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "durable receiver for the webhooks of online stores")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Shopbell receives the webhooks of Jumpseller, E-junkie and USAePay, proves that
each is genuine, commits it to stable storage before it answers, turns it into
a CloudEvents document and delivers that to every sink that a route names, with
retries and dead letters: files, HTTP endpoints, programs, the journal,
PostgreSQL, NATS.
.
It is one daemon with one TOML file and one SQLite file, made to stand behind a
web server that speaks TLS.")
set(CPACK_STRIP_FILES TRUE)
set(CPACK_SET_DESTDIR TRUE)  # /etc is not under the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};shopbell;ALL;/" "${PROJECT_BINARY_DIR};shopbell;debian;/")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_layout.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS TRUE)
# adduser: postinst. ca-certificates: whom the forward sink trusts.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS nginx)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/packaging/conffiles CONTENT "/etc/shopbell/shopbell.toml\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${SHOPBELL_PACKAGING}/postinst ${SHOPBELL_PACKAGING}/prerm ${SHOPBELL_PACKAGING}/postrm
  ${PROJECT_BINARY_DIR}/packaging/conffiles)
include(CPack)
