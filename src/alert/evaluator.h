#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alert/alert_sink.h"
#include "alert/round_view.h"
#include "alert/rule.h"
#include "alert/rule_entry.h"
#include "alert/selections.h"
#include "alert/series_table.h"
#include "base/result.h"
#include "expr/evaluate.h"
#include "expr/explain.h"
#include "expr/regex_pool.h"
#include "memory/account.h"
#include "model/alert.h"
#include "model/stretch.h"

namespace holter::alert {

/// The most that an evaluator keeps. At a bound the alert is not made, its rule counts it, and the sink is told once.
struct Bounds {
  std::size_t alerts_of_rule = 10'000;
  std::size_t alerts = 50'000;
  std::size_t series = 200'000;  ///< that are pending, firing, held, or have some of `n` of `m`
};

struct EvaluatorStats {
  std::size_t rules = 0, alerts = 0, series = 0, bytes = 0;
  std::uint64_t results = 0;      ///< that had rules
  std::uint64_t evaluations = 0;  ///< of conditions
  std::uint64_t no_value = 0;     ///< of these, such as had none
  std::uint64_t ignored = 0;      ///< results of a series that were not newer than its last
  std::uint64_t fired = 0, resolved = 0, changed = 0;
  std::uint64_t refused = 0;  ///< by a bound or the account
};

/// A rule in force, for reports.
struct RuleStatus {
  const Rule* rule = nullptr;  ///< valid until the next set_rules()
  std::size_t alerts = 0, series = 0;
  std::array<std::uint64_t, kLimits> refused{};  ///< by Limit
  std::uint64_t no_value = 0;                    ///< evaluations that had none
  std::string_view error;                        ///< why it cannot be asked of a set; empty: it can
};

/// A row of the answer to a periodic rule's query.
struct QueryRow {
  model::Labels labels;                         ///< sorted
  std::string value;                            ///< for people; empty: the row has none
  MonitorId monitor{};                          ///< that it is about; 0: about none
  model::Labels values{};                       ///< further numbers for people, sorted
  model::State state = model::State::kUnknown;  ///< of the monitor
};
/// What became of the rows of one answer.
struct QueryOutcome {
  std::size_t held = 0;      ///< rows whose series are kept
  std::size_t merged = 0;    ///< rows with the labels of one before: the first counts
  std::size_t left_out = 0;  ///< about a monitor that is gone, paused, unreachable, or not selected
  std::size_t refused = 0;   ///< by a bound or the account
};

/// The state of a series, for a restart. Plain data.
struct SeriesRecord {
  std::string rule;           ///< its name
  std::uint64_t meaning = 0;  ///< meaning_of(rule)
  MonitorId monitor;          ///< 0: of the process itself
  std::string set, labels;
  std::uint32_t interval_s = 0;
  MachineRecord machine;
  model::Fingerprint fingerprint;  ///< of its alert; 0: none fires
  Evidence evidence;               ///< of what is pending
  bool operator==(const SeriesRecord&) const = default;
};

/// A record that has no place any more; if it has a fingerprint, the alert ended while nobody looked.
struct Unrestored {
  SeriesRecord record;
  model::Resolution why = model::Resolution::kNone;
};

/// Asks each result the rules that are about it, and makes alerts of the answers: the states of series are
/// docs/alerting-states.md, what is built in is builtin.h. Pure logic: results, time and the states of monitors come in
/// as arguments, alerts go to the sink within the call.
///
/// A result without rules costs one look-up. Only series that are not inactive are kept.
/// Threads: one. Nothing throws for want of memory but set_rules() and the look-up of a set or a monitor that is new,
/// and then nothing has changed: std::bad_alloc of the allocator's cap. Lifetime: the account, the sink and the parser
/// must outlive it; monitors need not.
class Evaluator {
 public:
  /// `hours` may be null: then no rule may have active hours.
  Evaluator(memory::Account& account, AlertSink& sink, const ActiveHoursParser* hours = nullptr, Bounds bounds = {});
  ~Evaluator();
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  /// The users' rules from now on; the built-in ones are added (with_builtins()). A rule that is the same keeps all
  /// states; one that means something else, is disabled or gone ends them (kRuleGone). With other labels or another
  /// severity, each alert is resolved as what it was and fires, since the same time, as what it is now; with other
  /// annotations it is changed().
  /// Errors, and nothing has changed then: those of with_builtins(), check() and CompiledRule::compile() as far as that
  /// needs no definition, and kInvalidArgument for active hours; kResourceExhausted.
  Status set_rules(std::vector<Rule> rules, std::int64_t now_ms);
  /// What set_rules() would say of them.
  Status check_rules(std::vector<Rule> rules) const;
  /// Definitions have been replaced: what was compiled for old ones may go.
  void on_definitions_changed() { drop_bindings(); }

