#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/definition.h"
#include "model/monitor.h"

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
    unsigned shards = 0;               ///< 0: one per core, at most 4
    std::size_t max_in_flight = 8192;  ///< per shard
    std::size_t max_per_target = 16;   ///< rounds in flight to one address
    std::chrono::milliseconds min_interval{100};
  } collect;
  struct History {
    std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
    std::uint64_t memory_limit = 48ULL << 20;  ///< bytes, of the history engine
  } history;
  std::string log_level = "info";  ///< debug, info, warning, error
};

/// A finding in a file. `line` and `column` begin at 1; 0 where the finding is about the whole file.
struct Problem {
  enum class Severity : std::uint8_t { kWarning, kError } severity = Severity::kError;
  std::string file;
  int line = 0;
  int column = 0;
  std::string key;      ///< path in the file, e.g. "monitors[3].params.host"
  std::string message;  ///< "cannot ...", with the value and, for an unknown key, the nearest known one
};

/// "monitors/site.yml:7:5: error: monitors[0].params.hots: cannot use ... (did you mean 'host'?)"
std::string to_string(const Problem& problem);

struct Problems {
  std::vector<Problem> list;  ///< at most kMost; more are counted only
  std::size_t errors = 0;
  std::size_t warnings = 0;
  static constexpr std::size_t kMost = 100;
  bool ok() const { return errors == 0; }
  void add(Problem problem);
};

/// Reads holter.yml (`path` empty: defaults) and the overrides in `environment` ("NAME=value", other names ignored;
/// an unknown HOLTER_* name is a warning). Relative paths in it are relative to the file's directory.
/// With errors in `problems` the returned value must not be used.
Config load_config(const std::string& path, std::span<const std::string> environment, Problems& problems);

/// What a protocol's block may hold; define/ gets it from collect/ through app/.
struct ProtocolKeys {
  std::string_view protocol;
  std::string_view block;
  std::vector<std::string_view> keys;
  std::vector<std::string_view> required;
};

/// Definitions by app (lower case). Shared by all monitors of the app.
class Registry {
 public:
  void add(std::shared_ptr<const model::Definition> definition);  ///< replaces one of the same app
  std::shared_ptr<const model::Definition> find(std::string_view app) const;
  std::vector<std::string_view> apps() const;  ///< sorted
  std::size_t size() const { return definitions_.size(); }

 private:
  std::vector<std::shared_ptr<const model::Definition>> definitions_;  // sorted by app
};

/// Reads one definition (format: docs/definitions.md). Null with errors in `problems`.
std::shared_ptr<const model::Definition> load_definition(const std::string& path, std::string_view text,
                                                         std::span<const ProtocolKeys> protocols, Problems& problems);

/// Reads all *.yml below `directory`, in path order.
Registry load_definitions(const std::string& directory, std::span<const ProtocolKeys> protocols, Problems& problems);

/// Reads monitors from a file, or from each *.yml of a directory in name order. Streams: memory stays a small multiple
/// of the result, also with 100,000 monitors in a file. Checks: known keys, unique names over all files, app exists,
/// parameters exist, required ones present, values valid for their type (range, options, limit, host syntax), interval
/// at least `min_interval`. Monitors with equal labels share one Labels object.
std::vector<model::Monitor> load_monitors(const std::string& path, const Registry& registry,
                                          std::chrono::milliseconds min_interval, Problems& problems);

/// A set of a monitor with every ^_^x^_^ replaced (format section 2.1): what a protocol compiles a probe from.
struct ResolvedSet {
  const model::SetDef* set = nullptr;  ///< fields, priority...: of the definition
  std::vector<std::string> aliases;
  std::vector<model::Calculate> calculates;
  std::vector<model::UnitRule> units;
  model::Node block;
};
ResolvedSet resolve(const model::SetDef& set, const model::Monitor& monitor);

}  // namespace holter::define
