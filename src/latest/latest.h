#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "batch/batch.h"
#include "latest/cell.h"
#include "latest/dependencies.h"
#include "memory/account.h"
#include "model/monitor.h"
#include "model/stretch.h"

namespace holter::latest {

/// Why a monitor does not run.
enum class PauseReason : std::uint8_t { kNone, kUser, kMemory };

/// State of a monitor as of the last batch; times are ms since 1970 UTC, 0: never.
struct MonitorStatus {
  model::State state = model::State::kUnknown;
  std::int64_t since_ms = 0;       ///< when the state began
  std::int64_t last_check_ms = 0;  ///< of the sets that decide (priority 0)
  std::uint32_t duration_us = 0;
  model::ResultCode code = model::ResultCode::kSuccess;
  std::string_view message;  ///< of the last failure while DOWN or UNREACHABLE, of the pause while PAUSED; valid until
                             ///< the next change
  PauseReason paused = PauseReason::kNone;
};

/// A monitor is shown as something else than before.
struct StateChange {
  const model::Monitor& monitor;
  model::State before, now;
};

/// Newest value of a series.
struct Value {
  SeriesId series;
  std::string_view set, field, labels;
  bool is_number = true;
  double number = std::numeric_limits<double>::quiet_NaN();
  std::string_view text;
  std::int64_t time_ms = 0;  ///< when the newest value of its row came
};

/// One row of a set as it was last heard of. Valid until the next change.
struct Row {
  std::string_view labels;
  std::int64_t time_ms = 0;  ///< when the newest of its values came; texts come only when they have changed
  std::deque<Cell>::const_iterator cells;  ///< one for each field of the set, in the order of the definition
};

/// Last collection of a set.
struct SetStatus {
  std::int64_t time_ms = 0;
  std::uint32_t duration_us = 0;
  model::ResultCode code = model::ResultCode::kSuccess;
  std::string_view message;
};

struct Stats {
  std::size_t monitors = 0, series = 0, bytes = 0;
  std::uint64_t refused_series = 0;      ///< no memory for a new series
  std::uint64_t unknown_rows = 0;        ///< of monitors or series that are not known (their identity comes again)
  std::uint64_t unavailable_rounds = 0;  ///< rounds for which we had no memory; they change no state
  std::size_t series_bytes = 0;          ///< of `bytes`, what the values take
};

/// Newest results and states of all monitors, in compact form: 168 bytes per monitor with one number, and 16 to
/// 24 for each further one. What is removed leaves holes, and when they are half of all, the rest moves together: so
/// memory falls with the monitors.
///
/// Nothing throws: what the allocator refuses is counted like what the account refuses.
/// Threads: one (the API's). Lifetime: the account and the monitors must outlive it.
class Latest {
 public:
  Latest(const Clock& clock, memory::Account& account);
  ~Latest();
  Latest(const Latest&) = delete;
  Latest& operator=(const Latest&) = delete;

  /// Makes a monitor known. Errors: kResourceExhausted.
  holter::Status add(const model::Monitor& monitor);
  /// Forgets a monitor, with its series; does nothing for one that is not known. What batches on their way still bring
  /// of it counts as unknown rows.
  void remove(MonitorId monitor);
  /// From now on the monitor is PAUSED for that reason since that time, with that text as its message (when memory for
  /// the text is refused, with the reason's name); what arrives of it later changes its values, and its state only
  /// when it is resumed. kNone resumes it: its state is the one before when its last check is younger than two
  /// intervals, else UNKNOWN until the next result.
  void set_paused(MonitorId monitor, PauseReason reason, std::string_view text, std::int64_t time_ms);
  /// Intervals of low monitors are so many times as long at present: they are STALE accordingly later.
  void set_stretch(unsigned factor) { stretch_.set(factor, clock_.mono()); }
  void apply(const batch::Batch& batch);

