#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "define/definitions.h"
#include "define/placement.h"
#include "define/problem.h"
#include "define/yaml.h"
#include "model/monitor.h"

namespace holter::define {

/// Reads monitors from a file, or from each *.yml of a directory in name order. Streams: memory stays a small multiple
/// of the result, also with 100,000 monitors in a file. Checks: known keys, unique names over all files, app exists,
/// parameters exist, required ones present, values valid for their type (range, options, limit, host syntax), interval
/// at least `min_interval`; no monitor depends on itself, by whatever way round. Monitors with equal labels share one
/// Labels object.
std::vector<model::Monitor> load_monitors(const std::string& path, const Registry& registry,
                                          std::chrono::milliseconds min_interval, Problems& problems);

/// The files that monitors were read from. Numbers stay: files that are read for the first time are added.
struct MonitorFiles {
  std::vector<std::string> names;
  std::uint16_t current = 0;  ///< that the sink's monitor stands in: an index into `names`, plus 1
  Placement place;            ///< of the sink's monitor
  /// Set at the end of a reading: parents that stand in no file. The catalog may have them.
  std::vector<Dependencies::Missing> missing;
};

/// Takes a monitor that is valid so far; false ends the reading (who refuses adds the reason to the problems).
using MonitorSink = std::function<bool(model::Monitor&&)>;

/// The same, one by one, so that only the taker decides what is held. Where a later one has an error, earlier ones have
/// been handed over already: look at the problems before using them. `files` tells the sink where a monitor stands;
/// null: nobody asks.
void load_monitors(const std::string& path, const Registry& registry, std::chrono::milliseconds min_interval,
                   Problems& problems, const MonitorSink& sink, MonitorFiles* files = nullptr);

/// The same from a text; `name` stands for it in messages.
std::vector<model::Monitor> load_monitors_text(const std::string& name, std::string_view text, const Registry& registry,
                                               std::chrono::milliseconds min_interval, Problems& problems);

/// Reads monitors that stand in no file, with the same checks of each. Monitors with equal labels or cron texts share
/// them as long as the reader lives. Threads: one. Lifetime: the registry must outlive it.
class MonitorReader {
 public:
  MonitorReader(const Registry& registry, std::chrono::milliseconds min_interval);
  ~MonitorReader();
  MonitorReader(const MonitorReader&) = delete;
  MonitorReader& operator=(const MonitorReader&) = delete;

  /// An element of a file's list, as a tree. The monitor has no id yet; where it belongs goes to `place`, if asked for.
  /// Nothing with errors in `problems`, whose keys are those of the element: "name", "params.port".
  std::optional<model::Monitor> read(const YamlNode& element, Problems& problems, Placement* place = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All parameters of a monitor of `definition` from "key=value" texts, as `holter probe` takes them; checked like those
/// of a file.
std::vector<std::pair<std::uint16_t, std::string>> parse_params(const model::Definition& definition,
                                                                std::span<const std::string> texts, Problems& problems);

}  // namespace holter::define
