# One function per kind of folder. Globs with CONFIGURE_DEPENDS: a new file is found by the next build, no list is edited.

# Expensive third-party headers, parsed once for all targets that say PCH. Those targets may have more definitions than
# this one, but not others: they must link Holter::asio and fmt.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/pch.cc CONTENT "// Only carries the precompiled headers.\n")
add_library(holter_pch STATIC ${CMAKE_BINARY_DIR}/generated/pch.cc)
target_link_libraries(holter_pch PRIVATE Holter::asio fmt::fmt spdlog::spdlog)
target_precompile_headers(holter_pch PRIVATE <boost/asio.hpp> <fmt/format.h> <functional> <map> <memory> <string> <vector>)
function(holter_pch target)
  target_precompile_headers(${target} REUSE_FROM holter_pch)
endfunction()
add_library(holter_test_pch STATIC ${CMAKE_BINARY_DIR}/generated/pch.cc)
target_link_libraries(holter_test_pch PRIVATE Holter::asio fmt::fmt spdlog::spdlog GTest::gmock GTest::gtest)
# Under a sanitizer what is compiled is mostly tests, and half of that time goes into optimizing them.
if(HOLTER_SANITIZE)
  set(HOLTER_TEST_OPTIONS -O0)
endif()
target_compile_options(holter_test_pch PRIVATE ${HOLTER_TEST_OPTIONS})
target_precompile_headers(holter_test_pch PRIVATE <boost/asio.hpp> <fmt/format.h> <functional> <gmock/gmock.h>
                          <gtest/gtest.h> <map> <memory> <string> <vector>)

