#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "app/admission.h"
#include "app/circles.h"
#include "app/owned_monitors.h"
#include "base/hash.h"
#include "base/units.h"
#include "catalog/audit.h"
#include "catalog/folders.h"

// Changes to many monitors at once, all or none.
namespace holter::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using api::Answered;
using api::BulkOrder;
using api::BulkReport;
using api::ImportReport;
using api::Problem;
using define::YamlNode;

/// Monitors that are dealt with before others have their turn.
constexpr std::size_t kPiece = 200;
constexpr std::size_t kMostLabels = 32;  // docs/configuration.md
constexpr catalog::PageLimits kExportPage{.monitors = 50, .bytes = 64 * 1024};

model::Labels edited(const model::Labels& before, const BulkOrder& order) {
  auto labels = before;
  auto remove = [&](const std::string& key) {
    std::erase_if(labels, [&](const auto& label) { return label.first == key; });
  };
  for (const auto& key : order.remove_labels) remove(key);
  for (const auto& label : order.set_labels) {
    remove(label.first);
    labels.push_back(label);
  }
  std::ranges::sort(labels);
  return labels;
}

catalog::MonitorEdit edit_of(const BulkOrder& order) {
  catalog::MonitorEdit edit{.interval = order.interval,
                            .criticality = order.criticality,
                            .folder = order.folder,
                            .set_labels = order.set_labels,
                            .remove_labels = order.remove_labels};
  if (order.interval) edit.cron = "";  // an interval takes the place of a schedule
  if (order.action == BulkOrder::Action::kPause) edit.paused = true;
  if (order.action == BulkOrder::Action::kResume) edit.paused = false;
  return edit;
}

using SharedLabels = std::map<model::Labels, std::shared_ptr<const model::Labels>>;

/// What it becomes. Monitors that come to the same labels share them.
model::Monitor edited(const model::Monitor& before, const BulkOrder& order, SharedLabels& known) {
  auto monitor = before;
  bool stand_in = before.definition->sets.empty();
  if (order.action == BulkOrder::Action::kPause) monitor.paused = true;
  if (order.action == BulkOrder::Action::kResume) monitor.paused = stand_in;
  if (order.interval) {
    monitor.interval = *order.interval;
    monitor.cron = nullptr;
  }
  if (order.criticality) monitor.criticality = *order.criticality;
  if (order.set_labels.empty() && order.remove_labels.empty()) return monitor;
  auto labels = edited(*before.labels, order);
  auto& shared = known[labels];
  if (!shared) shared = std::make_shared<const model::Labels>(std::move(labels));
  monitor.labels = shared;
  return monitor;
}

/// Secrets are not in an export: they are empty until somebody gives them. True when there was one.
bool drop_secret_marks(YamlNode& fields) {
  bool dropped = false;
  for (std::size_t i = 0; i < fields.keys.size(); ++i) {
    if (fields.keys[i].text != "params") continue;
    for (auto& value : fields.items[i].items) {
      bool mark = value.kind == YamlNode::Kind::kMap && value.keys.size() == 1 && value.keys[0].text == "set";
      if (!mark) continue;
      value = {.kind = YamlNode::Kind::kScalar};
      dropped = true;
    }
  }
  return dropped;
}

/// Ids for the audit log, as many as an entry takes; how many more there were stands at the end.
json::array texts_of(const std::vector<MonitorId>& ids) {
  constexpr std::size_t kMost = 3'000;
  json::array out;
  for (auto id : std::span(ids).first(std::min(ids.size(), kMost)))
    out.push_back(json::string(fmt::format("{:016x}", id.value)));
  if (ids.size() > kMost) out.push_back(json::string(fmt::format("and {} more", ids.size() - kMost)));
  return out;
}

/// In the words of the audit log and of progress.
std::string_view what_is_done(const BulkOrder& order) {
  constexpr std::string_view kNames[] = {"monitors.pause", "monitors.resume", "monitors.delete", "monitors.edit"};
  return kNames[static_cast<int>(order.action)];
}

