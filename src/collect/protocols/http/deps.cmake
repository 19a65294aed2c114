pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
target_link_libraries(holter_protocols_http PRIVATE PkgConfig::RE2 Boost::json)
target_compile_definitions(holter_protocols_http PRIVATE HOLTER_VERSION="${PROJECT_VERSION}")
