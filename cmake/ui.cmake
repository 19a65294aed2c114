# holter_ui(<module>)
#   Builds the web interface (tools/build_ui.sh) and puts it into holter_<module>, where ui_files() finds it.
function(holter_ui module)
  set(out ${CMAKE_BINARY_DIR}/generated/ui)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/ui/src/* ${CMAKE_SOURCE_DIR}/ui/*.ts ${CMAKE_SOURCE_DIR}/ui/*.cjs)
  list(FILTER inputs EXCLUDE REGEX "/node_modules/|/e2e/|\\.test\\.tsx?$|\\.gen\\.d\\.ts$")
  add_custom_command(OUTPUT ${out}/ui_table.cc ${out}/ui.pack VERBATIM COMMENT "Building the web interface"
                     COMMAND ${CMAKE_SOURCE_DIR}/tools/build_ui.sh ${out}
                     DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/ui/index.html ${CMAKE_SOURCE_DIR}/ui/package.json
                             ${CMAKE_SOURCE_DIR}/ui/package-lock.json ${CMAKE_SOURCE_DIR}/src/api/openapi.json
                             ${CMAKE_SOURCE_DIR}/tools/build_ui.sh ${CMAKE_SOURCE_DIR}/tools/pack_ui.py)
  # The assembler reads the pack, which no compiler's list of headers has; and by its path, so ccache cannot keep it.
  set_source_files_properties(${out}/ui_table.cc PROPERTIES OBJECT_DEPENDS ${out}/ui.pack SKIP_PRECOMPILE_HEADERS ON)
  target_sources(holter_${module} PRIVATE ${out}/ui_table.cc)
endfunction()
