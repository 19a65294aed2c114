#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "alert/evaluator.h"
#include "base/hash.h"
#include "memory/account.h"

namespace holter::alert {

/// Writes down what it is told, one line each, and checks that fired and resolved alternate for each fingerprint.
class RecordingSink final : public AlertSink {
 public:
  void fired(const model::Alert& alert, const Rule& rule, const Evidence& evidence) override {
    EXPECT_TRUE(firing.emplace(alert.fingerprint.value, alert).second) << "fired twice: " << named(alert);
    EXPECT_EQ(alert.fingerprint, model::fingerprint_of(alert.labels));
    EXPECT_TRUE(alert.firing());
    lines.push_back(fmt::format("fired {}{}", named(alert), evidence.no_data ? " (no data)" : ""));
    remember(alert, evidence);
  }
  void resolved(const model::Alert& alert, const Rule& rule, const Evidence& evidence) override {
    auto found = firing.find(alert.fingerprint.value);
    EXPECT_NE(found, firing.end()) << "does not fire: " << named(alert);
    if (found != firing.end()) {
      EXPECT_EQ(found->second.starts, alert.starts) << named(alert);
      EXPECT_EQ(found->second.labels, alert.labels) << named(alert);
      firing.erase(found);
    }
    EXPECT_GE(alert.ends, alert.starts);
    lines.push_back(fmt::format("resolved {}: {}", named(alert), to_string(alert.resolution)));
    remember(alert, evidence);
  }
  void changed(const model::Alert& alert, const Rule& rule, const Evidence& evidence) override {
    EXPECT_TRUE(firing.contains(alert.fingerprint.value)) << named(alert);
    lines.push_back(fmt::format("changed {}{}", named(alert), evidence.no_data ? " (no data)" : ""));
    remember(alert, evidence);
  }
  void limited(const Rule& rule, Limit limit) override {
    lines.push_back(fmt::format("limited {}: {}", rule.name, to_string(limit)));
  }
  void broken(const Rule& rule, const Error& error) override {
    lines.push_back(fmt::format("broken {}", rule.name));
    last_error = error.message();
  }
  /// What was told since the last call.
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::map<std::uint64_t, model::Alert> firing;
  std::vector<std::string> lines;
  model::Alert last;
  Evidence evidence;
  std::string last_error;

 private:
  static std::string named(const model::Alert& alert) {
    auto out =
        fmt::format("{} {}", model::label_of(alert.labels, "alertname"), model::label_of(alert.labels, "monitor"));
    if (auto mount = model::label_of(alert.labels, "mount"); !mount.empty()) out += fmt::format(" {}", mount);
    return out;
  }
  void remember(const model::Alert& alert, const Evidence& of) {
    last = alert;
    evidence = of;
  }
};

/// An application "linux" with a set "basic" that decides, and a set "disk" with a row for each mount.
inline std::shared_ptr<const model::Definition> linux_definition() {
  auto out = std::make_shared<model::Definition>();
  out->app = "linux";
  out->sets.push_back({.name = "basic",
                       .priority = 0,
                       .fields = {{.field = "load", .type = model::FieldType::kNumber},
                                  {.field = "token", .type = model::FieldType::kSecret}}});
  out->sets.push_back({.name = "disk",
                       .priority = 1,
                       .fields = {{.field = "mount", .type = model::FieldType::kString, .label = true},
                                  {.field = "used", .type = model::FieldType::kNumber},
                                  {.field = "total", .type = model::FieldType::kNumber}}});
  out->sets.push_back(
      {.name = "certificate", .priority = 1, .fields = {{.field = "days_left", .type = model::FieldType::kNumber}}});
  return out;
}

class EvaluatorTest : public ::testing::Test, public Monitors {
 protected:
  static constexpr std::int64_t kStart = 1'700'000'000'000, kMinute = 60'000;

  EvaluatorTest() : evaluator_(std::make_unique<Evaluator>(account_, sink_)) { set_rules({}); }

