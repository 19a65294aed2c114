#include "catalog/monitors.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "catalog/monitor_rows.h"
#include "catalog/rules.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

constexpr std::size_t kMostMonitorBytes = 64 * 1024;
constexpr std::size_t kMostEntries = 256;
constexpr std::size_t kMostParents = 64;

Error refused(const Monitor& monitor, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot store the monitor '{}': {}", monitor.name, why)};
}

template <class List, class Key>
bool sort_unique(List& list, Key key) {
  std::ranges::sort(list, {}, key);
  return std::ranges::adjacent_find(list, {}, key) == list.end();
}

Status check_labels(const Monitor& monitor, std::string_view what, model::Labels& labels) {
  if (labels.size() > kMostEntries) return refused(monitor, fmt::format("more than {} {}s", kMostEntries, what));
  for (const auto& [key, value] : labels) {
    TRY_OK(check_name(what, key));
    TRY_OK(check_text(what, value, kMostDescription));
  }
  if (!sort_unique(labels, &model::Labels::value_type::first))
    return refused(monitor, fmt::format("it has a {} twice", what));
  return {};
}

Status check_params(const Monitor& monitor, std::vector<MonitorParam>& params) {
  if (params.size() > kMostEntries) return refused(monitor, fmt::format("more than {} parameters", kMostEntries));
  for (const auto& param : params) {
    TRY_OK(check_name("parameter", param.field));
    TRY_OK(check_text("type of a parameter", param.type, kMostName));
    if (!param.sealed) TRY_OK(check_text(fmt::format("parameter '{}'", param.field), param.value, kMostValue));
  }
  if (!sort_unique(params, &MonitorParam::field)) return refused(monitor, "it has a parameter twice");
  return {};
}

/// Sorts the lists; errors: kInvalidArgument.
Status check(Monitor& monitor) {
  TRY_OK(check_name("monitor name", monitor.name));
  TRY_OK(check_name("app", monitor.app));
  TRY_OK(check_text("cron text", monitor.cron, kMostName));
  TRY_OK(check_text("description", monitor.description, kMostDescription));
  TRY_OK(check_name("owner", monitor.owner, kMostPath));
  TRY_OK(check_text("folder", monitor.folder, kMostPath));
  TRY_OK(check_labels(monitor, "label", monitor.labels));
  TRY_OK(check_labels(monitor, "annotation", monitor.annotations));
  TRY_OK(check_params(monitor, monitor.params));
  if (monitor.interval.count() <= 0) return refused(monitor, "its interval is not above 0");
  if (monitor.parents.size() + monitor.file_parents.size() > kMostParents)
    return refused(monitor, fmt::format("more than {} parents", kMostParents));
  for (const auto& parent : monitor.file_parents) TRY_OK(check_name("parent", parent));
  if (!sort_unique(monitor.parents, std::identity()) || !sort_unique(monitor.file_parents, std::identity()))
    return refused(monitor, "it has a parent twice");
  if (auto size = size_of(monitor); size > kMostMonitorBytes)
    return refused(monitor, fmt::format("it has {} bytes, and {} are the most", size, kMostMonitorBytes));
  return {};
}

std::vector<long long> parents_of(soci::session& sql, long long id) {
  std::vector<long long> parents(kMostParents);
  sql << "SELECT parent_id FROM monitor_parents WHERE monitor_id = :id", use(id, "id"), into(parents);
  return parents;
}

std::string name_of(soci::session& sql, long long id) {
  std::string name;
  sql << "SELECT name FROM monitors WHERE id = :id", use(id, "id"), into(name);
  return name;
}

