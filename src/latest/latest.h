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
#include "memory/account.h"
#include "model/monitor.h"

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
  std::string_view message;  ///< of the last failure while DOWN, of the pause while PAUSED; valid until the next change
  PauseReason paused = PauseReason::kNone;
};

/// Newest value of a series.
struct Value {
  SeriesId series;
  std::string_view set, field, labels;
  bool is_number = true;
  double number = std::numeric_limits<double>::quiet_NaN();
  std::string_view text;
  std::int64_t time_ms = 0;
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

/// Newest results and states of all monitors, in compact form: about 200 bytes per monitor with one number. What is
/// removed leaves holes, and when they are half of all, the rest moves together: so memory falls with the monitors.
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
  void set_stretch(unsigned factor) { stretch_ = std::max(factor, 1U); }
  void apply(const batch::Batch& batch);

  /// What the monitor is now; nullopt for one that is not known. STALE is decided here: nothing heard for two
  /// intervals and ten seconds; with a cron schedule until the next due time, the time between that and the one behind
  /// it (five minutes at most) and ten seconds.
  std::optional<MonitorStatus> status(MonitorId monitor) const;
  std::optional<SetStatus> set_status(MonitorId monitor, std::string_view set) const;
  /// Calls `visit` for each series of the monitor, in the order in which they appeared.
  void each_value(MonitorId monitor, const std::function<void(const Value&)>& visit) const;
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
    std::uint32_t first_series = kNone, last_series = kNone;
    model::State state = model::State::kUnknown;
    PauseReason paused = PauseReason::kNone;
    std::int64_t paused_ms = 0;
  };
  /// There may be millions of these. Texts are owned by the table as a whole, so that entries can be copied.
  struct SeriesEntry {
    SeriesId id;
    union {
      double number = std::numeric_limits<double>::quiet_NaN();
      char* text;  ///< zero-terminated; null for none
    };
    std::uint64_t time_ms : 42 = 0;   ///< until 2109
    std::uint64_t is_number : 1 = 1;  ///< of the union, what there is
    std::uint64_t set : 9 = 0;        ///< indices in the definition
    std::uint64_t field : 12 = 0;
    std::uint32_t next = kNone;
    std::uint32_t labels = kNone;  ///< in labels_
  };
  static_assert(sizeof(SeriesEntry) == 32);
  static constexpr std::size_t kMostSets = 1 << 9, kMostFields = 1 << 12;
  /// The index by id holds positions only: 5 bytes where a map of ids would take 17.
  struct IdHash {
    using is_avalanching = void;  // ids are hashes
    using is_transparent = void;
    const std::deque<SeriesEntry>* series;
    std::size_t operator()(std::uint64_t id) const { return id; }
    std::size_t operator()(std::uint32_t position) const { return (*series)[position].id.value; }
  };
  struct SameId {
    using is_transparent = void;
    const std::deque<SeriesEntry>* series;
    std::uint64_t id(std::uint64_t id) const { return id; }
    std::uint64_t id(std::uint32_t position) const { return (*series)[position].id.value; }
    bool operator()(auto a, auto b) const { return id(a) == id(b); }
  };
  using SeriesIndex = boost::unordered_flat_set<std::uint32_t, IdHash, SameId>;

  std::span<const SetEntry> sets_of(const MonitorEntry& entry) const;
  void apply_rounds(const batch::Batch& batch);
  void apply_series(const batch::Batch& batch);
  void apply_values(const batch::Batch& batch);
  void decide(MonitorEntry& entry, std::int64_t time_ms);
  SeriesEntry* find_series(std::uint64_t id);
  bool replace(Text& place, std::string_view text, std::size_t most);
  bool replace_text(SeriesEntry& series, std::string_view text);
  MonitorEntry* find(MonitorId monitor);
  const MonitorEntry* find(MonitorId monitor) const;
  nanoseconds fresh_for(const MonitorEntry& entry) const;
  MonoTime due_again(const model::Cron& cron) const;
  bool charge(std::size_t bytes);
  bool add_series(const batch::Batch& batch, std::size_t row, MonitorEntry& entry);
  void drop_text(Text& text);
  void compact();

  const Clock& clock_;
  memory::Account& account_;
  memory::Reservation reserved_;
  std::vector<MonitorEntry> monitors_;
  std::vector<SetEntry> sets_;
  std::deque<SeriesEntry> series_;  // grows without moving, and without room for as many again
  std::vector<Text> labels_;        // of the series that have any
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> monitor_index_;
  SeriesIndex series_index_;
  boost::unordered_flat_map<std::uint64_t, Text> pause_texts_;       ///< by monitor
  std::size_t dead_monitors_ = 0, dead_sets_ = 0, dead_series_ = 0;  ///< holes
  unsigned stretch_ = 1;
  std::size_t text_bytes_ = 0;
  std::uint64_t refused_series_ = 0, unknown_rows_ = 0, unavailable_rounds_ = 0;
};

}  // namespace holter::latest
