#include "app/owned_monitors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/circles.h"
#include "app/monitor_audit.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/units.h"
#include "catalog/folders.h"

// Changes that users ask for; how the fleet follows is in owned_fleet.cc.
namespace holter::app {
namespace {

namespace asio = boost::asio;
using api::Answered;
using api::MonitorDetail;
using api::Problem;

constexpr unsigned kRetrySeconds = 2;
/// How often a change that is of no certain version is tried again when another came first.
constexpr int kTries = 4;

Problem other_version(const catalog::Monitor& monitor, std::uint64_t version) {
  return {412,
          fmt::format("cannot change the monitor '{}': it is version {} now, and version {} was to be changed",
                      excerpt(monitor.name), monitor.version, version),
          "If-Match", 0};
}

/// The fleet knows one that its file has no longer by its id alone.
void show_parent_of_file(std::vector<api::ParentState>& parents, const std::string& name) {
  auto found = std::ranges::find(parents, std::optional(MonitorId{stable_hash(name)}), &api::ParentState::id);
  if (found == parents.end()) {
    parents.push_back({.id = std::nullopt, .name = name});
  } else if (found->name.empty()) {
    *found = {.id = std::nullopt, .name = name};
  }
}

}  // namespace

std::size_t OwnedMonitors::bytes_of(const catalog::Monitor& monitor) {
  auto bytes = sizeof(catalog::Monitor) + monitor.name.size() + monitor.description.size() + monitor.folder.size() +
               monitor.parents.size() * sizeof(MonitorId);
  for (const auto& parent : monitor.file_parents) bytes += sizeof(parent) + parent.size();
  for (const auto& param : monitor.params) bytes += sizeof(param) + param.field.size() + param.value.size();
  for (const auto& [key, value] : monitor.labels) bytes += sizeof(monitor.labels[0]) + key.size() + value.size();
  for (const auto& [key, value] : monitor.annotations) bytes += sizeof(monitor.labels[0]) + key.size() + value.size();
  return bytes;
}

OwnedMonitors::OwnedMonitors(Parts parts)
    : parts_(std::move(parts)),
      store_(parts_.definitions, parts_.config, parts_.keyring),
      replies_(parts_.clock, parts_.replies),
      tasks_(parts_.control) {}

OwnedMonitors::~OwnedMonitors() {
  parts_.faults.release(fault_bytes_);
}

Answered<void> OwnedMonitors::may_change() const {
  if (parts_.reloading()) return Problem{503, "cannot change monitors while a reload is under way", "", kRetrySeconds};
  if (catching_up_)
    return Problem{503, "cannot change monitors while all are compared with the catalog", "", kRetrySeconds};
  return {};
}

Answered<void> OwnedMonitors::check_not_of_file(MonitorId id) const {
  auto slot = parts_.fleet.monitors().find(id);
  if (!slot) return {};
  const auto& watched = parts_.fleet.monitors().at(*slot);
  if (watched.file == 0) return {};
  return Problem{409,
                 fmt::format("cannot change the monitor '{}' here: it stands in {}; change it there and reload",
                             excerpt(watched.monitor.name), parts_.files.names.at(watched.file - 1U)),
                 "id", 0};
}

Answered<void> OwnedMonitors::check_name_is_free(const std::string& name) const {
  auto slot = parts_.fleet.monitors().find({stable_hash(name)});
  if (!slot) return {};
  const auto& watched = parts_.fleet.monitors().at(*slot);
  if (watched.file == 0) return {};
  return Problem{409,
                 fmt::format("cannot use the name '{}': the monitor of {} has it", excerpt(name),
                             parts_.files.names.at(watched.file - 1U)),
                 "name", 0};
}

/// A monitor that runs commands on this machine may do what Holter may, so that only an admin makes or changes one.
Answered<void> OwnedMonitors::check_role(const Caller& caller, access::Role least, const Checked& checked) const {
  auto what = fmt::format("change the monitor '{}'", excerpt(checked.stored.name));
  if (auto may = access::require_role_in(caller.who, least, checked.stored.folder, what); !may) return may.error();
  bool runs_commands =
      std::ranges::any_of(checked.model.definition->sets, [](const auto& set) { return set.protocol == "script"; });
  if (!runs_commands || least < access::Role::kEditor) return {};
  if (auto may = access::require_role(caller.who, access::Role::kAdmin, what); !may) return may.error();
  return {};
}

OwnedMonitors::Answer<void> OwnedMonitors::find_place(Checked& checked, MonoTime deadline) {
  auto& stored = checked.stored;
  bool anew = !checked.depends_on.empty();
  take_parents_of_files(checked);
  if (stored.folder.empty() && checked.depends_on.empty()) co_return Answered<void>();
  struct Found {
    bool folder = false;
    std::vector<MonitorId> parents;
    std::vector<std::string> missing;
  };
  auto look = [folder = stored.folder, names = checked.depends_on](catalog::Database& database) -> Result<Found> {
    Found found;
    TRY(found.folder, catalog::has_folder(database, folder));
    for (const auto& name : names) {
      auto parent = catalog::find_monitor(database, name);
      if (!parent && parent.error().code() != ErrorCode::kNotFound) return std::move(parent).error();
      if (parent)
        found.parents.push_back(parent->id);
      else
        found.missing.push_back(name);
    }
    return found;
  };
  auto found = co_await parts_.catalog.read<Found>(
      std::move(look), {fmt::format("look for the folder and the parents of '{}'", excerpt(stored.name)), deadline});
  if (!found) co_return found.error();
  if (!found->folder)
    co_return Problem{
        400, fmt::format("cannot use the folder '{}': there is no such folder; make it first", excerpt(stored.folder)),
        "folder", 0};
  for (auto& name : found->missing) {
    if (std::ranges::find(checked.former, name) == checked.former.end())
      co_return Problem{400, fmt::format("cannot depend on '{}': there is no such monitor", excerpt(name)),
                        "depends_on", 0};
    stored.file_parents.push_back(std::move(name));  // its file may have it again
  }
  if (anew) stored.parents = std::move(found->parents);
  co_return Answered<void>();
}

void OwnedMonitors::take_parents_of_files(Checked& checked) const {
  std::erase_if(checked.depends_on, [&](const std::string& name) {
    auto slot = parts_.fleet.find(name);
    if (!slot || parts_.fleet.monitors().at(*slot).file == 0) return false;
    checked.stored.file_parents.push_back(name);
    return true;
  });
}

Answered<void> OwnedMonitors::check_circle(const Checked& checked) const {
  const auto& stored = checked.stored;
  auto way = Circles(parts_.fleet).way_round({stored.id, stored.name, all_parents(stored), {}});
  if (way.empty()) return {};
  return Problem{400, fmt::format("cannot let '{}' depend on itself: {}", excerpt(stored.name), way), "depends_on", 0};
}

Answered<api::AdmissionAnswer> OwnedMonitors::admission(const model::Monitor& monitor) {
  auto share = parts_.fleet.try_out_share(monitor);
  if (!share) return Problem{400, share.error().message(), "params", 0};
  auto left = parts_.governor.bytes_left();
  return admit(
      {.app = monitor.definition->app, .interval_ms = monitor.interval.count(), .criticality = monitor.criticality},
      *monitor.definition, cost_of(monitor, share->job),
      {.bytes = left - std::min<std::uint64_t>(left, share->shared),
       .pings_now = parts_.load,
       .pings_most = kPingsPerShard * static_cast<double>(parts_.shards.size())});
}

/// What went wrong with the catalog. Where something may have been stored nevertheless, the fleet finds out.
Problem OwnedMonitors::failed(const Error& error) {
  auto problem = api::to_problem(error);
  switch (error.code()) {
    case ErrorCode::kConflict:
      problem.parameter = "name";
      break;
    case ErrorCode::kInvalidArgument:
      if (error.message().contains("depend on itself")) problem.parameter = "depends_on";
      break;
    case ErrorCode::kNotFound:
    case ErrorCode::kResourceExhausted:
      break;
    default:
      behind_ = true;
  }
  return problem;
}

OwnedMonitors::Answer<catalog::Monitor> OwnedMonitors::stored(MonitorId id, Caller caller) {
  auto found = co_await parts_.catalog.read<catalog::Monitor>(
      [id](catalog::Database& database) { return catalog::find_monitor(database, id); },
      {fmt::format("find the monitor {:016x}", id.value), caller.deadline});
  if (found) co_return std::move(*found);
  if (found.error().code() != ErrorCode::kNotFound) co_return found.error();
  co_return Problem{404, fmt::format("cannot find the monitor {:016x}", id.value), "id", 0};
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::find(MonitorId id, Caller caller) {
  CO_TRY(auto monitor, co_await stored(id, caller));
  if (auto may = access::require_role_in(caller.who, access::Role::kViewer, monitor.folder, "see this monitor"); !may)
    co_return may.error();
  co_return shown(monitor);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::create(define::YamlNode fields, Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY(auto checked, store_.read(std::move(fields), nullptr, MonitorStore::Keep::kFresh));
  co_return co_await create_checked(std::move(checked), caller);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::create_checked(Checked checked, Caller caller) {
  CO_TRY_OK(check_role(caller, access::Role::kEditor, checked));
  CO_TRY_OK(check_name_is_free(checked.stored.name));
  CO_TRY_OK(co_await find_place(checked, caller.deadline));
  CO_TRY_OK(check_circle(checked));
  CO_TRY(auto answer, admission(checked.model));
  if (answer.bytes_wanted > answer.bytes_left)
    co_return Problem{503, "cannot take one more monitor: " + answer.text, "", 10};
  catalog::Call call{fmt::format("create the monitor '{}'", excerpt(checked.stored.name)), caller.deadline,
                     bytes_of(checked.stored)};
  auto work = [monitor = std::move(checked.stored), fresh = std::move(checked.fresh),
               keyring = &parts_.keyring](catalog::Transaction& transaction) -> Result<catalog::Monitor> {
    TRY(auto stored, catalog::create_monitor(transaction, monitor, [&](catalog::Monitor& complete) {
          return MonitorStore::seal(*keyring, complete, fresh);
        }));
    TRY_OK(note_change(transaction, "monitor.create", {}, stored));
    return stored;
  };
  auto created =
      co_await parts_.catalog.write<catalog::Monitor>(caller.who.account(), std::move(work), std::move(call));
  if (!created) co_return failed(created.error());
  checked.model.id = created->id;
  put(std::move(checked.model), &*created, "");
  co_return shown(*created);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::replace(MonitorId id, Version version, define::YamlNode fields,
                                                            Caller caller) {
  auto make = [this, fields = std::move(fields)](const catalog::Monitor& before) {
    return store_.read(fields, &before, MonitorStore::Keep::kSealed);
  };
  return change(id, version, access::Role::kEditor, std::move(make), caller);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::patch(MonitorId id, Version version, define::YamlNode fields,
                                                          Caller caller) {
  auto make = [this, fields = std::move(fields)](const catalog::Monitor& before) {
    return store_.read(MonitorStore::patched(MonitorStore::fields_of(before), fields), &before,
                       MonitorStore::Keep::kSealed);
  };
  return change(id, version, access::Role::kEditor, std::move(make), caller);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::set_paused(MonitorId id, Version version, bool paused,
                                                               Caller caller) {
  auto make = [this, paused](const catalog::Monitor& before) -> Answered<Checked> {
    Checked checked{.stored = before};
    checked.stored.paused = paused;
    // One that cannot be run may be paused all the same.
    define::MonitorReader reader(parts_.definitions, parts_.config.collect.min_interval);
    checked.model = ready(checked.stored, reader);
    return checked;
  };
  return change(id, version, access::Role::kOperator, std::move(make), caller);
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::change(MonitorId id, Version version, access::Role least, Make make,
                                                           Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY_OK(check_not_of_file(id));
  for (int i = 0;; ++i) {
    CO_TRY(auto before, co_await stored(id, caller));
    if (version && *version != before.version) co_return other_version(before, *version);
    CO_TRY(auto checked, make(before));
    // As it was and as it will be: nobody takes a monitor out of a folder that is not his, or puts one there.
    CO_TRY_OK(check_role(caller, least, Checked{.stored = before, .model = checked.model}));
    CO_TRY_OK(check_role(caller, least, checked));
    if (checked.stored.name != before.name) CO_TRY_OK(check_name_is_free(checked.stored.name));
    bool other_place = checked.stored.name != before.name || !checked.depends_on.empty();
    CO_TRY_OK(co_await find_place(checked, caller.deadline));
    if (other_place) CO_TRY_OK(check_circle(checked));
    if (auto possible = parts_.fleet.try_out(checked.model); !possible)
      co_return Problem{400, possible.error().message(), "params", 0};
    CO_TRY(auto written, co_await write(checked, caller));
    if (!written && (version || i >= kTries))
      co_return Problem{412,
                        fmt::format("cannot change the monitor '{}': it was changed meanwhile", excerpt(before.name)),
                        "If-Match", 0};
    if (!written) continue;
    const auto* reason = checked.model.definition->sets.empty() ? fault(id) : nullptr;
    put(std::move(checked.model), &*written, reason != nullptr ? *reason : "");
    co_return shown(*written);
  }
}

OwnedMonitors::Answer<std::optional<catalog::Monitor>> OwnedMonitors::write(const Checked& checked, Caller caller) {
  using Written = std::optional<catalog::Monitor>;
  auto work = [monitor = checked.stored, fresh = checked.fresh,
               keyring = &parts_.keyring](catalog::Transaction& transaction) -> Result<Written> {
    TRY(auto now, catalog::find_monitor(transaction.database(), monitor.id));
    if (now.version != monitor.version) return Written();
    auto sealed = monitor;
    TRY_OK(MonitorStore::seal(*keyring, sealed, fresh));
    TRY(auto stored, catalog::update_monitor(transaction, std::move(sealed)));
    TRY_OK(note_change(transaction, "monitor.update", now, stored));
    return Written(std::move(stored));
  };
  catalog::Call call{fmt::format("change the monitor '{}'", excerpt(checked.stored.name)), caller.deadline,
                     bytes_of(checked.stored)};
  auto written = co_await parts_.catalog.write<Written>(caller.who.account(), std::move(work), std::move(call));
  if (!written) co_return failed(written.error());
  co_return std::move(*written);
}

OwnedMonitors::Answer<void> OwnedMonitors::remove(MonitorId id, Version version, Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY_OK(check_not_of_file(id));
  CO_TRY(auto before, co_await stored(id, caller));
  if (version && *version != before.version) co_return other_version(before, *version);
  if (auto may = access::require_role_in(caller.who, access::Role::kEditor, before.folder,
                                         fmt::format("delete the monitor '{}'", excerpt(before.name)));
      !may)
    co_return may.error();
  auto work = [id, version](catalog::Transaction& transaction) -> Result<bool> {
    TRY(auto now, catalog::find_monitor(transaction.database(), id));
    TRY_OK(catalog::delete_monitor(transaction, id, version));
    TRY_OK(note_change(transaction, "monitor.delete", now, {}));
    return true;
  };
  auto removed = co_await parts_.catalog.write<bool>(
      caller.who.account(), std::move(work),
      {fmt::format("delete the monitor '{}'", excerpt(before.name)), caller.deadline});
  if (!removed && removed.error().code() == ErrorCode::kConflict)
    co_return Problem{412, removed.error().message(), "If-Match", 0};
  if (!removed) co_return failed(removed.error());
  if (auto slot = parts_.fleet.monitors().find(id)) take_off(*slot);
  parts_.fleet.forget_parent(id);
  note_fault(id, "");
  flush_soon();
  co_return Answered<void>();
}

OwnedMonitors::Answer<MonitorDetail> OwnedMonitors::clone(MonitorId id, define::YamlNode fields, Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY_OK(check_not_of_file(id));
  CO_TRY(auto original, co_await stored(id, caller));
  bool named = fields.find("name") != nullptr;
  auto merged = MonitorStore::patched(MonitorStore::fields_of(original), std::move(fields));
  if (!named)
    for (std::size_t i = 0; i < merged.keys.size(); ++i)
      if (merged.keys[i].text == "name") merged.items[i].text += " (copy)";
  CO_TRY(auto checked, store_.read(std::move(merged), &original, MonitorStore::Keep::kFresh));
  auto& fresh = checked.stored;
  fresh.id = checked.model.id = {};
  fresh.version = 0;
  fresh.owner = "api";
  co_return co_await create_checked(std::move(checked), caller);
}

OwnedMonitors::Answer<api::TrialReport> OwnedMonitors::test(define::YamlNode fields, Caller caller) {
  CO_TRY(auto checked, store_.read(std::move(fields), nullptr, MonitorStore::Keep::kFresh));
  CO_TRY_OK(check_role(caller, access::Role::kEditor, checked));
  if (auto possible = parts_.fleet.try_out(checked.model); !possible)
    co_return Problem{400, possible.error().message(), "params", 0};
  auto report = co_await parts_.trials->run(std::move(checked.model), caller.deadline - seconds(1));
  if (!report) co_return report.error();
  co_return std::move(*report);
}

OwnedMonitors::Answer<api::AdmissionAnswer> OwnedMonitors::check(define::YamlNode fields, Caller caller) {
  CO_TRY(auto checked, store_.read(std::move(fields), nullptr, MonitorStore::Keep::kFresh));
  CO_TRY_OK(check_role(caller, access::Role::kEditor, checked));
  CO_TRY_OK(check_name_is_free(checked.stored.name));
  auto taken = co_await parts_.catalog.read<catalog::Monitor>(
      [name = checked.stored.name](catalog::Database& database) { return catalog::find_monitor(database, name); },
      {"look for the name of a monitor", caller.deadline});
  if (taken)
    co_return Problem{409, fmt::format("cannot use the name '{}': another monitor has it", excerpt(taken->name)),
                      "name", 0};
  if (taken.error().code() != ErrorCode::kNotFound) co_return taken.error();
  co_return admission(checked.model);
}

/// The fleet's view of it with the catalog's; also of one that the fleet could not take in.
MonitorDetail OwnedMonitors::shown(const catalog::Monitor& monitor) const {
  static const model::Labels kNone;
  auto detail = parts_.detail(monitor.id)
                    .value_or(MonitorDetail{.row = {.id = monitor.id,
                                                    .app = monitor.app,
                                                    .labels = &kNone,
                                                    .criticality = monitor.criticality,
                                                    .state = model::State::kPaused,
                                                    .interval_ms = monitor.interval.count(),
                                                    .message = "no memory to load it",
                                                    .paused_for_memory = true,
                                                    .in_file = false}});
  detail.row.name = monitor.name;
  detail.row.folder = monitor.folder;
  for (const auto& name : monitor.file_parents) show_parent_of_file(detail.parents, name);
  detail.params = store_.params_of(monitor);
  auto [cron, zone] = cron_of(monitor.cron);
  detail.cron = std::move(cron);
  detail.timezone = std::move(zone);
  detail.ownership = api::Ownership{.version = monitor.version,
                                    .description = monitor.description,
                                    .annotations = monitor.annotations,
                                    .created_ms = epoch_ms(monitor.created),
                                    .updated_ms = epoch_ms(monitor.updated),
                                    .created_by = monitor.created_by,
                                    .updated_by = monitor.updated_by};
  return detail;
}

}  // namespace holter::app