/// Errors: kInvalidArgument when the monitor depends on itself; what is stored besides has no cycle.
Status check_acyclic(soci::session& sql, const Monitor& monitor) {
  auto self = static_cast<long long>(monitor.id.value);
  std::unordered_map<long long, long long> reached_from;
  std::vector<long long> open{self};
  while (!open.empty()) {
    auto id = open.back();
    open.pop_back();
    for (auto parent : parents_of(sql, id)) {
      if (parent == self) {
        std::string way = monitor.name;
        for (auto at = id; at != self; at = reached_from[at]) way.insert(0, name_of(sql, at) + " -> ");
        return refused(monitor, fmt::format("it would depend on itself: {} -> {}", monitor.name, way));
      }
      if (reached_from.try_emplace(parent, id).second) open.push_back(parent);
    }
  }
  return {};
}

/// Why an update of that monitor and version changed nothing.
Error not_updated(soci::session& sql, MonitorId id, std::uint64_t expected, std::string_view what) {
  auto key = static_cast<long long>(id.value);
  long long version = 0;
  sql << "SELECT version FROM monitors WHERE id = :id", use(key, "id"), into(version);
  if (!sql.got_data())
    return {ErrorCode::kNotFound, fmt::format("cannot {}: there is no monitor with the id {}", what, id.value)};
  return {ErrorCode::kConflict,
          fmt::format("cannot {}: it is version {} now, and version {} was to be changed", what, version, expected)};
}

Result<Monitor> insert(MonitorWriter& writer, Transaction& transaction, Monitor monitor, std::uint64_t id,
                       const Completion& complete) {
  monitor.id = MonitorId{id};
  if (complete) TRY_OK(complete(monitor));
  TRY_OK(check(monitor));
  monitor.version = 1;
  monitor.created = monitor.updated = transaction.now();
  monitor.created_by = monitor.updated_by = transaction.who();
  writer.insert(monitor);
  return monitor;
}

/// With the lists sorted; owner and creation are as `monitor` has them.
Result<Monitor> update(soci::session& sql, MonitorWriter& writer, Transaction& transaction, Monitor monitor) {
  TRY_OK(check(monitor));
  auto expected = monitor.version;
  monitor.version = expected + 1;
  monitor.updated = transaction.now();
  monitor.updated_by = transaction.who();
  if (!writer.update(monitor, expected))
    return not_updated(sql, monitor.id, expected, fmt::format("change the monitor '{}'", monitor.name));
  return monitor;
}

/// What happens to those that depend on a monitor which goes.
void part_from_children(Transaction& transaction, soci::session& sql, long long id) {
  long long now = epoch_ms(transaction.now());
  sql << "UPDATE monitors SET version = version + 1, updated_ms = :now, updated_by = :who WHERE id IN "
         "(SELECT monitor_id FROM monitor_parents WHERE parent_id = :id)",
      use(now, "now"), use(transaction.who(), "who"), use(id, "id");
}

std::string storing(const Monitor& monitor) {
  return fmt::format("store the monitor '{}'", monitor.name.substr(0, kMostName));
}

/// True when the edit changes something.
bool apply(const MonitorEdit& edit, Monitor& monitor) {
  auto before = monitor;
  if (edit.paused) monitor.paused = *edit.paused;
  if (edit.interval) monitor.interval = *edit.interval;
  if (edit.cron) monitor.cron = *edit.cron;
  if (edit.criticality) monitor.criticality = *edit.criticality;
  if (edit.folder) monitor.folder = *edit.folder;
  auto remove = [&](const std::string& key) {
    std::erase_if(monitor.labels, [&](const auto& label) { return label.first == key; });
  };
  for (const auto& key : edit.remove_labels) remove(key);
  for (const auto& label : edit.set_labels) {
    remove(label.first);
    monitor.labels.push_back(label);
  }
  std::ranges::sort(monitor.labels);
  return !(monitor == before);
}

Status folder_exists(soci::session& sql, const std::string& path) {
  int found = 0;
  sql << "SELECT count(*) FROM folders WHERE path = :path", use(path, "path"), into(found);
  if (found == 0)
    return Error(ErrorCode::kNotFound, fmt::format("cannot edit monitors: there is no folder '{}'", path));
  return {};
}

}  // namespace

