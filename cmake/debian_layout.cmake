# Run by CPack on what it has installed, before it makes a package of it: the few things that Debian has another way.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)

# Manual pages and changelogs are compressed, without a time of their own so that the same source gives the same package.
file(GLOB papers ${share}/man/man*/* ${share}/doc/shopbell/changelog*)
execute_process(COMMAND gzip -9n ${papers} COMMAND_ERROR_IS_FATAL ANY)

# Debian's zsh looks for what packages bring in a folder of another name.
if(EXISTS ${share}/zsh/site-functions)
  file(RENAME ${share}/zsh/site-functions ${share}/zsh/vendor-completions)
endif()
