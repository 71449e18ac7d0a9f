# Included by the top-level CMakeLists.txt: what `cmake --install` puts where. Packages configure with
# -DCMAKE_INSTALL_PREFIX=/usr, which puts the configuration into /etc/gladhand, where the program looks for it by itself.
#
#   program        the binary, its configuration, the dashboards
#   service        the units of systemd and the user that it runs as
#   documentation  README, examples of configurations
#   development    the header that plugins are built with

include(GNUInstallDirs)

install(TARGETS gladhand RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY dashboards/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gladhand/dashboards COMPONENT program)
# What somebody has changed is not replaced. file(INSTALL) itself puts $DESTDIR before its destination.
install(CODE "
  set(folder \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/gladhand\")
  if(EXISTS \"\$ENV{DESTDIR}\${folder}/gladhand.toml\")
    message(STATUS \"Kept: \$ENV{DESTDIR}\${folder}/gladhand.toml\")
  else()
    file(INSTALL \"${PROJECT_SOURCE_DIR}/config/gladhand.toml\" DESTINATION \"\${folder}\")
  endif()" COMPONENT program)

configure_file(deploy/systemd/gladhand.service.in systemd/gladhand.service @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/systemd/gladhand.service" DESTINATION lib/systemd/system COMPONENT service)
install(FILES deploy/systemd/gladhand.socket DESTINATION lib/systemd/system COMPONENT service)
install(FILES deploy/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME gladhand.conf COMPONENT service)

install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
install(FILES deploy/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/deploy COMPONENT documentation)
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT documentation FILES_MATCHING PATTERN "*.toml")
install(FILES plugins/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/plugins COMPONENT documentation)

# Plugins that are shipped are parts of the program.
install(FILES plugins/sdk/gladhand_plugin.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gladhand COMPONENT development)