function(holter_tests name library dir)
  file(GLOB tests CONFIGURE_DEPENDS ${dir}/*_test.cc)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${dir}/*_fuzz.cc)
  file(GLOB benches CONFIGURE_DEPENDS ${dir}/*_bench.cc)
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${library} holter_testing GTest::gmock GTest::gtest_main)
    target_compile_options(${name}_test PRIVATE ${HOLTER_TEST_OPTIONS})
    target_precompile_headers(${name}_test REUSE_FROM holter_test_pch)
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
  endif()
  if(HOLTER_SANITIZE MATCHES "fuzzer")
    foreach(fuzzer IN LISTS fuzzers)
      get_filename_component(stem ${fuzzer} NAME_WE)
      add_executable(${name}_${stem} ${fuzzer})
      target_link_libraries(${name}_${stem} PRIVATE ${library})
      target_link_options(${name}_${stem} PRIVATE -fsanitize=fuzzer)
      # What reads files and answers that anybody may write runs longer.
      set(seconds 3)
      if(name MATCHES "^(define|expr|read)$" OR stem MATCHES "^(number|layout|readers)_fuzz$")
        set(seconds 8)
      endif()
      add_test(NAME fuzz/${name}_${stem} COMMAND ${name}_${stem} -max_total_time=${seconds} -timeout=5 -rss_limit_mb=1024
               WORKING_DIRECTORY ${CMAKE_BINARY_DIR})
    endforeach()
  endif()
  foreach(bench IN LISTS benches)
    get_filename_component(stem ${bench} NAME_WE)
    add_executable(${name}_${stem} EXCLUDE_FROM_ALL ${bench})
    target_link_libraries(${name}_${stem} PRIVATE ${library} benchmark::benchmark_main)
  endforeach()
endfunction()

# holter_module(<name> [DEPS <module>...] [LIBS <target>...] [PCH])
#   src/<name>/*.cc becomes holter_<name>; *_test.cc one test program, *_fuzz.cc and *_bench.cc a program each.
function(holter_module name)
  cmake_parse_arguments(ARG "PCH" "" "DEPS;LIBS" ${ARGN})
  set(dir ${CMAKE_SOURCE_DIR}/src/${name})
  string(REPLACE "/" "_" name ${name})  # history/child becomes holter_history_child
  file(GLOB srcs CONFIGURE_DEPENDS ${dir}/*.cc)
  list(FILTER srcs EXCLUDE REGEX "(_(test|bench|fuzz)|/main)\\.cc$")
  list(TRANSFORM ARG_DEPS PREPEND holter_ OUTPUT_VARIABLE deps)
  if(srcs)
    add_library(holter_${name} STATIC ${srcs})
    set(scope PUBLIC)
  else()
    add_library(holter_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(holter_${name} ${scope} ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(holter_${name} ${scope} ${deps} ${ARG_LIBS})
  if(ARG_PCH AND srcs)
    holter_pch(holter_${name})
  endif()
  holter_tests(${name} holter_${name} ${dir})
endfunction()

# holter_plugins(<module> <kind> [ONE_TEST])
#   Every folder src/<module>/<kind>/<name>/ with a <name>.cc is a plug-in and must define
#   `const PluginInfo& <name>_plugin()` as src/<module>/plugin.h declares it. The table of all plug-ins is generated
#   from the folder names (static initialisers are no way: a linker drops them). <name>/deps.cmake, if there, adds
#   the plug-in's own libraries to the target holter_<kind>_<name>. ONE_TEST: the tests of all of them are one program,
#   <kind>_test, since linking is most of the work where plug-ins are small.
function(holter_plugins module kind)
  cmake_parse_arguments(ARG "ONE_TEST" "" "" ${ARGN})
  file(GLOB mains CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${module}/${kind}/*/*.cc)
  set(decls "")
  set(rows "")
  set(libs "")
  set(seen "")
  foreach(path IN LISTS mains)
    get_filename_component(dir ${path} DIRECTORY)
    get_filename_component(plugin ${dir} NAME)
    if(plugin IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${plugin})
    if(NOT EXISTS ${dir}/${plugin}.cc)
      message(FATAL_ERROR "${dir} has no ${plugin}.cc (see src/${module}/README.md)")
    endif()
    file(GLOB srcs CONFIGURE_DEPENDS ${dir}/*.cc)
    list(FILTER srcs EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
    add_library(holter_${kind}_${plugin} STATIC ${srcs})
    target_link_libraries(holter_${kind}_${plugin} PUBLIC holter_${module})
    holter_pch(holter_${kind}_${plugin})
    if(EXISTS ${dir}/deps.cmake)
      include(${dir}/deps.cmake)
    endif()
    if(NOT ARG_ONE_TEST)
      holter_tests(${kind}_${plugin} holter_${kind}_${plugin} ${dir})
    endif()
    list(APPEND libs holter_${kind}_${plugin})
    string(APPEND decls "const PluginInfo& ${plugin}_plugin();\n")
    string(APPEND rows "      &${plugin}_plugin,\n")
  endforeach()
  set(gen ${CMAKE_BINARY_DIR}/generated/${module}_${kind}.cc)
  set(body "// Generated by cmake/Module.cmake from the folder names under src/${module}/${kind}. Do not edit.
#include \"${module}/plugin.h\"
namespace holter::${module} {
${decls}
std::span<const PluginFactory> all_plugins() {
  static constexpr PluginFactory kAll[] = {
${rows}  };
  return kAll;
}
}  // namespace holter::${module}
")
  file(CONFIGURE OUTPUT ${gen} CONTENT "${body}" @ONLY)
  add_library(${module}_${kind} STATIC ${gen})
  target_link_libraries(${module}_${kind} PUBLIC ${libs} holter_${module})
  if(ARG_ONE_TEST)
    holter_tests(${kind} ${module}_${kind} ${CMAKE_SOURCE_DIR}/src/${module}/${kind}/*)
  endif()
endfunction()

# holter_program(<name> MAIN <file> LIBS <target>...)
function(holter_program name)
  cmake_parse_arguments(ARG "" "MAIN" "LIBS" ${ARGN})
  add_executable(${name} ${ARG_MAIN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(${name} PRIVATE ${ARG_LIBS})
endfunction()

# Load generators and other programs of bench/*.cc, built with the rest.
function(holter_benchmarks)
  file(GLOB programs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*.cc)
  if(HOLTER_SANITIZE)
    return()
  endif()
  foreach(program IN LISTS programs)
    get_filename_component(stem ${program} NAME_WE)
    add_executable(bench_${stem} ${program})
    target_include_directories(bench_${stem} PRIVATE ${CMAKE_SOURCE_DIR}/src)
  endforeach()
endfunction()

# holter_embed(<module> <file>...)
#   Puts files of src/<module> into holter_<module>, where <module>::asset("<file>") finds them.
function(holter_embed module)
  set(dir ${CMAKE_SOURCE_DIR}/src/${module})
  set(out ${CMAKE_BINARY_DIR}/generated/${module}_assets.cc)
  list(TRANSFORM ARGN PREPEND ${dir}/ OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${out} VERBATIM COMMENT "Embedding files of src/${module}"
                     COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DMODULE=${module} -DDIR=${dir} "-DFILES=${ARGN}"
                             -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
                     DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  target_sources(holter_${module} PRIVATE ${out})
endfunction()