  /// What the monitor depends on from now on, each once; also ids that are not known (yet), which keep nothing from
  /// being DOWN. Costs a monitor without parents and children nothing. Errors: kResourceExhausted; it is as before
  /// then.
  holter::Status set_parents(MonitorId monitor, std::span<const MonitorId> parents);
  /// It is gone for good: nobody depends on it any more.
  void forget_parent(MonitorId parent);
  /// Calls `visit` for what it depends on, in the order given.
  void each_parent(MonitorId monitor, const std::function<void(MonitorId)>& visit) const;
  /// Why the monitor is UNREACHABLE: "parent 'router-1' is down". Empty when it is not.
  std::string unreachable_because(MonitorId monitor) const;
  /// Calls back whenever results, pauses or dependencies make a monitor UP, DOWN, UNKNOWN or UNREACHABLE that was told
  /// to be another of these; not where mere time passes (STALE), nor for its own pauses, after which it is told anew,
  /// as if it had been UNKNOWN. The callback does not change this object, and does not throw.
  void on_change(std::function<void(const StateChange&)> callback) { on_change_ = std::move(callback); }

  /// What the monitor is now; nullopt for one that is not known. STALE is decided here: nothing heard for two
  /// intervals and ten seconds; with a cron schedule until the next due time, the time between that and the one behind
  /// it (five minutes at most) and ten seconds. UNREACHABLE, too: src/latest/README.md.
  std::optional<MonitorStatus> status(MonitorId monitor) const;
  std::optional<SetStatus> set_status(MonitorId monitor, std::string_view set) const;
  /// Calls `visit` for each series of the monitor: rows in the order in which they appeared, fields in that of the
  /// definition.
  void each_value(MonitorId monitor, const std::function<void(const Value&)>& visit) const;
  /// Calls `visit` for each row of one of its sets, by its place in the definition, in the order in which they
  /// appeared.
  void each_row(MonitorId monitor, std::size_t set, const std::function<void(const Row&)>& visit) const;
  Stats stats() const;
  /// What a monitor of the definition takes here, with one value for each field; texts are not counted.
  static std::size_t expected_bytes(const model::Definition& definition);
  /// Of these, what the values take.
  static std::size_t value_bytes(const model::Definition& definition);

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  using Text = std::unique_ptr<char[]>;  ///< zero-terminated; null for none: most have none

  struct SetEntry {
    std::int64_t time_ms = 0;
    Text message;
    std::uint32_t duration_us = 0;
    model::ResultCode code = model::ResultCode::kSuccess;
  };
  struct MonitorEntry {
    const model::Monitor* monitor = nullptr;
    std::int64_t since_ms = 0;
    MonoTime heard{};      ///< when the last deciding result came in
    MonoTime due_again{};  ///< with cron: when the state is old, less the slack
    std::uint32_t first_set = 0;
    std::uint32_t first_row = kNone, last_row = kNone;
    model::State state = model::State::kUnknown;
    PauseReason paused = PauseReason::kNone;
    std::int64_t paused_ms = 0;
  };
  /// One row of a set: its cells are one for each field, in the order of the definition.
  struct RowEntry {
    std::uint64_t time_ms : 48 = 0;  ///< when the newest of its values came
    std::uint64_t set : 16 = 0;      ///< index in the definition
    std::uint32_t monitor = kNone;
    std::uint32_t first_cell = 0;
    std::uint32_t next = kNone;    ///< of the same monitor
    std::uint32_t labels = kNone;  ///< in labels_
  };
  static_assert(sizeof(RowEntry) == 24);
  /// Where the value of a series is. Six bytes: there may be millions.
  struct Place {
    std::uint16_t row_low, row_high, field;
    Place(std::uint32_t row, std::size_t at)
        : row_low(static_cast<std::uint16_t>(row)),
          row_high(static_cast<std::uint16_t>(row >> 16)),
          field(static_cast<std::uint16_t>(at)) {}
    std::uint32_t row() const { return row_low | std::uint32_t{row_high} << 16; }
  };
  static_assert(sizeof(Place) == 6);
  static constexpr std::size_t kMostSets = 1 << 16, kMostFields = 1 << 16;
  /// The index by id holds places only; an id follows from what its place is named.
  struct IdHash {
    using is_avalanching = void;  // ids are hashes
    using is_transparent = void;
    const Latest* latest;
    std::size_t operator()(std::uint64_t id) const { return id; }
    std::size_t operator()(Place place) const { return latest->id_at(place); }
  };
  struct SameId {
    using is_transparent = void;
    const Latest* latest;
    std::uint64_t id(std::uint64_t id) const { return id; }
    std::uint64_t id(Place place) const { return latest->id_at(place); }
    bool operator()(auto a, auto b) const { return id(a) == id(b); }
  };
  using SeriesIndex = boost::unordered_flat_set<Place, IdHash, SameId>;

