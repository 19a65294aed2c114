# Compiler, warnings, sanitizers, ccache: everything that is the same for every target.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Holter needs clang 19 or newer (found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}). "
                      "Run tools/setup.sh and configure with a preset: cmake --preset release")
endif()
add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers
                    -Wdelete-non-virtual-dtor -Wshadow-uncaptured-local -Wimplicit-fallthrough -Wthread-safety)
add_link_options(-fuse-ld=lld -Wl,--as-needed -Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections -fno-omit-frame-pointer)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

if(HOLTER_SANITIZE)
  string(REPLACE "fuzzer" "fuzzer-no-link" compile_sanitizers "${HOLTER_SANITIZE}")
  add_compile_options(-fsanitize=${compile_sanitizers} -fno-sanitize-recover=undefined)
  string(REPLACE "fuzzer-no-link" "" link_sanitizers "${compile_sanitizers}")
  string(REGEX REPLACE "^,|,$" "" link_sanitizers "${link_sanitizers}")
  add_link_options(-fsanitize=${link_sanitizers})
  add_compile_definitions(HOLTER_SANITIZED=1)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers need these to be cacheable; base_dir lets two work trees share results (those that use a
  # precompiled header only within a tree, since it holds absolute paths).
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
               CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=5G ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
