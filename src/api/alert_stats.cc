#include "api/alert_stats.h"

#include <iterator>
#include <string_view>

#include "api/alert_json.h"
#include "api/alerting.h"
#include "api/handlers.h"
#include "api/json_members.h"

// What alerting counts, as JSON.
namespace holter::api {
namespace {

constexpr std::string_view kSeverities[] = {"info", "warning", "critical", "emergency"};

void write_distribution(JsonWriter& json, std::string_view name, const Distribution& times) {
  json.key(name);
  json.begin_object();
  json.member("sum_seconds", times.sum_seconds);
  write_objects(json, "buckets", times.buckets, [&](const auto& bucket) {
    json.member("up_to_seconds", bucket.first);  // null: no bound
    json.member("count", bucket.second);
  });
  json.end_object();
}

void write_rules(JsonWriter& json, const AlertStats& stats) {
  json.key("firing");
  json.begin_object();
  for (std::size_t i = 0; i < std::size(kSeverities); ++i) json.member(kSeverities[i], stats.firing[i]);
  json.end_object();
  json.member("pending", stats.pending);
  json.member("incidents_open", stats.incidents_open);
  json.member("rules", stats.rules);
  json.member("series", stats.series);
  json.member("groups", stats.groups);
  json.member("results", stats.results);
  json.member("evaluations", stats.evaluations);
  json.member("no_value", stats.no_value);
  json.member("refused", stats.refused);
  json.member("fired", stats.fired);
  json.member("resolved", stats.resolved);
  write_distribution(json, "spent", stats.spent);
  write_distribution(json, "lateness", stats.lateness);
  write_objects(json, "skipped", stats.skipped, [&](const AlertStats::Skipped& rule) {
    json.member("rule", rule.rule);
    for (std::size_t i = 0; i < AlertStats::kReasons; ++i) json.member(AlertStats::kReasonWords[i], rule.by[i]);
  });
}

void write_notifications(JsonWriter& json, const AlertStats& stats) {
  write_objects(json, "channels", stats.channels, [&](const AlertStats::Channel& channel) {
    json.member("channel", channel.name);
    json.member("delivered", channel.delivered);
    json.member("retried", channel.retried);
    json.member("dead", channel.dead);
    json.member("digested", channel.digested);
    json.member("dropped", channel.dropped);
  });
  json.member("without_receiver", stats.without_receiver);
  json.member("queued", stats.queued);
  json.member("waiting", stats.waiting);
  json.member("oldest_seconds", stats.oldest_seconds);
  json.member("store_failures", stats.store_failures);
  json.member("not_grouped", stats.not_grouped);
  json.member("unbooked", stats.unbooked);
  json.member("failed_writes", stats.failed_writes);
  json.member("unwritten", stats.unwritten);
  write_objects(json, "sources", stats.sources, [&](const AlertStats::Source& source) {
    json.member("source", source.name);
    json.member("taken", source.taken);
    json.member("refused", source.refused);
    json.member("bodies_refused", source.bodies_refused);
  });
}

}  // namespace

Response alert_stats_response(const Context& context, const AlertStats& stats) {
  return object_response(context, [&](JsonWriter& json) {
    write_rules(json, stats);
    write_notifications(json, stats);
  });
}

}  // namespace holter::api
