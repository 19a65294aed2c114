// The webhook of Grafana's unified alerting ("Configure the webhook notifier for Alerting"): Alertmanager's with more.
#include <charconv>

#include <fmt/format.h>

#include "intake/sources.h"

namespace holter::intake {
namespace {

/// "B=44.2, C=1" of the values of the rule's expressions.
std::string values_of(const json::value& alert) {
  const auto* values = member(alert, "values");
  if (values == nullptr || !values->is_object()) return text(alert, "valueString");
  std::string out;
  for (const auto& [name, value] : values->get_object()) {
    auto written = scalar(value);
    if (!written) continue;
    if (!out.empty()) out += ", ";
    out.append(name.data(), name.size()).append("=").append(*written);
  }
  return out;
}

Result<Draft> read_alert(const json::value& alert) {
  TRY(auto draft, webhook_alert(alert));
  draft.annotate("values", values_of(alert));
  draft.annotate("dashboard_url", text(alert, "dashboardURL"));
  draft.annotate("panel_url", text(alert, "panelURL"));
  draft.annotate("image_url", text(alert, "imageURL"));
  draft.annotate("silence_url", text(alert, "silenceURL"));
  return draft;
}

}  // namespace

Status read_grafana(const Body& body, Taker& taker) {
  TRY(const auto* alerts, list_of(body.value, "alerts"));
  for (std::size_t i = 0; i < alerts->size(); ++i)
    TRY_OK(taker.take(fmt::format("alerts[{}]", i), read_alert((*alerts)[i])));
  auto left_out = text(body.value, "truncatedAlerts");
  std::size_t count = 0;
  std::from_chars(left_out.data(), left_out.data() + left_out.size(), count);
  if (count > 0) taker.refuse("truncatedAlerts", fmt::format("the sender left out {} alerts", count), count);
  return {};
}

}  // namespace holter::intake