  /// Some rule about the set reads its rows, or how many there are: only then on_result() needs `round.rows`.
  bool reads_rows(const RoundView& round) { return binding_of(round).reads_rows; }
  void on_result(const RoundView& round);
  /// They are known by their id; alerts are resolved with kDeleted, kPaused.
  void on_monitor_gone(MonitorId id, std::int64_t now_ms) {
    selections_.forget(id);
    end_monitor(id, model::Resolution::kDeleted, now_ms);
  }
  void on_monitor_paused(MonitorId id, std::int64_t now_ms) { end_monitor(id, model::Resolution::kPaused, now_ms); }
  /// Alerts of rules with WhenUnreachable::kSuppress are resolved with kUnreachable.
  void on_monitor_unreachable(MonitorId id, std::int64_t now_ms);
  /// The monitor is shown as something else, as latest::Latest::on_change() tells: of PAUSED and UNREACHABLE as above;
  /// of all else results and ticks tell.
  void on_monitor_state(MonitorId id, model::State state, std::int64_t now_ms) {
    if (state == model::State::kPaused) on_monitor_paused(id, now_ms);
    if (state == model::State::kUnreachable) on_monitor_unreachable(id, now_ms);
  }
  /// The monitor has other labels or another folder, as found by its next result, too: its alerts fire
  /// anew as what they are now.
  void on_monitor_edited(const MonitorView& monitor, std::int64_t now_ms);
  /// Of a built-in rule about the process itself (HistoryDown, MemoryLevel, DiskLow, CollectorDown): whether it holds
  /// for the thing with these labels (sorted). `annotations` go with the alert. Errors: kNotFound for another rule, or
  /// one that is disabled; kInvalidArgument for too many labels.
  Status set_condition(std::string_view rule, const model::Labels& labels, bool holds, const model::Labels& annotations,
                       std::int64_t now_ms);

  /// The answer to a periodic rule's query: each row is an alert with these labels (sorted), and a row that is not
  /// there any more is one whose condition does not hold. A row about a monitor is an alert of that monitor, which ends
  /// with it. A query that failed is no answer: do not call, and all stays as it was; but for a rule that says itself
  /// when nothing is no data (`no_data_after`, or NoData::kAlert). `monitors` may be null: rows are about none then.
  /// Errors: kNotFound.
  Result<QueryOutcome> on_query(std::string_view rule, std::span<const QueryRow> rows, std::int64_t time_ms,
                                const Monitors* monitors = nullptr);

  /// Intervals of low monitors are so many times as long from now on: what is waited for by them is waited for longer.
  void set_stretch(unsigned factor, std::int64_t now_ms) { stretch_.set(factor, now_ms); }
  /// Time passes: `for`, keep_firing_for and no_data_after run out; MonitorStale is asked. Looks at `most` series and
  /// at `most` monitors at most; the next call goes on from there. True when a round is through. `monitors` may be
  /// null: MonitorStale is not asked then.
  bool tick(std::int64_t now_ms, const Monitors* monitors, std::size_t most = 5000);
  /// Somebody has set the clock by so much, before any result or tick with a new time: nothing comes due or is old for
  /// it.
  void on_clock_set(std::int64_t by_ms);
  /// Resolves by hand: silent until its condition was false once. False where nothing with these labels fires.
  bool resolve_by_hand(const model::Labels& labels, std::int64_t now_ms);

  /// Calls `visit` for each alert that fires, in no certain order.
  void each_alert(const std::function<void(const model::Alert&, const Rule&)>& visit) const;
  /// Calls `visit` for each series whose condition holds, but not yet for long enough, with the name of its monitor
  /// (empty: of the process itself), in no certain order.
  void each_pending(const std::function<void(const Rule&, std::string_view monitor)>& visit) const;
  /// Calls `visit` for each series that is kept, in no certain order.
  void records(const std::function<void(const SeriesRecord&)>& visit) const;
  /// After set_rules(), before anything else. What fires is not told again: whoever kept the records has kept the
  /// alerts; but for one whose labels are others by now, which fires as what it is. Silence counts from the next tick
  /// on: while nobody listened, nothing could come. Returns what could not be restored.
  std::vector<Unrestored> restore(std::span<const SeriesRecord> records, const Monitors& monitors);

  EvaluatorStats stats() const;
  /// By name.
  std::vector<RuleStatus> rules() const;

