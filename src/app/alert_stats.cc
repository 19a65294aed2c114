#include "app/alert_stats.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "app/alert_api.h"

namespace holter::app {
namespace {

using api::AlertStats;

static_assert(AlertStats::kReasons == alert::kLimits + 1, "each limit has a word, and no value is one more");

api::Distribution distribution_of(const schedule::Histogram& histogram) {
  using schedule::Histogram;
  api::Distribution out;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i <= Histogram::kBoundsMs.size(); ++i) {
    total += histogram.count(i);
    out.buckets.emplace_back(i < Histogram::kBoundsMs.size() ? Histogram::kBoundsMs[i] / 1000 : INFINITY, total);
  }
  out.sum_seconds = histogram.sum_ms() / 1000;
  return out;
}

/// The first of many alerts, each once however many rows it has, in the order in which they are shown.
class FirstAlerts {
 public:
  explicit FirstAlerts(std::size_t most) : most_(most) {}

  /// The views must live until list().
  void add(model::Severity severity, bool firing, std::string_view name, std::string_view monitor) {
    if (most_ == 0) {
      ++left_out_;
      return;
    }
    const Key key{-static_cast<int>(severity), !firing, name, monitor};
    if (alerts_.size() == most_ && std::prev(alerts_.end())->first < key) {
      ++left_out_;
      return;
    }
    ++alerts_[key];
    if (alerts_.size() <= most_) return;
    left_out_ += std::prev(alerts_.end())->second;
    alerts_.erase(std::prev(alerts_.end()));
  }
  std::vector<AlertStats::Alert> list() const {
    std::vector<AlertStats::Alert> out;
    out.reserve(alerts_.size());
    for (const auto& [key, rows] : alerts_) {
      const auto& [severity, pending, name, monitor] = key;
      out.push_back({std::string(name), std::string(monitor), static_cast<model::Severity>(-severity), !pending});
    }
    return out;
  }
  std::size_t left_out() const { return left_out_; }

 private:
  using Key = std::tuple<int, bool, std::string_view, std::string_view>;
  const std::size_t most_;
  std::map<Key, std::size_t> alerts_;  // with how many there are of each
  std::size_t left_out_ = 0;
};

void count_alerts(AlertStats& stats, const incidents::Desk& desk, std::size_t most) {
  FirstAlerts first(most);
  desk.each_open([&](const incidents::OpenAlert& open) {
    const auto& labels = open.alert->labels;
    const auto severity = model::parse_severity(model::label_of(labels, "severity")).value_or(model::Severity::kInfo);
    ++stats.firing[static_cast<std::size_t>(severity)];
    stats.incidents_open += open.booked ? 1 : 0;
    first.add(severity, true, model::label_of(labels, "alertname"), model::label_of(labels, "monitor"));
  });
  desk.evaluator().each_pending([&](const alert::Rule& rule, std::string_view monitor) {
    ++stats.pending;
    first.add(rule.severity, false, rule.name, monitor);
  });
  stats.alerts = first.list();
  stats.left_out = first.left_out();
}

/// Those rules that skip most.
std::vector<AlertStats::Skipped> skipped_of(const std::vector<alert::RuleStatus>& rules) {
  std::vector<std::pair<std::uint64_t, const alert::RuleStatus*>> worst;
  for (const auto& rule : rules) {
    const auto skipped = std::reduce(rule.refused.begin(), rule.refused.end()) + rule.no_value;
    if (skipped > 0) worst.emplace_back(skipped, &rule);
  }
  const auto most = std::min(worst.size(), AlertStats::kMostRules);
  std::ranges::partial_sort(worst, worst.begin() + static_cast<std::ptrdiff_t>(most), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second->rule->name < b.second->rule->name;
  });
  std::vector<AlertStats::Skipped> out;
  for (const auto& [count, rule] : std::span(worst).first(most)) {
    auto& skipped = out.emplace_back(AlertStats::Skipped{.rule = rule->rule->name});
    std::ranges::copy(rule->refused, skipped.by.begin());
    skipped.by.back() = rule->no_value;
  }
  return out;
}

std::vector<AlertStats::Channel> channels_of(const incidents::DeskStats& desk, const notify::Outbox::Stats& outbox) {
  std::map<std::string_view, AlertStats::Channel> channels;
  for (const auto& [name, count] : outbox.channels)
    channels[name] = {.name = name,
                      .delivered = count.delivered,
                      .retried = count.retried,
                      .dead = count.dead,
                      .digested = count.digested};
  for (const auto& [name, count] : desk.dropped) {
    auto& channel = channels[name];
    channel.name = name;
    channel.dropped = count;
  }
  std::vector<AlertStats::Channel> out;
  for (auto& [name, channel] : channels) out.push_back(std::move(channel));
  return out;
}

}  // namespace

AlertStats alert_stats(const incidents::Desk& desk, const notify::Outbox& outbox, const AlertTimes& times,
                       const IntakeCounts& taken, WallTime now, std::size_t most_alerts) {
  AlertStats stats;
  count_alerts(stats, desk, most_alerts);
  const auto rules = desk.evaluator().stats();
  stats.rules = rules.rules;
  stats.series = rules.series;
  stats.results = rules.results;
  stats.evaluations = rules.evaluations;
  stats.no_value = rules.no_value;
  stats.refused = rules.refused;
  stats.fired = rules.fired;
  stats.resolved = rules.resolved;
  stats.spent = distribution_of(times.spent);
  stats.lateness = distribution_of(times.lateness);
  stats.skipped = skipped_of(desk.evaluator().rules());

  const auto booked = desk.stats();
  const auto& sent = outbox.stats();
  stats.groups = booked.groups;
  stats.not_grouped = booked.not_grouped;
  stats.unbooked = booked.unbooked;
  stats.failed_writes = booked.failed_writes;
  stats.unwritten = booked.waiting;
  stats.without_receiver = booked.without_receiver;
  stats.queued = booked.notifications;
  stats.channels = channels_of(booked, sent);
  stats.waiting = sent.waiting;
  if (sent.oldest && *sent.oldest < now)
    stats.oldest_seconds = std::chrono::duration<double>(now - *sent.oldest).count();
  stats.store_failures = sent.store_failures;
  for (const auto& [name, count] : taken)
    stats.sources.push_back({name, count.taken, count.refused, count.bodies_refused});
  return stats;
}

AlertStats AlertApi::stats(std::size_t most_alerts) const {
  return alert_stats(parts_.desk, parts_.outbox, parts_.times, taken_, parts_.clock.wall(), most_alerts);
}

}  // namespace holter::app
