# Third-party libraries, each behind one target. Versions and reasons: tools/deps.tsv.
set(HOLTER_DEPS ${CMAKE_SOURCE_DIR}/.deps CACHE PATH "where tools/setup.sh put what Debian lacks")
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(date REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)

# Boost.Asio's non-template parts are compiled once, in src/runtime/asio_impl.cc.
add_library(Holter::asio INTERFACE IMPORTED)
target_link_libraries(Holter::asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(Holter::asio INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_DISABLE_BOOST_COROUTINE)

add_library(Holter::arrow INTERFACE IMPORTED)
pkg_check_modules(SYSTEM_ARROW IMPORTED_TARGET arrow>=15)
if(SYSTEM_ARROW_FOUND)
  target_link_libraries(Holter::arrow INTERFACE PkgConfig::SYSTEM_ARROW)
elseif(EXISTS ${HOLTER_DEPS}/lib/libarrow.so)
  target_include_directories(Holter::arrow SYSTEM INTERFACE ${HOLTER_DEPS}/include)
  target_link_libraries(Holter::arrow INTERFACE ${HOLTER_DEPS}/lib/libarrow.so)
else()
  message(FATAL_ERROR "cannot find Arrow C++ 15 or newer: run tools/setup.sh")
endif()

add_library(Holter::duckdb INTERFACE IMPORTED)
find_library(SYSTEM_DUCKDB duckdb)
find_path(SYSTEM_DUCKDB_H duckdb.h)
if(SYSTEM_DUCKDB AND SYSTEM_DUCKDB_H)
  target_link_libraries(Holter::duckdb INTERFACE ${SYSTEM_DUCKDB})
elseif(EXISTS ${HOLTER_DEPS}/lib/libduckdb.so)
  target_include_directories(Holter::duckdb SYSTEM INTERFACE ${HOLTER_DEPS}/include)
  target_link_libraries(Holter::duckdb INTERFACE ${HOLTER_DEPS}/lib/libduckdb.so)
else()
  message(FATAL_ERROR "cannot find DuckDB: run tools/setup.sh")
endif()

pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
add_library(Holter::curl ALIAS PkgConfig::CURL)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares>=1.18)
add_library(Holter::cares ALIAS PkgConfig::CARES)
pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh>=0.10)
add_library(Holter::ssh ALIAS PkgConfig::LIBSSH)

# What the catalog is stored with: SOCI over SQLite and PostgreSQL. Its back ends show their clients' headers.
find_path(SOCI_INCLUDE soci/soci.h REQUIRED)
find_path(LIBPQ_INCLUDE libpq-fe.h PATH_SUFFIXES postgresql REQUIRED)
add_library(Holter::soci INTERFACE IMPORTED)
target_include_directories(Holter::soci SYSTEM INTERFACE ${SOCI_INCLUDE} ${LIBPQ_INCLUDE})
# Its libraries do not export the type information that this check of UBSan compares.
target_compile_options(Holter::soci INTERFACE -fno-sanitize=vptr)
foreach(library soci_core soci_sqlite3 soci_postgresql sqlite3 pq)
  find_library(HOLTER_${library} ${library} REQUIRED)
  target_link_libraries(Holter::soci INTERFACE ${HOLTER_${library}})
endforeach()

# Keys, digests and ciphers of SNMPv3, and BER; the library itself, without what net-snmp-config would add for agents.
find_library(NETSNMP_LIBRARY netsnmp REQUIRED)
find_path(NETSNMP_INCLUDE net-snmp/net-snmp-config.h REQUIRED)
add_library(Holter::netsnmp INTERFACE IMPORTED)
target_link_libraries(Holter::netsnmp INTERFACE ${NETSNMP_LIBRARY})

# Not by pkg-config: its -pthread at compile time does not go with the precompiled headers.
find_library(RE2_LIBRARY re2 REQUIRED)
find_path(RE2_INCLUDE re2/re2.h REQUIRED)
add_library(Holter::re2 INTERFACE IMPORTED)
target_link_libraries(Holter::re2 INTERFACE ${RE2_LIBRARY} Threads::Threads)

find_library(PUGIXML_LIBRARY pugixml REQUIRED)
find_path(PUGIXML_INCLUDE pugixml.hpp REQUIRED)
add_library(Holter::pugixml INTERFACE IMPORTED)
target_link_libraries(Holter::pugixml INTERFACE ${PUGIXML_LIBRARY})

pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive>=3.6)
add_library(Holter::archive ALIAS PkgConfig::ARCHIVE)

# The allocator replaces malloc in release builds only: the sanitizers bring their own.
add_library(Holter::jemalloc INTERFACE IMPORTED)
if(NOT HOLTER_SANITIZE)
  find_library(JEMALLOC jemalloc REQUIRED)
  target_link_libraries(Holter::jemalloc INTERFACE ${JEMALLOC})
  target_compile_definitions(Holter::jemalloc INTERFACE HOLTER_JEMALLOC=1)
endif()