 private:
  /// A rule for one set: its program.
  struct Bound {
    RuleEntry* rule;
    std::shared_ptr<const CompiledRule> compiled;
  };
  /// The rules about one set of one definition, by the set's address: monitors of an application share it.
  struct Binding {
    std::shared_ptr<const model::Definition> definition;  ///< so that the address stays taken
    std::vector<Bound> all;
    boost::unordered_flat_map<MonitorId, std::vector<Bound>, IdHash> by_monitor;  ///< rules that name monitors
    std::vector<Bound> matched;                                                   ///< rules with matchers
    bool reads_rows = false;
    bool complete = true;  ///< false: memory was refused for a rule; made anew after a round of ticks
  };
  /// What one result needs, beside the result.
  struct Pass {
    const RoundView& round;
    TrackedMonitor* tracked;  ///< null: no series of the monitor is kept. Between questions it may be one that is gone
    bool unreachable;
  };
  using RuleMap = std::map<std::string, std::unique_ptr<RuleEntry>, std::less<>>;

  // evaluator.cc: results
  void ask(Pass& pass, const Bound& bound);
  void ask_row(Pass& pass, const Bound& bound, const RowView* row);
  void fill(const RoundView& round, const CompiledRule& compiled, const RowView* row);
  Verdict verdict_of(const CompiledRule& compiled);
  bool is_true(const expr::Program& program);
  void watch(Pass& pass, const Bound& bound);
  void miss_rows(const Pass& pass);
  Evidence explained(const expr::Program& program);
  std::uint32_t find_or_add(Pass& pass, const SeriesKey& key, RuleEntry& rule, bool add);

  // evaluator_rules.cc: rules and bindings
  Result<RuleMap> make_rules(std::vector<Rule> rules) const;
  Result<std::unique_ptr<RuleEntry>> make_rule(Rule rule) const;
  void mark_edits(const RuleMap& next);
  void take_over(RuleMap next);
  const Binding& binding_of(const RoundView& round);
  void bind(Binding& binding, const RoundView& round);
  bool bind_rule(Binding& binding, RuleEntry& entry, const RoundView& round);
  const Selections::Places& matched_of(const Binding& binding, const RoundView& round);
  void drop_bindings();
  void retry_bindings();

  // evaluator_series.cc: series and alerts
  std::uint32_t add_series(const SeriesKey& key, RuleEntry& rule, const MonitorView& monitor, std::uint32_t interval_s);
  /// Tells whoever is to know of the step that the machine has made; `before` is the machine before it. `evidence` may
  /// be null: what is kept with the series then. May drop the series.
  void settle(std::uint32_t place, Step step, const SeriesMachine& before, std::int64_t time_ms,
              const Evidence* evidence);
  void tell(Series& series, Step step, const SeriesMachine& before, std::int64_t time_ms, const Evidence* evidence);
  void end(std::uint32_t place, model::Resolution why, std::int64_t now_ms);
  void end_monitor(MonitorId id, model::Resolution why, std::int64_t now_ms);
  void observe_told(std::uint32_t place, bool holds, const Evidence& evidence, std::int64_t time_ms);
  void observe_row(RuleEntry& entry, const QueryRow& row, bool active, std::int64_t time_ms, const Monitors* monitors,
                   QueryOutcome& outcome);
  bool may_fire(RuleEntry& rule);
  void refuse(RuleEntry& rule, Limit limit);
  void end_round();
  bool is_watch(const Series& series) const {
    return series.rule->timing.no_data == NoData::kAlert && series.labels_size == 0;
  }
  void follow_edit(TrackedMonitor& tracked, const MonitorView& monitor, std::int64_t now_ms);
  std::int64_t patience_ms(const Series& series, std::int64_t since_ms, std::int64_t plain_ms) const;
  bool silent_since(const Series& series, std::int64_t since_ms, std::int64_t now_ms) const;
  void tick_series(std::uint32_t place, std::int64_t now_ms);
  void tick_stale(const MonitorView& monitor, model::State state, std::int64_t now_ms);

  // evaluator_records.cc
  model::Resolution restore_one(const SeriesRecord& record, const Monitors& monitors);

  memory::Account& account_;
  AlertSink& sink_;
  const ActiveHoursParser* const hours_;
  const Bounds bounds_;
  memory::Reservation rule_bytes_, binding_bytes_;
  mutable expr::RegexPool regexes_;
  RuleMap rules_;
  RuleEntry* stale_ = nullptr;  ///< MonitorStale, where it is enabled
  boost::unordered_flat_map<const model::SetDef*, Binding> bindings_;
  Selections selections_;  ///< of `matched` of bindings
  SeriesTable series_;
  std::size_t alerts_ = 0;
  model::Stretch<std::int64_t> stretch_;
  std::uint32_t next_place_ = 0;  ///< of tick()
  std::size_t next_monitor_ = 0;  ///< of tick()
  bool series_done_ = false, monitors_done_ = false;
  std::int64_t listening_ms_ = 0;  ///< silence before that is none of the monitors'
  bool listen_anew_ = false;       ///< from the next tick on
  expr::Scratch scratch_;
  std::vector<expr::Value> slots_;
  EvaluatorStats counted_;
};

}  // namespace holter::alert
