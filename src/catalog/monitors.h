#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "catalog/database.h"
#include "model/monitor.h"

namespace holter::catalog {

/// A parameter that the user gave.
struct MonitorParam {
  std::string field;
  std::string type;     ///< as its definition says: "host", "number", "password"...
  std::string value;    ///< sealed: any bytes, which mean nothing in here
  bool sealed = false;  ///< the value is a secret that was encrypted before it came here

  friend bool operator==(const MonitorParam&, const MonitorParam&) = default;
};

/// A monitor as users own it. Bounds: 64 KiB in all, 256 parameters, labels and annotations each, 64 parents of
/// both kinds.
struct Monitor {
  MonitorId id;      ///< given when it is created; below 2^63; never changed, and never given again
  std::string name;  ///< unique; upper and lower case differ
  std::string app;
  bool paused = false;  ///< by the user
  std::chrono::milliseconds interval{60'000};
  std::string cron;  ///< empty: by the interval
  model::Criticality criticality = model::Criticality::kNormal;
  std::string folder;  ///< path; "" is the root
  model::Labels labels;
  model::Labels annotations;
  std::string description;
  std::string owner = "ui";  ///< "ui", "api", or the file that it comes from; kept by updates
  std::vector<MonitorParam> params;
  std::vector<MonitorId> parents;  ///< what it depends on; never itself, by whatever way round
  /// Names of monitors that files have, on which it depends, too. The catalog does not know whether there are such.
  std::vector<std::string> file_parents;

  // Set when it is stored.
  std::uint64_t version = 0;  ///< 1, and one more for each change
  WallTime created{}, updated{};
  std::string created_by, updated_by;

  friend bool operator==(const Monitor&, const Monitor&) = default;
};

/// Completes a new monitor whose id has just been given, before it is stored: a secret is sealed for the id that it
/// belongs to. May run more than once, each time on what the caller of create_monitor() gave. An error ends the
/// creation.
using Completion = std::function<Status(Monitor& monitor)>;

/// Stores a new monitor and returns it as stored: with its id, version 1, lists sorted. Errors: kConflict (the name),
/// kNotFound (folder, parent), kInvalidArgument; those of `complete`.
Result<Monitor> create_monitor(Transaction& transaction, Monitor monitor, const Completion& complete = {});
/// Replaces the monitor of that id, if it still has `monitor.version` (compare and swap); returns it as stored. Owner
/// and creation stay. Errors: kConflict also where the version differs, and names both; kInvalidArgument for a cycle of
/// parents, and names the way round.
Result<Monitor> update_monitor(Transaction& transaction, Monitor monitor);
/// Whoever depends on it does so no longer, which is a change of that monitor. With a `version` only if it still has
/// that one.
Status delete_monitor(Transaction& transaction, MonitorId id, std::optional<std::uint64_t> version = std::nullopt);

/// Many at once, all or none; an error names the one that it is about. Ids, in order.
Result<std::vector<MonitorId>> create_monitors(Transaction& transaction, std::vector<Monitor> monitors,
                                               const Completion& complete = {});
/// Parents are checked when all have been written.
Status update_monitors(Transaction& transaction, std::vector<Monitor> monitors);
Status delete_monitors(Transaction& transaction, std::span<const MonitorId> ids);

/// The same change to many monitors. What is not set stays as it is.
struct MonitorEdit {
  std::optional<bool> paused;
  std::optional<std::chrono::milliseconds> interval;
  std::optional<std::string> cron;
  std::optional<model::Criticality> criticality;
  std::optional<std::string> folder;
  model::Labels set_labels;
  std::vector<std::string> remove_labels;
};
struct EditCount {
  std::size_t found = 0;
  std::size_t changed = 0;  ///< those that were not so already
  std::size_t missing = 0;  ///< ids of no monitor
  friend bool operator==(const EditCount&, const EditCount&) = default;
};
/// Edits those of `ids` that exist. With `dry_run` nothing is written and the counts are what would come out; what can
/// be refused without writing is.
Result<EditCount> edit_monitors(Transaction& transaction, std::span<const MonitorId> ids, const MonitorEdit& edit,
                                bool dry_run);

/// Errors: kNotFound.
Result<Monitor> find_monitor(Database& database, MonitorId id);
Result<Monitor> find_monitor(Database& database, const std::string& name);
Result<std::size_t> count_monitors(Database& database);
/// Whether any parameter, or anything of a receiver, is sealed: then its key must be there.
Result<bool> has_sealed_params(Database& database);

struct PageLimits {
  std::size_t monitors = 1000;
  std::size_t bytes = 1 << 20;  ///< of their texts
};
/// Monitors with ids above `after`, by id: as many as the limits allow and at least one; empty at the end. For reading
/// all of them with bounded memory.
Result<std::vector<Monitor>> read_monitors(Database& database, MonitorId after, const PageLimits& limits = {});

}  // namespace holter::catalog