/// One entry for all of them: what was done, and to whom.
catalog::AuditEntry audit_of(const BulkOrder& order, const std::vector<MonitorId>& ids) {
  json::object after{{"ids", texts_of(ids)}};
  if (order.interval) after["interval_ms"] = order.interval->count();
  if (order.criticality) after["criticality"] = model::to_string(*order.criticality);
  if (order.folder) after["folder"] = *order.folder;
  json::object labels;
  for (const auto& [key, value] : order.set_labels) labels[key] = value;
  if (!labels.empty()) after["set_labels"] = std::move(labels);
  if (!order.remove_labels.empty()) after["remove_labels"] = json::value_from(order.remove_labels);
  return {.what = std::string(what_is_done(order)), .target = "monitors", .after = json::serialize(after)};
}

struct Imported {
  std::vector<MonitorId> ids;
  std::vector<std::vector<MonitorId>> parents;
};

/// Errors: kInvalidArgument for a name that the catalog does not have.
Result<std::vector<MonitorId>> parents_of(catalog::Database& database, const std::string& child,
                                          const std::vector<std::string>& names) {
  std::vector<MonitorId> parents;
  for (const auto& name : names) {
    auto parent = catalog::find_monitor(database, name);
    if (!parent && parent.error().code() == ErrorCode::kNotFound)
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot let '{}' depend on '{}': there is no such monitor",
                                                            excerpt(child), excerpt(name)));
    if (!parent) return std::move(parent).error();
    parents.push_back(parent->id);
  }
  return parents;
}

/// Errors: kInvalidArgument, naming the one that is not there.
Status folders_exist(catalog::Database& database, const std::vector<catalog::Monitor>& monitors) {
  std::set<std::string_view> looked_for;
  for (const auto& monitor : monitors) {
    if (!looked_for.insert(monitor.folder).second) continue;
    TRY(bool there, catalog::has_folder(database, monitor.folder));
    if (!there)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot put '{}' into the folder '{}': there is no such folder; make it first",
                               excerpt(monitor.name), excerpt(monitor.folder)));
  }
  return {};
}

/// As check_role() of one alone.
Answered<void> may_change_among_others(const api::Caller& caller, const BulkOrder& order, const model::Monitor& monitor,
                                       std::string_view folder) {
  bool pauses = order.action == BulkOrder::Action::kPause || order.action == BulkOrder::Action::kResume;
  auto what = fmt::format("change the monitor '{}'", excerpt(monitor.name));
  auto least = pauses ? access::Role::kOperator : access::Role::kEditor;
  if (auto may = access::require_role_in(caller.who, least, folder, what); !may) return may.error();
  bool runs_commands =
      std::ranges::any_of(monitor.definition->sets, [](const auto& set) { return set.protocol == "script"; });
  if (!runs_commands || pauses) return {};
  if (auto may = access::require_role(caller.who, access::Role::kAdmin, what); !may) return may.error();
  return {};
}

std::string name_in(const YamlNode& fields) {
  const auto* name = fields.find("name");
  return name != nullptr && name->kind == YamlNode::Kind::kScalar ? excerpt(name->text) : std::string();
}

}  // namespace

/// As a reader of files would judge what is to be put in place of what is there.
Answered<void> OwnedMonitors::check_edit(const Caller& caller, const BulkOrder& order) const {
  if (order.folder) {
    auto what = fmt::format("put monitors into the folder '{}'", excerpt(*order.folder));
    if (auto may = access::require_role_in(caller.who, access::Role::kEditor, *order.folder, what); !may)
      return may.error();
  }
  if (order.interval &&
      (*order.interval < parts_.config.collect.min_interval || *order.interval > std::chrono::hours(24 * 366)))
    return Problem{400,
                   fmt::format("cannot use {}: an interval of {} to 366d is needed (collect.min_interval)",
                               format_duration(*order.interval), format_duration(parts_.config.collect.min_interval)),
                   "edit.interval", 0};
  for (const auto& [key, value] : order.set_labels) {
    auto control = [](std::string_view text) {
      return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    };
    if (key.empty() || key.size() > 100 || control(key) || value.size() > 500 || control(value))
      return Problem{400,
                     fmt::format("cannot use the label '{}': a key of 1 to 100 bytes and a text of at most 500, both "
                                 "without control characters, are needed",
                                 excerpt(key)),
                     "edit.labels", 0};
  }
  return {};
}

