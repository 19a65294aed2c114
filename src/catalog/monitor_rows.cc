#include "catalog/monitor_rows.h"

#include <algorithm>

#include "catalog/rules.h"

namespace holter::catalog {
namespace {

using soci::into;
using soci::use;

/// Parents that files have lie beside the annotations: no annotation begins with a control character (check_name()), so
/// that neither is taken for the other.
constexpr std::string_view kFileParent =
    "\x1f"
    "parent ";
constexpr int kAnnotation = 1;

model::Criticality criticality_of(std::string_view word) {
  if (word == "critical") return model::Criticality::kCritical;
  return word == "low" ? model::Criticality::kLow : model::Criticality::kNormal;
}

/// The monitor of that id among `monitors`, from `*at` on; both are sorted by id. Null for rows of none.
Monitor* advance(std::vector<Monitor>& monitors, std::size_t* at, long long id) {
  auto wanted = MonitorId{static_cast<std::uint64_t>(id)};
  while (*at < monitors.size() && monitors[*at].id < wanted) ++*at;
  return *at < monitors.size() && monitors[*at].id == wanted ? &monitors[*at] : nullptr;
}

}  // namespace

std::size_t size_of(const Monitor& monitor) {
  std::size_t bytes = monitor.name.size() + monitor.app.size() + monitor.cron.size() + monitor.folder.size() +
                      monitor.description.size() + monitor.owner.size() + monitor.parents.size() * sizeof(MonitorId);
  for (const auto& param : monitor.params) bytes += param.field.size() + param.type.size() + param.value.size();
  for (const auto* list : {&monitor.labels, &monitor.annotations})
    for (const auto& [key, value] : *list) bytes += key.size() + value.size();
  for (const auto& parent : monitor.file_parents) bytes += parent.size();
  return bytes;
}

MonitorReader::MonitorReader(soci::session& sql)
    : monitors_((sql.prepare << "SELECT id, name, app, paused, interval_ms, cron, criticality, folder, description, "
                                "owner, version, created_ms, created_by, updated_ms, updated_by FROM monitors "
                                "WHERE id > :after AND id <= :last ORDER BY id",
                 into(id_), into(row_.name), into(row_.app), into(flag_), into(interval_), into(row_.cron),
                 into(criticality_), into(row_.folder), into(row_.description), into(row_.owner), into(version_),
                 into(created_), into(row_.created_by), into(updated_), into(row_.updated_by), use(after_, "after"),
                 use(last_, "last"))),
      params_((sql.prepare << "SELECT monitor_id, field, type, sealed, value FROM monitor_params "
                              "WHERE monitor_id > :after AND monitor_id <= :last ORDER BY monitor_id",
               into(id_), into(text_a_), into(text_b_), into(flag_), into(text_c_), use(after_, "after"),
               use(last_, "last"))),
      texts_((sql.prepare << "SELECT monitor_id, kind, name, value FROM monitor_texts "
                             "WHERE monitor_id > :after AND monitor_id <= :last ORDER BY monitor_id",
              into(id_), into(flag_), into(text_a_), into(text_b_), use(after_, "after"), use(last_, "last"))),
      parents_((sql.prepare << "SELECT monitor_id, parent_id FROM monitor_parents "
                               "WHERE monitor_id > :after AND monitor_id <= :last ORDER BY monitor_id",
                into(id_), into(parent_), use(after_, "after"), use(last_, "last"))) {}

Result<std::vector<Monitor>> MonitorReader::read(MonitorId after, MonitorId last) {
  after_ = static_cast<long long>(after.value);
  last_ = static_cast<long long>(last.value);
  std::vector<Monitor> monitors;
  read_rows(monitors);
  if (monitors.empty()) return monitors;
  TRY_OK(read_params(monitors));
  read_texts(monitors);
  read_parents(monitors);
  for (auto& monitor : monitors) {  // not in SQL: the order of texts is the server's there
    std::ranges::sort(monitor.params, {}, &MonitorParam::field);
    std::ranges::sort(monitor.labels);
    std::ranges::sort(monitor.annotations);
    std::ranges::sort(monitor.parents);
    std::ranges::sort(monitor.file_parents);
  }
  return monitors;
}

void MonitorReader::read_rows(std::vector<Monitor>& out) {
  for (bool more = monitors_.execute(true); more; more = monitors_.fetch()) {
    auto& monitor = out.emplace_back(std::move(row_));
    row_ = Monitor();
    monitor.id = MonitorId{static_cast<std::uint64_t>(id_)};
    monitor.paused = flag_ != 0;
    monitor.interval = milliseconds(interval_);
    monitor.criticality = criticality_of(criticality_);
    monitor.version = static_cast<std::uint64_t>(version_);
    monitor.created = from_epoch_ms(created_);
    monitor.updated = from_epoch_ms(updated_);
  }
}

Status MonitorReader::read_params(std::vector<Monitor>& monitors) {
  std::size_t at = 0;
  for (bool more = params_.execute(true); more; more = params_.fetch()) {
    auto* monitor = advance(monitors, &at, id_);
    if (monitor == nullptr) continue;
    if (flag_ != 0) {
      TRY(text_c_, from_hex(text_c_));
    }
    monitor->params.push_back({std::move(text_a_), std::move(text_b_), std::move(text_c_), flag_ != 0});
  }
  return {};
}

void MonitorReader::read_texts(std::vector<Monitor>& monitors) {
  std::size_t at = 0;
  for (bool more = texts_.execute(true); more; more = texts_.fetch())
    if (auto* monitor = advance(monitors, &at, id_)) {
      if (flag_ == kAnnotation && text_a_.starts_with(kFileParent))
        monitor->file_parents.push_back(text_a_.substr(kFileParent.size()));
      else
        (flag_ == kAnnotation ? monitor->annotations : monitor->labels)
            .emplace_back(std::move(text_a_), std::move(text_b_));
    }
}

void MonitorReader::read_parents(std::vector<Monitor>& monitors) {
  std::size_t at = 0;
  for (bool more = parents_.execute(true); more; more = parents_.fetch())
    if (auto* monitor = advance(monitors, &at, id_))
      monitor->parents.push_back(MonitorId{static_cast<std::uint64_t>(parent_)});
}

void MonitorWriter::bind(const Monitor& monitor) {
  id_ = static_cast<long long>(monitor.id.value);
  name_ = monitor.name;
  app_ = monitor.app;
  paused_ = monitor.paused ? 1 : 0;
  interval_ = monitor.interval.count();
  cron_ = monitor.cron;
  criticality_ = model::to_string(monitor.criticality);
  folder_ = monitor.folder;
  description_ = monitor.description;
  owner_ = monitor.owner;
  version_ = static_cast<long long>(monitor.version);
  size_ = static_cast<long long>(size_of(monitor));
  created_ = epoch_ms(monitor.created);
  created_by_ = monitor.created_by;
  updated_ = epoch_ms(monitor.updated);
  updated_by_ = monitor.updated_by;
}

void MonitorWriter::insert(const Monitor& monitor) {
  if (!insert_)
    insert_.emplace(
        (sql_.prepare << "INSERT INTO monitors (id, name, app, paused, interval_ms, cron, criticality, folder, "
                         "description, owner, version, size_bytes, created_ms, created_by, updated_ms, updated_by) "
                         "VALUES (:id, :name, :app, :paused, :interval, :cron, :criticality, :folder, :description, "
                         ":owner, :version, :size, :created, :created_by, :updated, :updated_by)",
         use(id_, "id"), use(name_, "name"), use(app_, "app"), use(paused_, "paused"), use(interval_, "interval"),
         use(cron_, "cron"), use(criticality_, "criticality"), use(folder_, "folder"), use(description_, "description"),
         use(owner_, "owner"), use(version_, "version"), use(size_, "size"), use(created_, "created"),
         use(created_by_, "created_by"), use(updated_, "updated"), use(updated_by_, "updated_by")));
  bind(monitor);
  insert_->execute(true);
  insert_lists(monitor);
}

bool MonitorWriter::update(const Monitor& monitor, std::uint64_t expected) {
  if (!update_)
    update_.emplace((sql_.prepare << "UPDATE monitors SET name = :name, app = :app, paused = :paused, "
                                     "interval_ms = :interval, cron = :cron, criticality = :criticality, "
                                     "folder = :folder, description = :description, version = :version, "
                                     "size_bytes = :size, updated_ms = :updated, updated_by = :updated_by "
                                     "WHERE id = :id AND version = :expected",
                     use(name_, "name"), use(app_, "app"), use(paused_, "paused"), use(interval_, "interval"),
                     use(cron_, "cron"), use(criticality_, "criticality"), use(folder_, "folder"),
                     use(description_, "description"), use(version_, "version"), use(size_, "size"),
                     use(updated_, "updated"), use(updated_by_, "updated_by"), use(id_, "id"),
                     use(expected_, "expected")));
  bind(monitor);
  expected_ = static_cast<long long>(expected);
  update_->execute(true);
  if (changed_rows(*update_) == 0) return false;
  delete_lists();
  insert_lists(monitor);
  return true;
}

void MonitorWriter::delete_lists() {
  auto run = [&](std::optional<soci::statement>& statement, const char* sql) {
    if (!statement) statement.emplace((sql_.prepare << sql, use(id_, "id")));
    statement->execute(true);
  };
  run(delete_params_, "DELETE FROM monitor_params WHERE monitor_id = :id");
  run(delete_texts_, "DELETE FROM monitor_texts WHERE monitor_id = :id");
  run(delete_parents_, "DELETE FROM monitor_parents WHERE monitor_id = :id");
}

void MonitorWriter::insert_lists(const Monitor& monitor) {
  for (const auto& param : monitor.params) {
    if (!insert_param_)
      insert_param_.emplace((sql_.prepare << "INSERT INTO monitor_params (monitor_id, field, type, sealed, value) "
                                             "VALUES (:id, :field, :type, :sealed, :value)",
                             use(id_, "id"), use(text_a_, "field"), use(text_b_, "type"), use(flag_, "sealed"),
                             use(text_c_, "value")));
    text_a_ = param.field;
    text_b_ = param.type;
    flag_ = param.sealed ? 1 : 0;
    text_c_ = param.sealed ? to_hex(param.value) : param.value;
    insert_param_->execute(true);
  }
  insert_texts(monitor.labels, 0);
  insert_texts(monitor.annotations, kAnnotation);
  model::Labels file_parents;
  for (const auto& parent : monitor.file_parents) file_parents.emplace_back(std::string(kFileParent) + parent, "");
  insert_texts(file_parents, kAnnotation);
  for (auto parent : monitor.parents) {
    if (!insert_parent_)
      insert_parent_.emplace(
          (sql_.prepare << "INSERT INTO monitor_parents (monitor_id, parent_id) VALUES (:id, :parent)", use(id_, "id"),
           use(parent_, "parent")));
    parent_ = static_cast<long long>(parent.value);
    insert_parent_->execute(true);
  }
}

void MonitorWriter::insert_texts(const model::Labels& texts, int kind) {
  for (const auto& [key, value] : texts) {
    if (!insert_text_)
      insert_text_.emplace((sql_.prepare << "INSERT INTO monitor_texts (monitor_id, kind, name, value) "
                                            "VALUES (:id, :kind, :name, :value)",
                            use(id_, "id"), use(flag_, "kind"), use(text_a_, "name"), use(text_b_, "value")));
    flag_ = kind;
    text_a_ = key;
    text_b_ = value;
    insert_text_->execute(true);
  }
}

}  // namespace holter::catalog
