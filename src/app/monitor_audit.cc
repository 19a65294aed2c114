#include "app/monitor_audit.h"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace holter::app {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostText = 64 * 1024;  // of catalog::AuditEntry

json::object map_of(const model::Labels& labels) {
  json::object out;
  for (const auto& [key, value] : labels) out[key] = value;
  return out;
}

json::object head_of(const catalog::Monitor& monitor) {
  return {{"name", monitor.name}, {"app", monitor.app}, {"version", monitor.version}};
}

}  // namespace

std::string audit_text(const catalog::Monitor& monitor) {
  auto out = head_of(monitor);
  out["paused"] = monitor.paused;
  out["interval_ms"] = monitor.interval.count();
  if (!monitor.cron.empty()) out["cron"] = monitor.cron;
  out["criticality"] = model::to_string(monitor.criticality);
  out["folder"] = monitor.folder;
  out["labels"] = map_of(monitor.labels);
  out["annotations"] = map_of(monitor.annotations);
  out["description"] = monitor.description;
  json::object params;
  for (const auto& param : monitor.params)
    params[param.field] = param.sealed ? json::value(json::object{{"set", true}}) : json::value(param.value);
  out["params"] = std::move(params);
  json::array parents;
  for (auto parent : monitor.parents) parents.push_back(json::string(fmt::format("{:016x}", parent.value)));
  out["parents"] = std::move(parents);
  if (!monitor.file_parents.empty()) out["file_parents"] = json::value_from(monitor.file_parents);
  auto text = json::serialize(out);
  return text.size() <= kMostText ? text : json::serialize(head_of(monitor));
}

Status note_change(catalog::Transaction& transaction, const std::string& what,
                   const std::optional<catalog::Monitor>& before, const std::optional<catalog::Monitor>& after) {
  auto id = before ? before->id : after->id;
  return catalog::append_audit(transaction, {.what = what,
                                             .target = fmt::format("monitor/{:016x}", id.value),
                                             .before = before ? audit_text(*before) : "",
                                             .after = after ? audit_text(*after) : ""});
}

}  // namespace holter::app
