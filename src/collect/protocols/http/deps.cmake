# By name rather than by pkg-config, whose -pthread would not fit the precompiled header.
find_library(RE2 re2 REQUIRED)
target_link_libraries(holter_protocols_http PRIVATE ${RE2} Boost::json)
