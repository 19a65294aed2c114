// What Prometheus posts to an Alertmanager (its API v2, POST /api/v2/alerts: a list), and what an Alertmanager posts to
// a webhook (version 4: an object), by the product documentation of both.
#include <charconv>

#include <fmt/format.h>

#include "intake/sources.h"
#include "intake/time.h"

namespace holter::intake {
namespace {

Result<Draft> common(const json::value& alert) {
  if (!alert.is_object())
    return Error(ErrorCode::kInvalidArgument, fmt::format("it is {}, not an object", kind_of(alert)));
  Draft draft;
  TRY(draft.labels, labels_of(member(alert, "labels"), "labels"));
  TRY(draft.annotations, labels_of(member(alert, "annotations"), "annotations"));
  TRY(draft.starts, time_of(alert, "startsAt"));
  TRY(draft.ends, time_of(alert, "endsAt"));
  draft.url = text(alert, "generatorURL");
  return draft;
}

/// Prometheus sends what fires again and again, with an end a little in the future, and with one in the past when it
/// is over.
Result<Draft> posted_alert(const json::value& alert, milliseconds resolve_timeout) {
  TRY(auto draft, common(alert));
  draft.lasts = resolve_timeout;
  return draft;
}

Status read_posted(const json::array& alerts, Taker& taker) {
  for (std::size_t i = 0; i < alerts.size(); ++i)
    TRY_OK(taker.take(fmt::format("[{}]", i), posted_alert(alerts[i], taker.options().resolve_timeout)));
  return {};
}

}  // namespace

Result<Draft> webhook_alert(const json::value& alert) {
  TRY(auto draft, common(alert));
  auto status = text(alert, "status");
  if (status == "firing")
    draft.state = State::kFiring;
  else if (status == "resolved")
    draft.state = State::kResolved;
  else
    return Error(ErrorCode::kInvalidArgument, "its 'status' is neither 'firing' nor 'resolved'");
  return draft;
}

Status read_alertmanager(const Body& body, Taker& taker) {
  if (const auto* alerts = body.value.if_array()) return read_posted(*alerts, taker);
  TRY(const auto* alerts, list_of(body.value, "alerts"));
  if (auto version = text(body.value, "version"); !version.empty() && version != "4")
    return not_of_form("its 'version' is another than 4, the only one that is known");
  for (std::size_t i = 0; i < alerts->size(); ++i)
    TRY_OK(taker.take(fmt::format("alerts[{}]", i), webhook_alert((*alerts)[i])));
  // max_alerts of the sender's receiver: they are not in the body.
  auto left_out = text(body.value, "truncatedAlerts");
  std::size_t count = 0;
  std::from_chars(left_out.data(), left_out.data() + left_out.size(), count);
  if (count > 0)
    taker.refuse("truncatedAlerts", fmt::format("the sender left out {} alerts (max_alerts)", count), count);
  return {};
}

}  // namespace holter::intake