  const model::Monitor& add(std::string name, model::Labels labels = {}) {
    return monitors_.emplace_back(model::Monitor{.id = {stable_hash(name)},
                                                 .name = name,
                                                 .definition = definition_,
                                                 .labels = std::make_shared<model::Labels>(std::move(labels)),
                                                 .interval = milliseconds(kMinute)});
  }
  void set_rules(std::vector<Rule> rules) {
    auto set = evaluator_->set_rules(std::move(rules), now_);
    ASSERT_TRUE(set.has_value()) << set.error().message();
  }
  static Rule rule(std::string name, std::string expression, std::string set = "") {
    Rule out;
    out.name = std::move(name);
    out.expression = std::move(expression);
    if (!set.empty()) out.selector = {.app = "linux", .set = std::move(set)};
    return out;
  }
  /// A result of the set that decides.
  void basic(const model::Monitor& monitor, double load, model::State state = model::State::kUp,
             model::ResultCode code = model::ResultCode::kSuccess) {
    const expr::Value fields[] = {expr::Value::of(load), expr::Value::of("secret")};
    const RowView rows[] = {{"", fields}};
    result(monitor, 0,
           code == model::ResultCode::kSuccess ? std::span<const RowView>(rows) : std::span<const RowView>(), state,
           code);
  }
  struct Disk {
    std::string mount;
    std::optional<double> used;
  };
  void disks(const model::Monitor& monitor, std::vector<Disk> disks) {
    std::deque<std::string> labels;
    std::deque<std::array<expr::Value, 3>> fields;
    std::vector<RowView> rows;
    for (const auto& disk : disks) {
      labels.push_back(fmt::format("mount=\"{}\"", disk.mount));
      fields.push_back({expr::Value::of(std::string_view(disk.mount)),
                        disk.used ? expr::Value::of(*disk.used) : expr::Value(), expr::Value::of(100.0)});
      rows.push_back({labels.back(), fields.back()});
    }
    result(monitor, 1, rows);
  }
  void result(const model::Monitor& monitor, std::size_t set, std::span<const RowView> rows,
              model::State state = model::State::kUp, model::ResultCode code = model::ResultCode::kSuccess) {
    evaluator_->on_result({.monitor = monitor,
                           .folder = folder_,
                           .set = monitor.definition->sets[set],
                           .decides = set == 0,
                           .code = code,
                           .state = state,
                           .time_ms = now_,
                           .duration_us = 1500,
                           .rows = rows});
  }
  void tick() {
    while (!evaluator_->tick(now_, this)) {
    }
  }
  /// A new evaluator goes on where the old one ends.
  std::vector<Unrestored> restart(std::vector<Rule> rules) {
    std::vector<SeriesRecord> records;
    evaluator_->records([&](const SeriesRecord& record) { records.push_back(record); });
    evaluator_.reset();
    EXPECT_EQ(account_.held(), 0U);
    evaluator_ = std::make_unique<Evaluator>(account_, sink_);
    set_rules(std::move(rules));
    return evaluator_->restore(records, *this);
  }

  std::optional<MonitorView> find(MonitorId id) const override {
    for (const auto& monitor : monitors_)
      if (monitor.id == id) return MonitorView{&monitor, folder_};
    return std::nullopt;
  }
  std::size_t each(std::size_t from, std::size_t most,
                   const std::function<void(const MonitorView&, model::State)>& visit) const override {
    for (; from < monitors_.size() && most > 0; ++from, --most) {
      auto state = states_.find(monitors_[from].id.value);
      visit({&monitors_[from], folder_}, state == states_.end() ? model::State::kUp : state->second);
    }
    return from < monitors_.size() ? from : 0;
  }

  using Lines = std::vector<std::string>;

  memory::Account account_{"test", nullptr, std::size_t{64} << 20};
  RecordingSink sink_;
  std::shared_ptr<const model::Definition> definition_ = linux_definition();
  std::deque<model::Monitor> monitors_;
  std::map<std::uint64_t, model::State> states_;
  std::string folder_;
  std::int64_t now_ = kStart;
  std::unique_ptr<Evaluator> evaluator_;
};

}  // namespace holter::alert
