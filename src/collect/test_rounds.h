#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "collect/collector.h"
#include "collect/per_row.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "testing/fake_clock.h"

// A shard whose time is fake and whose targets do as a test says: for rounds over hours in a second.

namespace holter::collect::test {

class Target;

/// Asks the target that the thread's current script makes; its block is {ask: TEXT, timeout: MS}.
class TargetProbe final : public Probe {
 public:
  TargetProbe(Target& target, std::string ask, milliseconds timeout)
      : ask(std::move(ask)), target_(target), timeout_(timeout) {}
  ~TargetProbe() override;
  void start(Attempt& attempt) override;
  void cancel(Attempt& attempt) override;
  std::string_view target() const override { return "target"; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override { return sizeof(*this) + ask.capacity(); }

  const std::string ask;

 private:
  Target& target_;
  const milliseconds timeout_;
};

/// What the probes of a test talk to. The newest one of a thread is asked by probes that are made there.
class Target {
 public:
  Target() { current() = this; }
  virtual ~Target() { current() = nullptr; }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual void start(TargetProbe& probe, Attempt& attempt) = 0;
  virtual void cancel(TargetProbe& probe, Attempt& attempt) = 0;
  static Target*& current() {
    static thread_local Target* target = nullptr;
    return target;
  }
  std::size_t probes = 0;  ///< that exist
};

inline TargetProbe::~TargetProbe() {
  --target_.probes;
}
inline void TargetProbe::start(Attempt& attempt) {
  target_.start(*this, attempt);
}
inline void TargetProbe::cancel(Attempt& attempt) {
  target_.cancel(*this, attempt);
}

inline const PluginInfo& target_plugin() {
  static const PluginInfo info{
      .name = "target", .block = "target", .compile = [](const ProbeConfig& config) -> Result<std::unique_ptr<Probe>> {
        auto ask = config.block.text_or("ask");
        if (ask == "bad") return Error(ErrorCode::kInvalidArgument, "cannot ask for 'bad'");
        auto timeout = std::stol(std::string(config.block.text_or("timeout", "1000")));
        ++Target::current()->probes;
        return std::make_unique<TargetProbe>(*Target::current(), std::string(ask), milliseconds(timeout));
      }};
  return info;
}

/// A set as a test writes it: one field and one alias, both called `field`.
struct SetSpec {
  std::string name;
  int priority = 0;
  std::string ask{};  ///< may have references
  std::string field = "value";
  seconds interval{0};
  std::string timeout = "1000";
  std::uint32_t min_rows = 0;
};

inline model::SetDef set_of(const SetSpec& spec) {
  model::SetDef def{.name = spec.name,
                    .priority = spec.priority,
                    .interval = spec.interval,
                    .min_rows = spec.min_rows,
                    .protocol = "target",
                    .fields = {{.field = spec.field}},
                    .aliases = {spec.field}};
  def.block = {.kind = model::Node::Kind::kMap,
               .text = {},
               .items = {model::Node::of_text(spec.ask), model::Node::of_text(spec.timeout)},
               .keys = {"ask", "timeout"}};
  return def;
}

inline SetPlan plan_of(const model::SetDef& def) {
  model::ResolvedSet set{&def, def.aliases, def.calculates, def.units};
  set.block = def.block;
  auto layout = std::make_shared<const Layout>(Layout::make(def, def.aliases, {}, {}).value());
  auto names = references(set);
  auto probe = names.empty() ? target_plugin().compile({"fake", def.name, def.aliases, def.block}).value()
                             : std::make_unique<PerRow>(target_plugin(), "fake", set, std::move(names));
  return {.probe = std::move(probe), .layout = std::move(layout), .def = &def};
}

/// The collecting side of a shard, and what it recorded. `advance()` moves time from one thing that is due to the next.
class FakeShard {
 public:
  struct Round {
    std::string set;
    model::ResultCode code{};
    std::string message;
    std::int64_t time_ms = 0;
    auto operator<=>(const Round&) const = default;
  };

  explicit FakeShard(std::size_t memory_bytes = 8 << 20, std::size_t batch_rows = 1)
      : memory_("collect", nullptr, memory_bytes) {
    clock.advance(std::chrono::hours(24 * 365 * 20));  // Asio's timers, which know the real time, never fire
    Collector::Options options;
    options.recorder.batch_rows = batch_rows;  // 1: each result is published at once
    collector.emplace(options, services, memory_, pool_,
                      [this](std::shared_ptr<const batch::Batch> batch) { keep(*batch); });
  }
  ~FakeShard() { close(); }

