// JSON of whatever form, by the paths of a Mapping.
#include <fmt/format.h>

#include "base/units.h"
#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

const json::value* first_at(const json::value& alert, const Mapping::Paths& paths) {
  for (const auto& path : paths)
    if (const auto* found = at_path(alert, path)) return found;
  return nullptr;
}

/// The first scalar that is not empty.
std::string first_scalar(const json::value& alert, const Mapping::Paths& paths) {
  for (const auto& path : paths) {
    const auto* found = at_path(alert, path);
    auto written = found != nullptr ? scalar(*found) : std::nullopt;
    if (written && !written->empty()) return *written;
  }
  return "";
}

Result<std::optional<WallTime>> first_time(const json::value& alert, const Mapping::Paths& paths,
                                           std::string_view what) {
  const auto* found = first_at(alert, paths);
  if (found == nullptr) return std::nullopt;
  auto time = parse_time(*found);
  if (!time) return std::move(time).error().with_context(what);
  return time;
}

/// In front of labels of the same name.
void lead(model::Labels& labels, std::string_view name, std::string value) {
  if (!value.empty()) labels.emplace(labels.begin(), name, std::move(value));
}

Result<Draft> read_alert(const json::value& alert, const Mapping& mapping) {
  if (!alert.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(alert)));
  Draft draft;
  TRY(draft.labels, labels_of(first_at(alert, mapping.labels), "labels", true));
  TRY(draft.annotations, labels_of(first_at(alert, mapping.annotations), "annotations", true));
  lead(draft.labels, "alertname", first_scalar(alert, mapping.name));
  lead(draft.labels, "instance", first_scalar(alert, mapping.instance));
  lead(draft.annotations, "summary", first_scalar(alert, mapping.summary));
  lead(draft.annotations, "description", first_scalar(alert, mapping.description));
  draft.severity = first_scalar(alert, mapping.severity);
  if (auto status = first_scalar(alert, mapping.status); !status.empty()) {
    draft.state = state_of(status);
    if (!draft.state)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("the status '{}' is neither one that fires nor one that is over", excerpt(status, 40)));
  }
  TRY(draft.starts, first_time(alert, mapping.starts, "start"));
  TRY(draft.ends, first_time(alert, mapping.ends, "end"));
  draft.lasts = draft.state ? std::nullopt : mapping.resolve_timeout;
  draft.url = first_scalar(alert, mapping.url);
  return draft;
}

}  // namespace

Status read_generic(const Body& body, Taker& taker) {
  const auto& mapping = taker.options().mapping;
  const auto* list = first_at(body.value, mapping.alerts);
  if (list == nullptr || !list->is_array()) list = &body.value;
  if (list->is_object()) return taker.take("alert", read_alert(*list, mapping));
  if (!list->is_array()) return not_of_form(fmt::format("it is {}, neither an object nor a list", kind_of(*list)));
  const auto& alerts = list->get_array();
  for (std::size_t i = 0; i < alerts.size(); ++i)
    TRY_OK(taker.take(fmt::format("[{}]", i), read_alert(alerts[i], mapping)));
  return {};
}

}  // namespace holter::intake