Result<Monitor> create_monitor(Transaction& transaction, Monitor monitor, const Completion& complete) {
  return guarded(transaction.database(), storing(monitor), [&](soci::session& sql) -> Result<Monitor> {
    MonitorWriter writer(sql);
    return insert(writer, transaction, std::move(monitor), take_ids(sql, "monitor", 1), complete);
  });
}

Result<Monitor> update_monitor(Transaction& transaction, Monitor monitor) {
  return guarded(transaction.database(), storing(monitor), [&](soci::session& sql) -> Result<Monitor> {
    MonitorWriter writer(sql);
    TRY(auto stored, update(sql, writer, transaction, std::move(monitor)));
    TRY_OK(check_acyclic(sql, stored));
    TRY(auto found, MonitorReader(sql).read(MonitorId{stored.id.value - 1}, stored.id));
    return std::move(found.front());
  });
}

Status delete_monitor(Transaction& transaction, MonitorId id, std::optional<std::uint64_t> version) {
  auto what = fmt::format("delete the monitor with the id {}", id.value);
  return guarded(transaction.database(), what, [&](soci::session& sql) -> Status {
    auto key = static_cast<long long>(id.value);
    long long stored = 0;
    sql << "SELECT version FROM monitors WHERE id = :id", use(key, "id"), into(stored);
    if (!sql.got_data() || (version && static_cast<std::uint64_t>(stored) != *version))
      return not_updated(sql, id, version.value_or(0), what);
    part_from_children(transaction, sql, key);
    sql << "DELETE FROM monitors WHERE id = :id", use(key, "id");
    return {};
  });
}

Result<std::vector<MonitorId>> create_monitors(Transaction& transaction, std::vector<Monitor> monitors,
                                               const Completion& complete) {
  std::string at = "store monitors";
  return guarded(transaction.database(), at, [&](soci::session& sql) -> Result<std::vector<MonitorId>> {
    MonitorWriter writer(sql);
    auto id = take_ids(sql, "monitor", monitors.size());
    std::vector<MonitorId> ids;
    ids.reserve(monitors.size());
    for (auto& monitor : monitors) {
      at = storing(monitor);
      TRY(auto stored, insert(writer, transaction, std::move(monitor), id++, complete));
      ids.push_back(stored.id);
    }
    return ids;
  });
}

Status update_monitors(Transaction& transaction, std::vector<Monitor> monitors) {
  std::string at = "change monitors";
  return guarded(transaction.database(), at, [&](soci::session& sql) -> Status {
    MonitorWriter writer(sql);
    for (const auto& monitor : monitors) {
      at = storing(monitor);
      TRY_OK(update(sql, writer, transaction, monitor));
    }
    for (const auto& monitor : monitors)
      if (!monitor.parents.empty()) TRY_OK(check_acyclic(sql, monitor));
    return {};
  });
}

Status delete_monitors(Transaction& transaction, std::span<const MonitorId> ids) {
  for (auto id : ids) TRY_OK(delete_monitor(transaction, id));
  return {};
}

Result<EditCount> edit_monitors(Transaction& transaction, std::span<const MonitorId> ids, const MonitorEdit& edit,
                                bool dry_run) {
  std::string at = "edit monitors";
  return guarded(transaction.database(), at, [&](soci::session& sql) -> Result<EditCount> {
    if (edit.folder) TRY_OK(folder_exists(sql, *edit.folder));
    MonitorReader reader(sql);
    MonitorWriter writer(sql);
    EditCount count;
    for (auto id : ids) {
      TRY(auto found, reader.read(MonitorId{id.value - 1}, id));
      if (found.empty()) {
        ++count.missing;
        continue;
      }
      ++count.found;
      auto& monitor = found.front();
      if (!apply(edit, monitor)) continue;
      ++count.changed;
      at = storing(monitor);
      if (dry_run) {
        TRY_OK(check(monitor));
      } else {
        TRY_OK(update(sql, writer, transaction, std::move(monitor)));
      }
    }
    return count;
  });
}

}  // namespace holter::catalog