Answered<std::vector<MonitorId>> OwnedMonitors::matching(const Caller& caller, const BulkOrder& order,
                                                         BulkReport& report) const {
  const auto& monitors = parts_.fleet.monitors();
  Hashes wanted;
  for (auto id : order.ids) {
    if (!monitors.find(id))
      return Problem{404, fmt::format("cannot find the monitor {:016x}", id.value), "filter.ids", 0};
    if (auto ours = check_not_of_file(id); !ours) return std::move(ours).error();
    wanted.insert(id.value);
  }
  std::vector<MonitorId> ids;
  std::optional<Problem> full;  // why not
  parts_.each_match(order.filter, [&](const Watched& watched) {
    const auto& monitor = watched.monitor;
    if (full || (!wanted.empty() && !wanted.contains(monitor.id.value))) return;
    if (watched.file != 0) {
      ++report.in_files;
      return;
    }
    if (auto may = may_change_among_others(caller, order, monitor, parts_.fleet.relations().folder(monitor.id)); !may)
      full = may.error();
    ids.push_back(monitor.id);
    if (edited(*monitor.labels, order).size() > kMostLabels)
      full = Problem{400,
                     fmt::format("cannot give the monitor '{}' more labels: at most {} are allowed",
                                 excerpt(monitor.name), kMostLabels),
                     "edit.labels", 0};
  });
  if (full) return *full;
  std::ranges::sort(ids);
  report.matched = ids.size();
  return ids;
}

OwnedMonitors::Answer<BulkReport> OwnedMonitors::bulk(BulkOrder order, Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  CO_TRY_OK(check_edit(caller, order));
  BulkReport report;
  // The list of ids, and the copy that waits for the catalog.
  CO_TRY(auto held, parts_.pages.reserve(2 * sizeof(MonitorId) * parts_.fleet.monitors().size()));
  CO_TRY(auto ids, matching(caller, order, report));
  bool removes = order.action == BulkOrder::Action::kDelete;
  if (removes && order.dry_run) {
    report.changed = ids.size();
    co_return report;
  }
  auto job = parts_.jobs.begin(what_is_done(order), caller.who.account());
  if (!order.dry_run) job.begin_phase(api::JobProgress::Phase::kStore, ids.size());
  // Nothing where there is no such folder.
  using Changed = std::optional<std::size_t>;
  auto work = [ids, edit = edit_of(order), removes, dry_run = order.dry_run,
               entry = audit_of(order, ids)](catalog::Transaction& transaction) -> Result<Changed> {
    if (edit.folder) {
      TRY(bool there, catalog::has_folder(transaction.database(), *edit.folder));
      if (!there) return Changed();
    }
    if (!dry_run) TRY_OK(catalog::append_audit(transaction, entry));
    if (removes) {
      TRY_OK(catalog::delete_monitors(transaction, ids));
      return Changed(ids.size());
    }
    TRY(auto count, catalog::edit_monitors(transaction, ids, edit, dry_run));
    if (count.missing > 0)
      return Error(ErrorCode::kConflict, fmt::format("cannot change {} monitors: they are gone by now", count.missing));
    return Changed(count.changed);
  };
  auto done = co_await parts_.catalog.write<Changed>(
      caller.who.account(), std::move(work), {fmt::format("change {} monitors", ids.size()), caller.deadline, 0});
  if (!done) job.fail(done.error().message());
  if (!done && done.error().code() == ErrorCode::kNotFound) co_return Problem{409, done.error().message(), "filter", 0};
  if (!done) co_return failed(done.error());
  if (!*done) {
    Problem problem{
        400, fmt::format("cannot use the folder '{}': there is no such folder; make it first", excerpt(*order.folder)),
        "edit.folder", 0};
    job.fail(problem.detail);
    co_return problem;
  }
  report.changed = **done;
  if (order.dry_run) co_return report;
  job.begin_phase(api::JobProgress::Phase::kApply, ids.size());
  SharedLabels labels;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % kPiece == kPiece - 1) co_await asio::post(parts_.control, asio::use_awaitable);
    job.advance(i);
    auto slot = parts_.fleet.monitors().find(ids[i]);
    if (!slot) continue;
    if (removes) {
      take_off(*slot);
      parts_.fleet.forget_parent(ids[i]);
      note_fault(ids[i], "");
      continue;
    }
    const auto* reason = fault(ids[i]);
    catalog::Monitor placed;
    if (order.folder) {
      placed.folder = *order.folder;
      placed.parents = parts_.fleet.parents(ids[i]);
    }
    put(edited(parts_.fleet.monitors().at(*slot).monitor, order, labels), order.folder ? &placed : nullptr,
        reason != nullptr ? std::string(*reason) : "");
  }
  flush_soon();
  job.finish(report.changed);
  co_return report;
}

