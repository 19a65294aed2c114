#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "alert/alert_sink.h"
#include "alert/evaluator.h"
#include "alert/round_view.h"
#include "alert/rule.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::alert {

/// How often a rule would have fired: results of the past, in order of time, go through an evaluator of its own.
/// Nothing is told to anybody. Threads: one. Lifetime: the account and the parser must outlive it.
class Preview {
 public:
  static constexpr std::size_t kMostIncidents = 1000;

  /// From when to when one alert would have fired.
  struct Incident {
    model::Labels labels;
    std::int64_t from_ms = 0, to_ms = 0;  ///< to: 0 when it still fires at the end
    model::Resolution resolution = model::Resolution::kNone;
    Evidence evidence;  ///< of the begin
  };

  /// Errors: those of Evaluator::set_rules(), and kInvalidArgument for a built-in rule that is not told by results.
  static Result<std::unique_ptr<Preview>> open(Rule rule, memory::Account& account,
                                               const ActiveHoursParser* hours = nullptr);
  ~Preview();

  /// The next result; those that are older than one before are ignored. False when nothing more is taken in: there are
  /// kMostIncidents, or the rule cannot be asked of a set (error()).
  bool on_result(const RoundView& round);
  /// Of a periodic rule instead: the answer to its query at that time. Likewise. `monitors` may be null.
  bool on_query(std::span<const QueryRow> rows, std::int64_t time_ms, const Monitors* monitors);
  /// Time passes until then, without results.
  void finish(std::int64_t until_ms);

  /// In order of their begin.
  const std::vector<Incident>& incidents() const;
  /// An incident is missing: there were more than kMostIncidents at one time, or memory was refused.
  bool cut() const;
  /// Empty, or why the rule cannot be asked of one of the sets.
  const std::string& error() const;
  /// Results for which the condition had no value, and all that were asked.
  std::uint64_t no_value() const { return evaluator_->stats().no_value; }
  std::uint64_t evaluations() const { return evaluator_->stats().evaluations; }

 private:
  class Sink;
  Preview(std::string rule, memory::Account& account, const ActiveHoursParser* hours);
  bool reaches(std::int64_t time_ms);
  void pass_time(std::int64_t until_ms);

  const std::string rule_;  ///< its name
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Evaluator> evaluator_;
  std::int64_t time_ms_ = 0;  ///< of the newest result
};

}  // namespace holter::alert
