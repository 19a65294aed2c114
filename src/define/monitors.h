#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "define/definitions.h"
#include "define/problem.h"
#include "model/monitor.h"

namespace holter::define {

/// Reads monitors from a file, or from each *.yml of a directory in name order. Streams: memory stays a small multiple
/// of the result, also with 100,000 monitors in a file. Checks: known keys, unique names over all files, app exists,
/// parameters exist, required ones present, values valid for their type (range, options, limit, host syntax), interval
/// at least `min_interval`. Monitors with equal labels share one Labels object.
std::vector<model::Monitor> load_monitors(const std::string& path, const Registry& registry,
                                          std::chrono::milliseconds min_interval, Problems& problems);

/// Takes a monitor that is valid so far; false ends the reading (who refuses adds the reason to the problems).
using MonitorSink = std::function<bool(model::Monitor&&)>;

/// The same, one by one, so that only the taker decides what is held. Where a later one has an error, earlier ones have
/// been handed over already: look at the problems before using them.
void load_monitors(const std::string& path, const Registry& registry, std::chrono::milliseconds min_interval,
                   Problems& problems, const MonitorSink& sink);

/// The same from a text; `name` stands for it in messages.
std::vector<model::Monitor> load_monitors_text(const std::string& name, std::string_view text, const Registry& registry,
                                               std::chrono::milliseconds min_interval, Problems& problems);

/// All parameters of a monitor of `definition` from "key=value" texts, as `holter probe` takes them; checked like those
/// of a file.
std::vector<std::pair<std::uint16_t, std::string>> parse_params(const model::Definition& definition,
                                                                std::span<const std::string> texts, Problems& problems);

}  // namespace holter::define