OwnedMonitors::Answer<ImportReport> OwnedMonitors::import_all(Next next, Caller caller) {
  CO_TRY_OK(may_change());
  Changing changing(*this);
  auto job = parts_.jobs.begin("monitors.import", caller.who.account());
  auto report = co_await import_told(std::move(next), caller, &job);
  if (!report)
    job.fail(report.error().detail);
  else if (report->faulty > 0)
    job.fail(fmt::format("cannot import: {} of {} monitors have faults", report->faulty, report->items));
  else
    job.finish(report->created);
  co_return report;
}

OwnedMonitors::Answer<ImportReport> OwnedMonitors::import_told(Next next, Caller caller, Jobs::Job* job) {
  job->begin_phase(api::JobProgress::Phase::kCheck, 0);
  ImportReport report;
  std::vector<Checked> all;
  Hashes names;
  CO_TRY(auto held, parts_.pages.reserve(0));
  std::size_t bytes = 0;
  std::uint64_t wanted = 0;
  for (std::size_t index = 0;; ++index) {
    if (index % kPiece == kPiece - 1) co_await asio::post(parts_.control, asio::use_awaitable);
    CO_TRY(auto fields, next());
    if (!fields) break;
    job->advance(++report.items);
    auto name = name_in(*fields);
    bool dropped = drop_secret_marks(*fields);
    auto checked = store_.read(std::move(*fields), nullptr, MonitorStore::Keep::kFresh);
    Answered<void> possible;
    if (!checked)
      possible = checked.error();
    else
      possible = check_new(caller, *checked, names, wanted);
    if (possible) take_parents_of_files(*checked);
    if (!possible) {
      ++report.faulty;
      if (report.faults.size() < ImportReport::kMostFaults)
        report.faults.push_back({index, name, possible.error().parameter, possible.error().detail});
      continue;
    }
    if (dropped && report.without_secrets++ < ImportReport::kMostFaults) report.secrets_missing.push_back(name);
    // As it is checked, as it waits for the catalog, and as it is written.
    bytes += 3 * bytes_of(checked->stored) + known_bytes(checked->model);
    if (!held.resize(bytes))
      co_return Problem{503,
                        fmt::format("cannot import: {} are needed to hold {} monitors; import fewer at once",
                                    format_size(bytes), all.size() + 1),
                        "", 10};
    if (report.faulty == 0) all.push_back(std::move(*checked));
  }
  if (report.faulty > 0 || all.empty()) co_return report;
  if (auto left = parts_.governor.bytes_left(); wanted > left)
    co_return Problem{503,
                      fmt::format("cannot take {} more monitors: {} are needed, and {} are left", all.size(),
                                  format_size(wanted), format_size(left)),
                      "", 10};
  CO_TRY_OK(check_circles(all));
  job->begin_phase(api::JobProgress::Phase::kStore, all.size());
  co_return co_await store_all(std::move(all), std::move(report), caller, job);
}

/// Could it be made, beside the others of the same import? Adds up what they will hold.
Answered<void> OwnedMonitors::check_new(const Caller& caller, const Checked& checked, Hashes& names,
                                        std::uint64_t& wanted) {
  if (auto may = check_role(caller, access::Role::kEditor, checked); !may) return may;
  if (auto free = check_name_is_free(checked.stored.name); !free) return free;
  if (!names.insert(stable_hash(checked.stored.name)).second)
    return Problem{409, fmt::format("cannot use the name '{}' twice", excerpt(checked.stored.name)), "name", 0};
  auto job_bytes = parts_.fleet.try_out(checked.model);
  if (!job_bytes) return Problem{400, job_bytes.error().message(), "params", 0};
  wanted += cost_of(checked.model, *job_bytes).total();
  return {};
}

/// Each may depend on others of the same import.
Answered<void> OwnedMonitors::check_circles(const std::vector<Checked>& all) const {
  Circles circles(parts_.fleet);
  auto parents = [](const Checked& checked) {
    auto names = checked.depends_on;
    names.insert(names.end(), checked.stored.file_parents.begin(), checked.stored.file_parents.end());
    return names;
  };
  for (const auto& checked : all)
    if (auto names = parents(checked); !names.empty()) circles.plan(checked.stored.name, names);
  for (const auto& checked : all) {
    auto names = parents(checked);
    if (names.empty()) continue;
    auto way = circles.way_round({{}, checked.stored.name, {}, std::move(names)});
    if (!way.empty())
      return Problem{400, fmt::format("cannot let '{}' depend on itself: {}", excerpt(checked.stored.name), way),
                     "depends_on", 0};
  }
  return {};
}

