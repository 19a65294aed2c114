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
  set(launcher ${CMAKE_SOURCE_DIR}/cmake/compile.sh ${CMAKE_SOURCE_DIR})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  # CMake names the header itself, too, by a path that ccache does not make relative; the precompiled one is enough.
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