  MonitorJob& add(std::vector<SetSpec> specs, milliseconds interval = milliseconds(60'000),
                  model::Criticality criticality = model::Criticality::kNormal) {
    auto definition = std::make_shared<model::Definition>();
    definition->app = "fake";
    for (const auto& spec : specs) definition->sets.push_back(set_of(spec));
    auto name = "monitor-" + std::to_string(monitors.size());
    monitors.push_back({.id = {stable_hash(name)},
                        .name = name,
                        .definition = definition,
                        .labels = std::make_shared<model::Labels>(),
                        .interval = interval,
                        .criticality = criticality});
    return load(monitors.back());
  }
  MonitorJob& load(const model::Monitor& monitor) {
    std::vector<SetPlan> plans;
    nanoseconds interval = monitor.interval;
    for (const auto& def : monitor.definition->sets) {
      plans.push_back(plan_of(def));
      if (def.interval.count() > 0 && !monitor.cron) interval = std::min<nanoseconds>(interval, def.interval);
    }
    std::ranges::sort(plans, {}, [](const SetPlan& plan) { return std::pair(plan.def->priority, plan.def); });
    auto job = std::make_unique<MonitorJob>(monitor,
                                            schedule::Job::Spec{.hash = monitor.id.value,
                                                                .target = monitor.id.value,
                                                                .interval = interval,
                                                                .criticality = monitor.criticality,
                                                                .exact = monitor.cron != nullptr},
                                            std::move(plans));
    auto& made = *job;
    EXPECT_TRUE(collector->add(std::move(job)).has_value());
    return made;
  }

  /// Something that happens at that time, within advance().
  void at(MonoTime time, std::function<void()> what) { events_.emplace(time, std::move(what)); }
  void advance(nanoseconds by) {
    auto end = clock.mono() + by;
    while (true) {
      context.poll();
      context.restart();
      auto next = collector->scheduler().next();
      auto time = std::min(next.value_or(MonoTime::max()), events_.empty() ? MonoTime::max() : events_.begin()->first);
      if (time > end) break;
      if (time > clock.mono()) clock.advance(time - clock.mono());
      collector->scheduler().advance(clock.mono());
      while (!events_.empty() && events_.begin()->first <= clock.mono()) {
        auto what = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        what();
      }
    }
    clock.advance(end - clock.mono());
  }
  /// What was recorded since the last call.
  std::vector<Round> rounds() { return std::exchange(rounds_, {}); }
  /// (set{labels}, text) of text values since the last call.
  std::vector<std::pair<std::string, std::string>> texts() { return std::exchange(texts_, {}); }
  void close() {
    if (!collector) return;
    bool closed = false;
    boost::asio::co_spawn(context, collector->close(), [&](std::exception_ptr) { closed = true; });
    context.poll();
    context.restart();
    EXPECT_TRUE(closed);
    const auto& c = collector->counters();
    EXPECT_EQ(c.due.load(), c.run.load() + c.skipped.load() + c.paused.load());
    collector.reset();
    context.poll();
    context.restart();
    EXPECT_EQ(memory_.held(), 0u);
  }
  /// Told of each round that was published: when it ended.
  std::function<void(MonitorId, model::ResultCode, WallTime ended)> on_round;
  memory::Account& rounds_account() { return memory_.child("rounds"); }

  testing::FakeClock clock;
  boost::asio::io_context context{1};
  std::deque<model::Monitor> monitors;

 private:
  void keep(const batch::Batch& batch) {
    for (std::size_t i = 0; i < batch.rounds() && on_round; ++i)
      on_round({batch.round_monitor()[i]}, static_cast<model::ResultCode>(batch.round_code()[i]),
               WallTime(milliseconds(batch.round_time_ms()[i] + batch.round_duration_us()[i] / 1000)));
    if (on_round) return;
    for (std::size_t i = 0; i < batch.rounds(); ++i)
      rounds_.push_back({std::string(batch.round_set(i)), static_cast<model::ResultCode>(batch.round_code()[i]),
                         std::string(batch.round_message(i)), batch.round_time_ms()[i]});
    for (std::size_t i = 0; i < batch.series(); ++i)
      labels_[batch.series_id()[i]] = fmt::format("{}{{{}}}", batch.series_set(i), batch.series_labels(i));
    for (std::size_t i = 0; i < batch.texts(); ++i)
      texts_.emplace_back(labels_[batch.text_series()[i]], batch.text_value(i));
  }

  std::multimap<MonoTime, std::function<void()>> events_;
  memory::Account account_{"process", nullptr, 64 << 20};
  memory::Account memory_;
  memory::ArrowPool pool_{account_, "test"};
  runtime::TaskScope scope_{context.get_executor()};
  net::Resolver resolver_{{}, context.get_executor(), clock, account_};
  net::HttpClient http_{{}, context.get_executor(), clock, resolver_, account_};
  net::IcmpEngine icmp_{{.max_in_flight = 16}, context.get_executor(), clock, account_};
  ShardObjects objects_;
  Services services{context.get_executor(), clock, scope_, account_, resolver_, http_, icmp_, objects_};
  std::vector<Round> rounds_;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::map<std::uint64_t, std::string> labels_;

 public:
  std::optional<Collector> collector;
};

}  // namespace holter::collect::test
