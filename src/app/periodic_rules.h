#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/evaluator.h"
#include "alert/periodic_schedule.h"
#include "api/periodic_stats.h"
#include "app/rule_query.h"
#include "base/clock.h"
#include "memory/account.h"
#include "runtime/task_scope.h"

namespace holter::app {

/// What is known of the runs of one periodic rule.
struct PeriodicStatus {
  std::uint64_t evaluations = 0, failures = 0, skipped = 0;  ///< as api::PeriodicStats has them
  milliseconds duration{0}, lateness{0};                     ///< of the last run
  double seconds = 0;                                        ///< of all runs
  std::int64_t answered_ms = 0;                              ///< when it was answered last, ms since 1970; 0: not yet
  std::size_t rows = 0;                                      ///< of the last answer
  alert::QueryOutcome outcome;                               ///< and what became of them
  std::string error;                                         ///< of the last run; empty: it was answered
  std::int64_t error_since_ms = 0;                           ///< since when no run has been answered
  unsigned failed_in_a_row = 0;
  std::vector<std::string> warnings;  ///< of the last answer
};

/// Runs periodic rules: asks the query of each every interval, and gives the rows to the rules. A run that fails is no
/// answer: alerts stay as they are, the rule's status says why and since when, and after kFailuresToTell of them in a
/// row an event says so, once.
///
/// Threads: the executor's. Lifetime: what it is made of outlives it; close() before destruction.
class PeriodicRules {
 public:
  static constexpr unsigned kFailuresToTell = 3;
  static constexpr std::size_t kMostTold = 10;  ///< rules whose failure is told; of further ones only that there are
  static constexpr seconds kMostPatience{30};   ///< with one run; less where the interval is less

  struct Parts {
    runtime::Executor executor;
    const Clock& clock;
    memory::Account& account;
    const QuerySources& sources;
    std::function<std::uint64_t()> version;  ///< another one after each change of the rules
    std::function<std::vector<alert::RuleStatus>()> rules;
    /// As Evaluator::on_query().
    std::function<Result<alert::QueryOutcome>(std::string_view, std::span<const alert::QueryRow>, std::int64_t)> answer;
    /// Something for the events of the API: kind, severity, text.
    std::function<void(std::string_view, std::string_view, std::string_view)> tell;
    alert::PeriodicSchedule::Limits limits{};
  };
  explicit PeriodicRules(Parts parts);

  /// About once a second; between, it looks by itself at when the next rule is due. Follows changes of the rules, and
  /// begins what is due.
  void look();
  boost::asio::awaitable<void> close();

  /// Nothing for a rule that is no periodic one, or not in force.
  std::optional<PeriodicStatus> status(std::string_view rule) const;
  /// Of at most `most` rules, those that failed first, then by name.
  std::vector<api::PeriodicStats> stats(std::size_t most = 100) const;
  std::size_t running() const { return schedule_.running(); }

 private:
  /// What is needed of a rule to run it, and what has come of that.
  struct Known {
    alert::QuerySource source = alert::QuerySource::kHistorySql;
    std::string query;
    milliseconds interval{0};
    std::uint64_t meaning = 0;
    bool told = false;  ///< that it fails
    PeriodicStatus status;
  };
  class Ticket;

  void follow();
  Status follow_rules();
  void begin_due();
  void begin(alert::PeriodicSchedule::Run run);
  boost::asio::awaitable<void> wait_for_due();
  boost::asio::awaitable<void> run(std::unique_ptr<Ticket> ticket, alert::QuerySource source, std::string query,
                                   MonoTime deadline);
  void finish(const alert::PeriodicSchedule::Run& run, MonoTime began, std::int64_t time_ms,
              const Result<RuleAnswer>* answer) noexcept;
  Status take(const std::string& rule, Known& known, const RuleAnswer& answer, std::int64_t time_ms);
  void fail(const std::string& rule, Known& known, const Error& error);
  void tell_failure(const std::string& rule, Known& known);
  void tell_recovery(const std::string& rule, Known& known);

  const Parts parts_;
  alert::PeriodicSchedule schedule_;
  std::map<std::string, Known, std::less<>> known_;
  memory::Reservation memory_;  ///< of the schedule and of what is known
  std::optional<std::uint64_t> version_;
  std::size_t told_ = 0;
  bool told_more_ = false, waiting_ = false, beginning_ = false, closed_ = false;
  runtime::TaskScope tasks_;
};

}  // namespace holter::app
