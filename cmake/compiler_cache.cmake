# ccache, where it is installed: a file that was compiled before, in this clone or another, is not compiled again.
# The clone's own path stays out of what is compared: paths below it reach the compiler relative to the build folder.
find_program(SHOPBELL_CCACHE ccache)
if(SHOPBELL_CCACHE)
  # The precompiled header's time and the macros that it defines are compared by its contents.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${SHOPBELL_CCACHE})
endif()
