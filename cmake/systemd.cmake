# systemd's files. In the unit stands where the binary really is, which only the installation knows.
install(FILES config/systemd/shopbell.socket DESTINATION lib/systemd/system)
install(FILES config/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME shopbell.conf)
install(FILES config/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME shopbell.conf)
install(CODE "
  file(READ \"${PROJECT_SOURCE_DIR}/config/systemd/shopbell.service\" unit)
  string(REPLACE /usr/bin/ \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/\" unit \"\${unit}\")
  file(WRITE \"${PROJECT_BINARY_DIR}/systemd/shopbell.service\" \"\${unit}\")
  file(INSTALL \"${PROJECT_BINARY_DIR}/systemd/shopbell.service\" DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")")