  std::span<const SetEntry> sets_of(const MonitorEntry& entry) const;
  void apply_rounds(const batch::Batch& batch);
  void apply_series(const batch::Batch& batch);
  void apply_values(const batch::Batch& batch);
  void decide(MonitorEntry& entry, const SetEntry& newest, bool was_old);

  // reachability.cc
  /// What it is by its own results, whatever it depends on.
  model::State own_state(const MonitorEntry& entry) const;
  struct Blocker {
    const model::Monitor* monitor = nullptr;  ///< null: none
    bool recovered = false;                   ///< it is up again, and the newest failure is older than that
  };
  Blocker blocker(const DependencyNode& node) const;
  /// After a result that decides. `was_old`: it was STALE until now.
  void follow(const MonitorEntry& entry, model::State before, const SetEntry& newest, bool was_old);
  /// Tells when it is shown as something else by now.
  void show(MonitorId monitor, std::int64_t time_ms);
  void show_children(MonitorId parent, std::int64_t time_ms);
  void tell(const MonitorEntry& entry, model::State before, model::State now) const;
  /// After a pause.
  void tell_anew(const MonitorEntry& entry, std::int64_t time_ms);
  std::uint64_t id_at(Place place) const;
  const model::SetDef& set_of(const RowEntry& row) const;
  std::string_view labels_of(const RowEntry& row) const;
  bool replace(Text& place, std::string_view text, std::size_t most);
  bool replace_text(Cell& cell, std::string_view text);
  MonitorEntry* find(MonitorId monitor);
  const MonitorEntry* find(MonitorId monitor) const;
  /// What is known of it is too old to say anything about now.
  bool is_old(const MonitorEntry& entry) const;
  nanoseconds fresh_for(const MonitorEntry& entry) const;
  MonoTime due_again(const model::Cron& cron) const;
  bool charge(std::size_t bytes);
  bool add_series(const batch::Batch& batch, std::size_t row, MonitorEntry& entry);
  std::uint32_t find_row(const MonitorEntry& entry, std::size_t set, std::string_view labels) const;
  std::uint32_t add_row(MonitorEntry& entry, std::size_t set, std::string_view labels);
  void forget_rows(const MonitorEntry& entry);
  void drop_text(Text& text);
  void drop_pause_text(MonitorId id);
  void compact();

  const Clock& clock_;
  memory::Account& account_;
  memory::Reservation reserved_;
  std::vector<MonitorEntry> monitors_;
  std::vector<SetEntry> sets_;
  std::deque<RowEntry> rows_;  // these grow without moving, and without room for as many again
  std::deque<Cell> cells_;
  std::vector<Text> labels_;  // of the rows that have any
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> monitor_index_;
  SeriesIndex series_index_;
  Dependencies dependencies_{account_};
  std::function<void(const StateChange&)> on_change_;
  boost::unordered_flat_map<std::uint64_t, Text> pause_texts_;                      ///< by monitor
  std::size_t dead_monitors_ = 0, dead_sets_ = 0, dead_rows_ = 0, dead_cells_ = 0;  ///< holes
  model::Stretch<MonoTime> stretch_;
  std::size_t text_bytes_ = 0;
  std::uint64_t refused_series_ = 0, unknown_rows_ = 0, unavailable_rounds_ = 0;
};

}  // namespace holter::latest