OwnedMonitors::Answer<ImportReport> OwnedMonitors::store_all(std::vector<Checked> all, ImportReport report,
                                                             Caller caller, Jobs::Job* job) {
  std::vector<catalog::Monitor> monitors;
  std::vector<catalog::Monitor> places;                                             // what says where they belong
  boost::unordered_flat_map<std::string, std::vector<std::string>> fresh, parents;  // by name
  for (auto& checked : all) {
    if (!checked.depends_on.empty()) parents.emplace(checked.stored.name, std::move(checked.depends_on));
    if (!checked.fresh.empty()) fresh.emplace(checked.stored.name, std::move(checked.fresh));
    places.push_back({.folder = checked.stored.folder, .file_parents = checked.stored.file_parents});
    monitors.push_back(std::move(checked.stored));
  }
  auto work = [monitors = std::move(monitors), fresh = std::move(fresh), parents = std::move(parents),
               keyring = &parts_.keyring](catalog::Transaction& transaction) -> Result<Imported> {
    TRY_OK(folders_exist(transaction.database(), monitors));
    Imported imported;
    TRY(imported.ids, catalog::create_monitors(transaction, monitors, [&](catalog::Monitor& monitor) -> Status {
          auto found = fresh.find(monitor.name);
          return found == fresh.end() ? Status() : MonitorStore::seal(*keyring, monitor, found->second);
        }));
    imported.parents.resize(monitors.size());
    // Each may name any other, also one that comes later.
    std::vector<catalog::Monitor> with_parents;
    for (std::size_t i = 0; i < monitors.size(); ++i) {
      auto names = parents.find(monitors[i].name);
      if (names == parents.end()) continue;
      TRY(auto monitor, catalog::find_monitor(transaction.database(), imported.ids[i]));
      TRY(monitor.parents, parents_of(transaction.database(), monitor.name, names->second));
      imported.parents[i] = monitor.parents;
      with_parents.push_back(std::move(monitor));
    }
    TRY_OK(catalog::update_monitors(transaction, std::move(with_parents)));
    TRY_OK(
        catalog::append_audit(transaction, {.what = "monitors.import",
                                            .target = "monitors",
                                            .after = json::serialize(json::object{{"ids", texts_of(imported.ids)}})}));
    return imported;
  };
  auto stored = co_await parts_.catalog.write<Imported>(
      caller.who.account(), std::move(work), {fmt::format("import {} monitors", all.size()), caller.deadline, 0});
  if (!stored) co_return failed(stored.error());
  job->begin_phase(api::JobProgress::Phase::kApply, all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    job->advance(i);
    if (i % kPiece == kPiece - 1) co_await asio::post(parts_.control, asio::use_awaitable);
    auto placed = std::move(places[i]);
    placed.parents = std::move(stored->parents[i]);
    all[i].model.id = stored->ids[i];
    put(std::move(all[i].model), &placed, "");
  }
  report.created = stored->ids.size();
  co_return report;
}

OwnedMonitors::Answer<std::vector<api::OwnedFields>> OwnedMonitors::read_page(MonitorId after, MonoTime deadline) {
  using Page = std::vector<api::OwnedFields>;
  auto read = [after](catalog::Database& database) -> Result<Page> {
    TRY(auto monitors, catalog::read_monitors(database, after, kExportPage));
    Page page;
    for (const auto& monitor : monitors) {
      std::vector<std::string> names;
      for (auto parent : monitor.parents) {
        TRY(auto found, catalog::find_monitor(database, parent));
        names.push_back(std::move(found.name));
      }
      names.insert(names.end(), monitor.file_parents.begin(), monitor.file_parents.end());
      page.push_back({monitor.id, MonitorStore::exported(monitor, names)});
    }
    return page;
  };
  auto page = co_await parts_.catalog.read<Page>(std::move(read), {"export the monitors", deadline, 0});
  if (!page) co_return failed(page.error());
  co_return std::move(*page);
}

}  // namespace holter::app
