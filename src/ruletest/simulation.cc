#include "ruletest/simulation.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "alert/row_labels.h"
#include "incidents/dressed.h"

namespace holter::ruletest {
namespace {

constexpr seconds kLookEvery{1};
constexpr std::size_t kMostBytes = std::size_t{256} << 20;
/// As latest::Latest has it: older than this, a monitor is STALE.
constexpr milliseconds kStaleSlack = seconds(10);

}  // namespace

Simulation::Simulation(const TestGroup& group, const Scene& scene, const alert::ActiveHoursParser* hours)
    : group_(group),
      scene_(scene),
      account_("rule test", nullptr, kMostBytes),
      evaluator_(account_, *this, hours),
      health_(scene.monitors.size()) {
  for (const auto& plan : scene_.sets)
    if (scene_.monitors[plan.monitor].definition->sets[plan.set].priority == 0) health_[plan.monitor].waited_for = true;
}

Status Simulation::set_rules(const std::vector<alert::Rule>& rules) {
  return evaluator_.set_rules(rules, time_ms(milliseconds(0)));
}

void Simulation::run_to(milliseconds at) {
  while (true) {
    const auto results =
        step_ < scene_.steps ? group_.interval * static_cast<std::int64_t>(step_) : milliseconds::max();
    if (std::min(results, next_look_) > at) break;
    if (results <= next_look_) {
      give_results(step_++);
    } else {
      tick(next_look_);
      next_look_ += kLookEvery;
    }
  }
  tick(at);
}

void Simulation::tick(milliseconds at) {
  now_ms_ = time_ms(at);
  while (!evaluator_.tick(now_ms_, this)) {
  }
}

void Simulation::give_results(std::size_t step) {
  const auto now = time_ms(group_.interval * static_cast<std::int64_t>(step));
  for (const auto& plan : scene_.sets) {
    const auto outcome = outcome_of(plan, step);
    if (!outcome.came) continue;
    const auto& monitor = scene_.monitors[plan.monitor];
    const auto& set = monitor.definition->sets[plan.set];
    if (set.priority == 0) {
      auto& health = health_[plan.monitor];
      health.deciding[plan.set] = {outcome.success, outcome.up != nullptr && outcome.up->unreachable};
      health.heard_ms = now;
    }
    rows_.clear();
    if (outcome.success) fill_rows(plan, step);
    evaluator_.on_result({.monitor = monitor,
                          .folder = scene_.folders[plan.monitor],
                          .set = set,
                          .decides = set.priority == 0,
                          .code = outcome.success ? model::ResultCode::kSuccess : outcome.up->failure,
                          .state = state_of(plan.monitor, now),
                          .time_ms = now,
                          .duration_us = outcome.duration_us,
                          .rows = rows_});
  }
}

Simulation::Outcome Simulation::outcome_of(const SetPlan& plan, std::size_t step) const {
  Outcome outcome;
  for (const auto& column : plan.columns) {
    const auto* value = column.at(step);
    if (value == nullptr) continue;
    outcome.came = true;
    if (column.what == Column::What::kUp) {
      outcome.up = &column;
      outcome.success = *value == 1;
    }
    if (column.what == Column::What::kDuration) outcome.duration_us = static_cast<std::int64_t>(*value * 1000);
  }
  return outcome;
}

void Simulation::fill_rows(const SetPlan& plan, std::size_t step) {
  const auto& fields = scene_.monitors[plan.monitor].definition->sets[plan.set].fields;
  cells_.assign(plan.rows.size() * fields.size(), {});
  present_.clear();
  for (const auto& column : plan.columns) {
    const auto* value = column.at(step);
    if (value == nullptr || column.what == Column::What::kUp || column.what == Column::What::kDuration) continue;
    const auto cells = std::span(cells_).subspan(column.row * fields.size(), fields.size());
    if (std::ranges::find(present_, column.row) == present_.end()) {
      present_.push_back(column.row);
      for (const auto& [field, text] : plan.rows[column.row].values)
        cells[field] = alert::label_field_value(fields[field], text);
    }
    if (column.what == Column::What::kField) cells[column.field] = expr::Value::of(*value);
    for (const auto& [field, text] : column.texts) cells[field] = expr::Value::of(std::string_view(text));
  }
  for (auto row : present_)
    rows_.push_back(
        {plan.rows[row].labels, std::span<const expr::Value>(cells_).subspan(row * fields.size(), fields.size())});
}

model::State Simulation::state_of(std::size_t monitor, std::int64_t now_ms) const {
  const auto& health = health_[monitor];
  if (health.deciding.empty()) return health.waited_for ? model::State::kUnknown : model::State::kUp;
  if (now_ms - health.heard_ms > (2 * group_.interval + kStaleSlack).count()) return model::State::kStale;
  bool up = true, unreachable = false;
  for (const auto& [set, outcome] : health.deciding) {
    up = up && outcome.success;
    unreachable = unreachable || (!outcome.success && outcome.unreachable);
  }
  if (up) return model::State::kUp;
  return unreachable ? model::State::kUnreachable : model::State::kDown;
}

std::vector<const model::Alert*> Simulation::firing(std::string_view alertname) const {
  std::vector<const model::Alert*> out;
  for (const auto& [labels, alert] : firing_)
    if (model::label_of(labels, "alertname") == alertname) out.push_back(&alert);
  return out;
}

void Simulation::keep(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) {
  const auto name = model::label_of(alert.labels, "monitor");
  auto monitor = std::ranges::find(scene_.monitors, name, &model::Monitor::name);
  const auto* host = monitor == scene_.monitors.end() ? nullptr : monitor->param("host");
  firing_.insert_or_assign(alert.labels, incidents::dressed(alert, rule, evidence, host, {}));
}

void Simulation::complain(std::string what) {
  if (trouble_.empty()) trouble_ = std::move(what);
}

void Simulation::fired(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) {
  keep(alert, rule, evidence);
}
void Simulation::resolved(const model::Alert& alert, const alert::Rule&, const alert::Evidence&) {
  firing_.erase(alert.labels);
}
void Simulation::changed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) {
  keep(alert, rule, evidence);
}
void Simulation::limited(const alert::Rule& rule, alert::Limit limit) {
  complain(fmt::format("the rule '{}' made no more alerts: {}", rule.name, alert::to_string(limit)));
}
void Simulation::broken(const alert::Rule& rule, const Error& error) {
  complain(fmt::format("the rule '{}' cannot be asked: {}", rule.name, error.message()));
}

std::optional<alert::MonitorView> Simulation::find(MonitorId id) const {
  for (std::size_t i = 0; i < scene_.monitors.size(); ++i)
    if (scene_.monitors[i].id == id) return alert::MonitorView{&scene_.monitors[i], scene_.folders[i]};
  return std::nullopt;
}

std::size_t Simulation::each(std::size_t from, std::size_t most,
                             const std::function<void(const alert::MonitorView&, model::State)>& visit) const {
  for (; from < scene_.monitors.size() && most > 0; ++from, --most)
    visit({&scene_.monitors[from], scene_.folders[from]}, state_of(from, now_ms_));
  return from < scene_.monitors.size() ? from : 0;
}

}  // namespace holter::ruletest
