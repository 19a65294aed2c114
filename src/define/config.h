#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "define/problem.h"

namespace holter::define {

/// holter.yml: all keys optional. Every key can be overridden by the environment: server.listen is
/// HOLTER_SERVER_LISTEN. The list of keys with defaults stands in docs/configuration.md, held true by a test.
struct Config {
  std::string data_dir = "./data";
  std::string monitors = "./monitors";        ///< a file, or a directory of *.yml (not deeper)
  std::string definitions = "./definitions";  ///< directory; <category>/<app>.yml
  struct Server {
    std::string listen = "127.0.0.1:2157";
    std::size_t max_connections = 256;
  } server;
  struct Memory {
    std::uint64_t budget = 0;  ///< bytes; 0: half of the machine's limit, at most 512 MiB
  } memory;
  struct Collect {
    unsigned shards = 0;               ///< 0: as many as the load needs, at most one per core and 4
    std::size_t max_in_flight = 8192;  ///< per shard
    std::size_t max_per_target = 16;   ///< rounds in flight to one address
    std::chrono::milliseconds min_interval{1000};
  } collect;
  struct History {
    std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
    std::uint64_t memory_limit = 32ULL << 20;  ///< bytes, of the history engine
  } history;
  std::string log_level = "info";  ///< debug, info, warning, error
};

/// Reads holter.yml (`path` empty: defaults) and the overrides in `environment` ("NAME=value", other names ignored;
/// an unknown HOLTER_* name is a warning). Relative paths in it are relative to the file's directory.
/// With errors in `problems` the returned value must not be used.
Config load_config(const std::string& path, std::span<const std::string> environment, Problems& problems);

/// A key as documentation and `holter check` show it.
struct ConfigKey {
  std::string_view path;       ///< "memory.budget"
  std::string_view otherwise;  ///< the default, as one would write it
  std::string_view description;
};
/// All keys, in the order of the documentation.
std::vector<ConfigKey> config_keys();
/// "memory.budget" -> "HOLTER_MEMORY_BUDGET"
std::string environment_name(std::string_view path);

}  // namespace holter::define
