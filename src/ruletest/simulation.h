#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert_sink.h"
#include "alert/evaluator.h"
#include "alert/round_view.h"
#include "base/clock.h"
#include "base/result.h"
#include "expr/value.h"
#include "memory/account.h"
#include "model/alert.h"
#include "ruletest/scene.h"
#include "ruletest/test_file.h"

namespace holter::ruletest {

/// Time passes for the monitors of a group: their results go to the rules as those of a running Holter do, with a look
/// at the rules each second between them. Nothing waits: time is a number.
///
/// Lifetime: group, scene and parser outlive it.
class Simulation final : alert::AlertSink, alert::Monitors {
 public:
  Simulation(const TestGroup& group, const Scene& scene, const alert::ActiveHoursParser* hours);

  /// Before run_to(). Errors: those of Evaluator::set_rules().
  Status set_rules(const std::vector<alert::Rule>& rules);
  /// Up to this time after the start, results of that time included. Time does not go back.
  void run_to(milliseconds at);

  /// What fires now under this name, as people see it; by labels.
  std::vector<const model::Alert*> firing(std::string_view alertname) const;
  /// Why a rule could not be asked, or not all that fires could be kept; empty: neither.
  const std::string& trouble() const { return trouble_; }

 private:
  /// How a monitor is, by the results of its sets that decide.
  struct Health {
    struct Verdict {
      bool success = true, unreachable = false;
    };
    std::map<std::size_t, Verdict> deciding;  ///< by set
    std::int64_t heard_ms = 0;
    bool waited_for = false;  ///< a deciding set has series: before its first result nothing is known
  };
  /// Of one check.
  struct Outcome {
    bool came = false;
    bool success = true;         ///< also where nobody says so
    const Column* up = nullptr;  ///< who says so
    std::int64_t duration_us = 0;
  };

  void give_results(std::size_t step);
  Outcome outcome_of(const SetPlan& plan, std::size_t step) const;
  void fill_rows(const SetPlan& plan, std::size_t step);
  model::State state_of(std::size_t monitor, std::int64_t now_ms) const;
  void tick(milliseconds at);
  std::int64_t time_ms(milliseconds at) const { return epoch_ms(group_.start + at); }
  void keep(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence);
  void complain(std::string what);

  // What the rules say, and what they ask.
  void fired(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void resolved(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void changed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence) override;
  void limited(const alert::Rule& rule, alert::Limit limit) override;
  void broken(const alert::Rule& rule, const Error& error) override;
  std::optional<alert::MonitorView> find(MonitorId id) const override;
  std::size_t each(std::size_t from, std::size_t most,
                   const std::function<void(const alert::MonitorView&, model::State)>& visit) const override;

  const TestGroup& group_;
  const Scene& scene_;
  memory::Account account_;
  alert::Evaluator evaluator_;
  std::vector<Health> health_;  ///< by monitor
  std::map<model::Labels, model::Alert> firing_;
  std::size_t step_ = 0;       ///< the next
  milliseconds next_look_{0};  ///< at the rules
  std::int64_t now_ms_ = 0;    ///< of the last look
  std::string trouble_;
  // Of the round that is being told.
  std::vector<expr::Value> cells_;
  std::vector<std::size_t> present_;  ///< rows
  std::vector<alert::RowView> rows_;
};

}  // namespace holter::ruletest
