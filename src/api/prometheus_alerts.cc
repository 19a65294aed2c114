#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/prometheus_writer.h"

namespace holter::api {
namespace {

constexpr std::string_view kSeverities[] = {"info", "warning", "critical", "emergency"};

void write_distribution(MetricsWriter& w, std::string_view name, std::string_view help, const Distribution& times) {
  w.head(name, "histogram", help);
  const auto bucket = fmt::format("{}_bucket", name);
  std::uint64_t count = 0;
  for (const auto& [bound, at_most] : times.buckets) {
    if (std::isfinite(bound)) w.sample(bucket, {{"le", fmt::format("{}", bound)}}, at_most);
    count = at_most;
  }
  w.sample(bucket, {{"le", "+Inf"}}, count);
  w.sample(fmt::format("{}_sum", name), {}, times.sum_seconds);
  w.sample(fmt::format("{}_count", name), {}, count);
}

void write_rules(MetricsWriter& w, const AlertStats& stats) {
  w.head("holter_alerts_firing", "gauge", "Alerts that fire.");
  for (std::size_t i = 0; i < std::size(kSeverities); ++i)
    w.sample("holter_alerts_firing", {{"severity", kSeverities[i]}}, stats.firing[i]);
  w.single("holter_alerts_pending", "gauge", "Alerts whose condition holds, but not yet for long enough.",
           stats.pending);
  w.single("holter_alerts_fired_total", "counter", "Alerts of rules that began.", stats.fired);
  w.single("holter_alerts_resolved_total", "counter", "Alerts of rules that ended.", stats.resolved);
  w.single("holter_incidents_open", "gauge", "Incidents that are open.", stats.incidents_open);
  w.single("holter_alert_rules", "gauge", "Rules in force.", stats.rules);
  w.single("holter_alert_series", "gauge", "Series of rules that are remembered.", stats.series);
  w.single("holter_alert_results_total", "counter", "Results that rules were asked of.", stats.results);
  w.single("holter_alert_rule_evaluations_total", "counter", "Times that a rule's condition was asked.",
           stats.evaluations);
  w.head("holter_alert_evaluations_skipped_total", "counter",
         "Conditions without a value, and alerts that were not made because of a bound or for want of memory.");
  w.sample("holter_alert_evaluations_skipped_total", {{"reason", "no_value"}}, stats.no_value);
  w.sample("holter_alert_evaluations_skipped_total", {{"reason", "refused"}}, stats.refused);
  w.head("holter_alert_rule_skipped_total", "counter", "The same, of the 100 rules with most of them.");
  for (const auto& rule : stats.skipped)
    for (std::size_t i = 0; i < AlertStats::kReasons; ++i)
      if (rule.by[i] > 0)
        w.sample("holter_alert_rule_skipped_total", {{"rule", rule.rule}, {"reason", AlertStats::kReasonWords[i]}},
                 rule.by[i]);
  write_distribution(w, "holter_alert_evaluation_seconds", "Time spent in rules, for each batch of results.",
                     stats.spent);
  write_distribution(w, "holter_alert_lateness_seconds", "How long after their time results were asked by rules.",
                     stats.lateness);
}

void write_notifications(MetricsWriter& w, const AlertStats& stats) {
  w.single("holter_alert_groups", "gauge", "Groups of alerts.", stats.groups);
  w.single("holter_alerts_not_grouped_total", "counter", "Alerts that found no place in a group.", stats.not_grouped);
  w.single("holter_alert_unbooked_total", "counter", "What found no memory to be written down; it is made up for.",
           stats.unbooked);
  w.single("holter_alert_failed_writes_total", "counter", "Writes of incidents and notifications that failed.",
           stats.failed_writes);
  w.single("holter_alert_unwritten", "gauge", "Entries that are still to be written.", stats.unwritten);
  w.single("holter_notifications_queued_total", "counter", "Notifications made.", stats.queued);
  w.single("holter_notifications_waiting", "gauge", "Notifications that wait to be delivered.", stats.waiting);
  w.single("holter_notifications_oldest_seconds", "gauge", "How long the oldest of them waits.", stats.oldest_seconds);
  w.single("holter_notifications_without_receiver_total", "counter",
           "Notifications to receivers that are disabled, or that there are not.", stats.without_receiver);
  w.single("holter_notification_store_failures_total", "counter", "Times that the queue could not be read or written.",
           stats.store_failures);
  w.head("holter_notifications_total", "counter",
         "Notifications by outcome; retried counts attempts, digested those that one message told together.");
  for (const auto& channel : stats.channels) {
    const std::pair<std::string_view, std::uint64_t> outcomes[] = {{"delivered", channel.delivered},
                                                                   {"retried", channel.retried},
                                                                   {"dead", channel.dead},
                                                                   {"digested", channel.digested},
                                                                   {"dropped", channel.dropped}};
    for (const auto& [outcome, count] : outcomes)
      w.sample("holter_notifications_total", {{"channel", channel.name}, {"outcome", outcome}}, count);
  }
  w.head("holter_intake_alerts_total", "counter", "Alerts of other products.");
  for (const auto& source : stats.sources) {
    w.sample("holter_intake_alerts_total", {{"source", source.name}, {"outcome", "taken"}}, source.taken);
    w.sample("holter_intake_alerts_total", {{"source", source.name}, {"outcome", "refused"}}, source.refused);
  }
  w.head("holter_intake_bodies_refused_total", "counter", "What other products sent and could not be read at all.");
  for (const auto& source : stats.sources)
    w.sample("holter_intake_bodies_refused_total", {{"source", source.name}}, source.bodies_refused);
}

}  // namespace

void write_alert_metrics(MetricsWriter& w, const AlertStats& stats) {
  write_rules(w, stats);
  write_notifications(w, stats);
}

void write_alert(MetricsWriter& w, const AlertStats::Alert& alert) {
  w.sample("ALERTS",
           {{"alertname", alert.name},
            {"alertstate", alert.firing ? "firing" : "pending"},
            {"monitor", alert.monitor},
            {"severity", model::to_string(alert.severity)}},
           1);
}

}  // namespace holter::api
