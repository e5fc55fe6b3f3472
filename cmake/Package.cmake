# What an installation has besides programs and libraries, and the Debian package: `cpack` in the
# build directory writes msgstat_VERSION-RELEASE_ARCHITECTURE.deb.
set(doc ${CMAKE_INSTALL_DATADIR}/doc/msgstat)
set(CPACK_PACKAGE_CONTACT "the msgstat authors <msgstat@localhost>")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)

# Debian's changelog is one entry that names the upstream one.
file(TIMESTAMP ${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/changelog.Debian CONTENT
"msgstat (${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * What changed is in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${changelog_date}
")
find_program(GZIP gzip REQUIRED)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/changelog.gz ${CMAKE_BINARY_DIR}/changelog.Debian.gz
  COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > changelog.gz
  COMMAND ${GZIP} -9nc changelog.Debian > changelog.Debian.gz
  WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
  DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${CMAKE_BINARY_DIR}/changelog.Debian)
set(changelogs ${CMAKE_BINARY_DIR}/changelog.gz ${CMAKE_BINARY_DIR}/changelog.Debian.gz)

# The pages are what --help says, so there is one text to keep. They are made by running the command:
# not for another architecture, and not through a sanitizer.
find_program(HELP2MAN help2man)
if(HELP2MAN AND NOT CMAKE_CROSSCOMPILING AND NOT MSGSTAT_SANITIZE)
  function(man_page page arguments purpose)
    set(command $<TARGET_FILE:msgstat>)
    if(arguments)
      set(command "$<TARGET_FILE:msgstat> ${arguments}")
    endif()
    add_custom_command(
      OUTPUT ${CMAKE_BINARY_DIR}/man/${page}.1.gz
      COMMAND ${CMAKE_COMMAND} -E make_directory man
      COMMAND ${HELP2MAN} --no-info --locale=C.UTF-8 --version-string=${PROJECT_VERSION}
              --source=msgstat --manual=msgstat "--name=${purpose}"
              --include=${PROJECT_SOURCE_DIR}/docs/man.h2m --output=man/${page}.1 "${command}"
      COMMAND sed -i "/^.SH NAME/{n;s/msgstat ${arguments}/${page}/}" man/${page}.1
      COMMAND ${GZIP} -9nf man/${page}.1
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      DEPENDS msgstat ${PROJECT_SOURCE_DIR}/docs/man.h2m
      VERBATIM)
    install(FILES ${CMAKE_BINARY_DIR}/man/${page}.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    set(pages ${pages} ${CMAKE_BINARY_DIR}/man/${page}.1.gz PARENT_SCOPE)
  endfunction()
  man_page(msgstat "" "perf stat, per message")
  # One line a subcommand, as in cli/commands.cpp.
  man_page(msgstat-bench bench "run echo servers under load and measure each")
  man_page(msgstat-stat stat "measure a process or a command, per unit of its work")
  man_page(msgstat-explain explain "say which locks threads queue for, and where time goes")
  man_page(msgstat-top top "show what a process does, live")
  man_page(msgstat-trial trial "compare a live process with and without a change")
  man_page(msgstat-compare compare "compare arms, or two recordings")
  man_page(msgstat-report report "render a recording")
  man_page(msgstat-load load "load an echo server and check every reply")
  man_page(msgstat-list list "show what there is to choose from")
  man_page(msgstat-doctor doctor "say what this machine can measure")
endif()
add_custom_target(documents ALL DEPENDS ${changelogs} ${pages})

install(FILES ${changelogs} README.md DESTINATION ${doc})
install(FILES LICENSE DESTINATION ${doc} RENAME copyright)
install(FILES cli/completion/msgstat.bash RENAME msgstat
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES cli/completion/_msgstat DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES docs/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME msgstat)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "counts system calls and perf events of a server per message")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Measures a server for a window of time and divides every system call and perf
event by the messages done in it. Needs root; or, for whoever may execute it:
setcap cap_bpf,cap_perfmon,cap_sys_ptrace=ep /usr/bin/msgstat")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Debian's way; cpack's own are scripts that call ldconfig, and harmless beside it.
file(WRITE ${CMAKE_BINARY_DIR}/control/triggers "activate-noawait ldconfig\n")
file(WRITE ${CMAKE_BINARY_DIR}/control/shlibs
     "libmsgstat ${PROJECT_VERSION_MAJOR} msgstat (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_BINARY_DIR}/control/triggers ${CMAKE_BINARY_DIR}/control/shlibs)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libcap2-bin, python3")
include(CPack)
