#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "memory/pressure.h"
#include "model/alert.h"
#include "model/monitor.h"
#include "model/table.h"

namespace holter::access {
class Identity;
}  // namespace holter::access

namespace holter::api {

class Alerting;     // alerting.h
class Definitions;  // definitions.h
class Gate;
class StatusPages;  // status_pages.h

struct Summary {
  std::string version;
  std::int64_t started_ms = 0, now_ms = 0;
  std::size_t monitors = 0;
  std::size_t up = 0, down = 0, unknown = 0, stale = 0, paused = 0, unreachable = 0;
  std::uint64_t budget_bytes = 0, resident_bytes = 0, history_resident_bytes = 0;
  bool history_running = false;
};

/// Monitors that have something in common.
struct MonitorGroup {
  std::string name;  ///< of the app, or path of the folder
  std::size_t monitors = 0;
  model::StateCounts by_state{};
};
/// The summary as somebody may see it.
struct Overview {
  static constexpr std::size_t kMostGroups = 500;  ///< of each kind
  Summary summary;                                 ///< its monitors are those that he sees
  std::vector<MonitorGroup> apps;                  ///< by name
  /// Folders at the top of what he sees, each with all below it, by path. What lies in no folder is in none.
  std::vector<MonitorGroup> folders;
  bool cut = false;  ///< there are more groups than are listed
};

/// One monitor, as a list shows it. Times are ms since 1970 UTC; 0: never.
struct MonitorRow {
  MonitorId id;
  std::string name, app;
  const model::Labels* labels = nullptr;  ///< never null; valid during the call only
  model::Criticality criticality{};
  model::State state{};
  std::int64_t since_ms = 0;  ///< when the state began
  std::int64_t last_check_ms = 0, next_check_ms = 0;
  std::int64_t interval_ms = 0;
  std::int64_t duration_us = 0;     ///< of the last check
  model::ResultCode code{};         ///< of the last check
  std::string message;              ///< why it is not UP; empty otherwise
  bool paused_for_memory = false;   ///< state is PAUSED and the reason is memory pressure, not the user
  bool faulty = false;              ///< state is PAUSED because it cannot be run as it is stored; `message` says why
  bool in_file = true;              ///< a file of monitors has it; else it was made through the API
  std::string folder;               ///< path; empty: the root
  std::string unreachable_because;  ///< why it is UNREACHABLE, naming the parent; empty otherwise
};

/// Ascending kState begins with what needs attention: DOWN, UNREACHABLE, STALE, UNKNOWN, PAUSED, UP. Equal rows are
/// sorted by name.
enum class Sort : std::uint8_t { kName, kState, kSince, kLastCheck, kDuration, kApp, kFolder };
/// Whether it compares texts, not numbers.
constexpr bool by_text(Sort sort) {
  return sort == Sort::kApp || sort == Sort::kFolder;
}
/// Where a list goes on: behind the row that had this key and name.
struct ListPosition {
  double key = 0;  ///< of the sort; 0 by name and where texts are compared
  std::string name;
  std::string text{};  ///< of the sort, where texts are compared
};
struct ListQuery {
  std::size_t offset = 0, limit = 50;  ///< limit at most 1000
  std::optional<ListPosition> after;
  const access::Identity* who = nullptr;  ///< only what he may see; null: all
  Sort sort = Sort::kName;
  bool descending = false;
  std::string text;  ///< part of the name, ignoring case
  std::optional<model::State> state;
  std::string app;
  std::string folder;                                       ///< and all that lies in it; empty: everywhere
  std::vector<std::pair<std::string, std::string>> labels;  ///< all must match
};
struct MonitorPage {
  std::size_t total = 0;  ///< that match, all pages
  std::vector<MonitorRow> rows;
  std::optional<ListPosition> last;  ///< where more rows follow
};

/// Newest result of one set.
struct Cell {
  std::string field, unit;
  bool is_number = true;
  double number = 0;  ///< NaN: no value
  std::string text;
  std::string series;  ///< 16 hex digits, for history
};
struct ResultRow {
  std::string labels;  ///< k="v",k2="v2"
  std::vector<Cell> cells;
};
struct SetResult {
  std::string set;
  int priority = 0;
  std::int64_t time_ms = 0, duration_us = 0;
  model::ResultCode code{};
  std::string message;
  std::vector<ResultRow> rows;
};

/// A parameter in effect. The value of a secret that is set is left out.
struct ParamValue {
  std::string field, value;
  bool secret = false;
};
/// What the catalog knows besides of a monitor that was made through the API.
struct Ownership {
  std::uint64_t version = 0;  ///< one more with each change
  std::string description;
  model::Labels annotations;
  std::int64_t created_ms = 0, updated_ms = 0;
  std::string created_by, updated_by;
};
/// What a monitor depends on.
struct ParentState {
  std::optional<MonitorId> id;  ///< none: a file names it, and there is no such monitor
  std::string name;             ///< empty: it is stored, but there was no memory to load it
  model::State state = model::State::kUnknown;
};
struct MonitorDetail {
  MonitorRow row;
  std::vector<ParamValue> params;
  std::string cron, timezone;          ///< empty: by the interval, the system's
  std::string file;                    ///< that it stands in; empty: none
  std::optional<Ownership> ownership;  ///< only of one that stands in no file
  std::vector<ParentState> parents;    ///< in the order given
};

struct HistoryQuery {
  MonitorId monitor;
  std::string set, field;  ///< empty: the first number field of the first set
  std::int64_t from_ms = 0, to_ms = 0, step_ms = 0;
};
struct HistoryPoint {
  std::int64_t start_ms = 0;
  double min = 0, max = 0, avg = 0;
  std::uint64_t count = 0;
};
struct HistorySeries {
  std::string series, set, field, unit, labels;
  std::vector<HistoryPoint> points;
};

/// Rounds of several monitors, in buckets.
struct HeartbeatsQuery {
  static constexpr std::size_t kMostMonitors = 64;
  static constexpr std::uint64_t kMostBuckets = 120;
  std::vector<MonitorId> monitors;                   ///< 1 to kMostMonitors
  std::int64_t from_ms = 0, to_ms = 0, step_ms = 0;  ///< buckets begin at from_ms; at most kMostBuckets
};
struct Heartbeat {
  std::int64_t start_ms = 0;
  std::uint64_t total = 0, failed = 0;  ///< rounds of all sets
  double avg_duration_ms = 0;
  model::ResultCode code{};  ///< of the first that failed; kSuccess: none did
  std::string message;       ///< of the last that failed, at most 200 bytes
};
struct MonitorHeartbeats {
  MonitorId monitor;
  std::vector<Heartbeat> buckets;  ///< those with rounds, by start
};

/// Single rounds of a monitor, newest first; those of one millisecond by the names of their sets.
struct RoundsQuery {
  static constexpr std::uint64_t kMostRounds = 500;
  static constexpr std::uint64_t kMostSkipped = 100'000;
  MonitorId monitor;
  std::int64_t from_ms = 0, to_ms = 0;
  std::size_t limit = 0;  ///< 1 to kMostRounds
  std::size_t skip = 0;   ///< that are left out at the front
};
struct Round {
  std::int64_t time_ms = 0, duration_us = 0;
  std::string set;
  model::ResultCode code{};
  std::string message;
};
struct RoundPage {
  std::vector<Round> rounds;
  bool more = false;  ///< others follow
};

struct MemoryAccount {
  std::string name;
  std::uint64_t used = 0, peak = 0, limit = 0, refused = 0;
  std::uint64_t reserved = 0;  ///< that nobody else can take, whether used or not
};
/// What is done at a level of memory pressure and above.
struct MemoryAction {
  std::string name;       ///< as in memory.actions
  memory::Level level{};  ///< from which it is taken
  bool active = false;
  std::uint64_t times = 0;    ///< how often it was begun
  std::int64_t since_ms = 0;  ///< of the current or last time; 0: never
  std::string effect;         ///< what it did last, in words: "paused 120 monitors (3.1 MiB)"; may be empty
};
/// A monitor that is paused for want of memory.
struct PausedMonitor {
  MonitorId id;
  std::string name, app;
  model::Criticality criticality{};
  std::int64_t since_ms = 0;
  std::uint64_t bytes = 0;  ///< that it will need when it is resumed
  std::string reason;
};
struct MemoryReport {
  std::uint64_t budget = 0, ledger_used = 0, ledger_limit = 0;
  std::uint64_t resident = 0, resident_peak = 0, anonymous = 0, file = 0;
  std::uint64_t fixed = 0;       ///< resident set without any load: program, libraries, stacks
  std::int64_t unexplained = 0;  ///< resident - ledger_used - fixed
  std::uint64_t least_left = 0;  ///< low-water mark: the least of budget - resident since the start
  std::uint64_t allocator_mapped = 0, allocator_cap = 0, allocator_allocated = 0, allocator_refused = 0;
  std::uint64_t history_resident = 0, history_resident_peak = 0;
  memory::Level level{};
  std::int64_t level_since_ms = 0;
  memory::Signals signals;
  memory::LevelOptions level_options;
  std::string stall_source;  ///< the PSI file that is watched, or why there is none
  std::array<double, memory::kLevels> seconds_at{};
  std::vector<memory::LevelChange> level_history;  ///< oldest first
  std::vector<MemoryAction> actions;
  std::size_t paused_count = 0;
  std::uint64_t paused_bytes = 0;
  std::array<std::size_t, 3> paused_by{};  ///< by model::Criticality
  std::vector<PausedMonitor> paused;       ///< in the order in which they will be resumed; at most 100
  std::vector<MemoryAccount> accounts;
};

/// "What if there were N more monitors": the answer before a monitor is taken.
struct AdmissionQuery {
  std::string app;
  std::size_t count = 1;
  std::int64_t interval_ms = 0;  ///< 0: the definition's
  model::Criticality criticality = model::Criticality::kNormal;
};
struct AdmissionAnswer {
  enum class Verdict : std::uint8_t { kFits, kFitsAtInterval, kDoesNotFit };
  Verdict verdict{};
  std::int64_t interval_ms = 0;  ///< asked for
  std::int64_t fits_at_ms = 0;   ///< kFitsAtInterval: the shortest interval that fits
  std::size_t most = 0;          ///< how many of them fit by memory
  std::uint64_t bytes_each = 0, bytes_wanted = 0, bytes_left = 0;
  double checks_wanted = 0, checks_possible = 0;  ///< per second
  std::string text;                               ///< one sentence for people, with the figures
};

/// How far work on many monitors has come.
struct JobProgress {
  enum class State : std::uint8_t { kRunning, kDone, kFailed };
  enum class Phase : std::uint8_t {
    kCheck,  ///< what is given is looked at; nothing has changed
    kStore,  ///< the catalog takes all of it, or nothing
    kApply,  ///< what runs follows
  };
  std::uint64_t id = 0;  ///< ascending from 1 with each start of Holter
  std::string kind;  ///< "monitors.pause", "monitors.resume", "monitors.delete", "monitors.edit", "monitors.import",
                     ///< "definition", "reload"
  Phase phase{};
  std::size_t done = 0, total = 0;  ///< monitors of the phase; total 0: nobody knows yet
  State state{};
  std::string started_by;  ///< the account; empty: nobody asked for it
};
std::string_view to_string(JobProgress::State state);
std::string_view to_string(JobProgress::Phase phase);

/// Something that became of an incident.
struct IncidentChange {
  std::uint64_t id = 0;
  std::string action;  ///< "opened", "changed", "closed", "silenced", "inhibited", "muted", "acknowledged",
                       ///< "unacknowledged", "assigned", "commented", "snoozed", "unsnoozed", "resolved", "linked"
  std::string rule;    ///< the alert's name
  std::string title;   ///< its summary, or the rule and the monitor
  model::Severity severity{};
  MonitorId monitor;   ///< 0: of none
  std::string folder;  ///< that the monitor lies in; decides who sees it
  std::string who;     ///< the account; empty: nobody
  std::string text;    ///< more about it: why it ended, a comment...; may be empty
};
/// A notification that has not arrived and is tried no more.
struct DeadNotification {
  std::uint64_t id = 0;
  std::string receiver, channel, title;
  std::string answer;  ///< of the last attempt, or why there was none
};

/// Something that happened, kept in a bounded list; the newest last.
struct Event {
  std::uint64_t id = 0;  ///< ascending without gaps, from 1
  std::int64_t time_ms = 0;
  std::string kind;      ///< "memory.level", "memory.action", "memory.alert", "memory.budget", "reload", "start",
                         ///< "monitor.state", "job", "incident", "notification", ...
  std::string severity;  ///< info, warning, critical, emergency
  std::string text;
  // Of the kinds "job", "incident" and "notification" one each; who may see it, EventReader decides.
  std::shared_ptr<const JobProgress> job = nullptr;
  std::shared_ptr<const IncidentChange> incident = nullptr;
  std::shared_ptr<const DeadNotification> notification = nullptr;
};

struct ReloadOrder {
  bool dry_run = false;    ///< nothing is changed; the report is what would come out
  std::string started_by;  ///< the account that asks for it; empty: nobody
};
struct ReloadReport {
  static constexpr std::size_t kMostChanges = 200;
  enum class Kind : std::uint8_t { kAdded, kChanged, kRemoved };
  struct Change {
    Kind kind{};
    std::string name;  ///< of a monitor
  };
  std::vector<Change> changes;                                     ///< the first kMostChanges
  std::size_t added = 0, changed = 0, removed = 0, unchanged = 0;  ///< monitors
  std::vector<std::string> settings;                               ///< keys whose new value is in force
  std::vector<std::string> needs_restart;                          ///< keys whose new value is not
  std::vector<std::string> problems;  ///< errors (then nothing was changed) or warnings, as `holter check` shows them
};

struct ScheduleReport {
  std::uint64_t due = 0, run = 0, late = 0, skipped = 0, paused = 0;  ///< due = run + skipped + paused
  std::uint64_t timeouts = 0;
  std::size_t jobs = 0, in_flight = 0, waiting = 0, in_flight_limit = 0;
  std::size_t in_flight_most = 0, queue_capacity = 0;
  std::uint64_t deferred = 0;  ///< times that due work went back to the wheel because the queue was full
  std::size_t stretched = 0;   ///< monitors whose interval is longer for want of memory
  /// Upper bounds (ms) and counts of the lateness histogram, cumulative as in Prometheus; the last bound is +Inf.
  std::vector<std::pair<double, std::uint64_t>> lateness_ms;
  double lateness_sum_ms = 0;
  struct Shard {
    std::size_t jobs = 0, in_flight = 0, waiting = 0;
    double cpu_seconds = 0;
  };
  std::vector<Shard> shards;
  struct Queue {
    std::string name;
    std::uint64_t batches = 0, rows = 0, dropped_batches = 0, dropped_rows = 0, queued_bytes = 0, limit_bytes = 0;
  };
  std::vector<Queue> queues;  ///< consumers of the pipeline
  /// Sessions that a protocol keeps to its peers, over all shards; some moments old.
  struct Sessions {
    std::string_view protocol;  ///< a literal
    std::uint64_t open = 0, idle = 0, waiting = 0, most = 0;
    std::uint64_t opened = 0, reused = 0, expired = 0, evicted = 0, refused = 0;
  };
  std::vector<Sessions> sessions;
  std::uint64_t history_samples_sent = 0, history_samples_kept = 0, history_samples_lost = 0, history_restarts = 0;
  std::uint64_t history_file_bytes = 0;
  std::string history_error;
};

/// One monitor's lines of /metrics.
struct ProbeMetric {
  std::string_view name, app;
  bool success = false, known = false;  ///< known: it has been checked and is not stale
  bool icmp = false;
  double duration_seconds = 0;
};

class OwnedMonitors;  // owned_monitors.h
class OwnedFolders;   // owned_folders.h
class Suggester;      // suggester.h

/// What the API shows, implemented by app/. All methods run on the API's executor and do not block.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual Summary summary() const = 0;
  virtual Overview overview(const access::Identity& who) const = 0;
  virtual MonitorPage monitors(const ListQuery& query) const = 0;
  /// Without `ownership`, which OwnedMonitors::find() adds.
  virtual std::optional<MonitorDetail> monitor(MonitorId id) const = 0;
  /// Monitors that users make and change through the API.
  virtual OwnedMonitors& owned() = 0;
  virtual Gate& gate() = 0;
  virtual Definitions& definitions() = 0;
  /// Hands over the table as an Arrow IPC stream, whose bytes are gone when `take` has returned. Errors:
  /// kResourceExhausted.
  virtual Status arrow_stream(const model::Table& table, const std::function<void(std::string_view)>& take) const = 0;
  /// Keeps what a job has pushed, in Prometheus' text format or OpenMetrics, for its monitor's next check. Errors:
  /// kInvalidArgument (the job's name), kTooLarge, kResourceExhausted.
  virtual Status push(std::string_view job, std::string_view text, bool openmetrics) = 0;
  virtual OwnedFolders& folders() = 0;
  virtual Alerting& alerting() = 0;
  virtual StatusPages& status_pages() = 0;
  virtual std::optional<std::vector<SetResult>> results(MonitorId id) const = 0;
  virtual boost::asio::awaitable<Result<std::vector<HistorySeries>>> history(HistoryQuery query, MonoTime deadline) = 0;
  /// One element per monitor, in the order asked for. Errors of both: those of history().
  virtual boost::asio::awaitable<Result<std::vector<MonitorHeartbeats>>> heartbeats(HeartbeatsQuery query,
                                                                                    MonoTime deadline) = 0;
  virtual boost::asio::awaitable<Result<RoundPage>> rounds(RoundsQuery query, MonoTime deadline) = 0;
  virtual Suggester& suggester() = 0;
  virtual MemoryReport memory() const = 0;
  /// Errors: kNotFound for an unknown app, kInvalidArgument for an interval that is too short.
  virtual Result<AdmissionAnswer> admission(const AdmissionQuery& query) const = 0;
  /// Events with an id above `after`, oldest first, at most `most`. Ids that are no longer kept are left out.
  virtual std::vector<Event> events(std::uint64_t after, std::size_t most) const = 0;
  /// Calls back on the API's executor, soon after each new event; used by event streams. An empty callback ends that.
  virtual void on_event(std::function<void()> callback) = 0;
  /// Changes the memory budget, in bytes; 0: the default. Returns the one now in force. Errors: kInvalidArgument,
  /// naming the least that works.
  virtual Result<std::uint64_t> set_budget(std::uint64_t bytes) = 0;
  /// Reads configuration and monitors again and puts them in force. Errors: kInvalidArgument (nothing has changed),
  /// kUnavailable while another reload runs, kResourceExhausted when what is new does not fit: at emergency level
  /// nothing new does, but removing is possible always.
  virtual boost::asio::awaitable<Result<ReloadReport>> reload(ReloadOrder order) = 0;
  /// What memory pressure forbids: at `high` heavy queries (history, /metrics of all monitors), at `emergency` all that
  /// changes something or needs more than a small answer. Cheap: asked for each request.
  virtual bool refuses_heavy() const = 0;
  virtual bool refuses_work() const = 0;
  /// Bytes of the budget that are left; for the message of a refusal. Cheap.
  virtual std::uint64_t bytes_left() const {
    auto report = memory();
    return report.budget > report.resident ? report.budget - report.resident : 0;
  }
  virtual ScheduleReport schedule() const = 0;
  /// Empty when ready to serve, else why not.
  virtual std::string not_ready() const = 0;
  /// Calls `visit` for the monitors number `from` to `from + most - 1` in an order that stays the same while the set of
  /// monitors does; returns how many there were: fewer than `most` at the end. So 100,000 are written in pieces.
  virtual std::size_t each_probe(std::size_t from, std::size_t most,
                                 const std::function<void(const ProbeMetric&)>& visit) const = 0;
};

}  // namespace holter::api
