#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "model/alert.h"

namespace holter::alert {

/// What becomes of a series from which nothing has come for some time.
enum class NoData : std::uint8_t {
  kOk,     ///< it counts as healthy: what fires is resolved
  kKeep,   ///< it stays as it is
  kAlert,  ///< that nothing comes is an alert of its own
};
std::string_view to_string(NoData choice);
/// "ok", "keep", "alert"; std::nullopt for others.
std::optional<NoData> parse_no_data(std::string_view word);

/// What a rule says about time and counts. Milliseconds.
struct Timing {
  static constexpr unsigned kMostResults = 64;

  std::int64_t for_ms = 0;          ///< so long the condition must hold before the alert fires
  std::int64_t keep_firing_ms = 0;  ///< so long the alert goes on behind the end of the condition
  std::uint8_t n = 1, m = 1;        ///< the condition holds when it did so in `n` of the last `m` results; 1..64
  NoData no_data = NoData::kOk;
  bool operator==(const Timing&) const = default;
};

enum class Phase : std::uint8_t {
  kInactive,  ///< the condition does not hold
  kPending,   ///< it holds, but not yet for long enough
  kFiring,
  kNoData,  ///< fires because nothing comes (NoData::kAlert)
  kHeld,    ///< resolved by hand, while the condition still holds: silent until it does not
};
constexpr std::size_t kPhases = 5;
std::string_view to_string(Phase phase);

/// What an expression says of one result.
enum class Verdict : std::uint8_t { kFalse, kTrue, kNoValue };

/// What an input has led to.
enum class Event : std::uint8_t {
  kNone,
  kIgnored,       ///< a result that is not newer than the last one
  kPendingBegan,  ///< not told to anybody
  kPendingEnded,  ///< nor this
  kFired,
  kResolved,
  kNoDataBegan,  ///< what fires goes on for want of data
  kDataCame,     ///< what fires for want of data goes on because of the condition
};
std::string_view to_string(Event event);

struct Step {
  Event event = Event::kNone;
  model::Resolution resolution = model::Resolution::kNone;  ///< of kResolved
  bool operator==(const Step&) const = default;
};

/// All that a SeriesMachine knows, as plain data for a restart.
struct MachineRecord {
  std::int64_t newest_ms = 0, value_ms = 0, since_ms = 0, false_ms = 0;
  std::uint64_t results = 0;
  std::uint8_t phase = 0, misses = 0;
  bool was_firing = false;
  bool operator==(const MachineRecord&) const = default;
};

/// The state machine of one series: a rule, a monitor, and the labels of a row. docs/alerting-states.md is its table.
/// Per series kFired and kResolved alternate, kFired first, whatever comes in which order. All times are ms since 1970
/// UTC: those of results are when the result was collected, `now_ms` is the time of day.
class SeriesMachine {
 public:
  /// What the expression says of the result of `time_ms`. `recovered`: the rule has no recovery expression, or that one
  /// is true. Results that are not newer than the last are kIgnored and change nothing. kNoValue is neither true nor
  /// false: it moves nothing, and is not data.
  Step observe(const Timing& timing, Verdict verdict, bool recovered, std::int64_t time_ms);
  /// Nothing has come for so long that the rule's choice applies. May be repeated.
  Step no_data(const Timing& timing, std::int64_t now_ms);
  /// Time passes between results: `for` and keep_firing_for run out. Not for a series of which nothing
  /// has come for so long.
  Step tick(const Timing& timing, std::int64_t now_ms);
  /// A successful answer without the row. At the `most`th in a row the series is gone: kVanished.
  Step missed(unsigned most);
  /// Its monitor or rule is gone, paused or unreachable. What was known of results is forgotten, but not their time.
  Step end(model::Resolution why);
  /// By a user: silent until the condition was false once. Nothing where nothing fires.
  Step resolve_by_hand();
  /// Somebody has set the clock by so much: what is measured goes on as if nobody had. When it began to fire stays,
  /// since that names the incident.
  void clock_set(std::int64_t by_ms);

  Phase phase() const { return phase_; }
  bool alerting() const { return phase_ == Phase::kFiring || phase_ == Phase::kNoData; }
  /// There is nothing that a new machine would not know, but for the time of the last result.
  bool idle() const { return phase_ == Phase::kInactive && results_ == 0; }
  /// When it began to fire, or to be pending.
  std::int64_t since_ms() const { return since_ms_; }
  /// Of the last result; kNever before the first.
  std::int64_t newest_ms() const { return newest_ms_; }
  /// Of the last result that had a value; kNever before the first.
  std::int64_t value_ms() const { return value_ms_; }

  MachineRecord record() const;
  /// Restores; std::nullopt for a record that no machine has written.
  static std::optional<SeriesMachine> from(const MachineRecord& record);

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  bool operator==(const SeriesMachine&) const = default;

 private:
  Step decide(const Timing& timing, bool active, bool recovered, std::int64_t time_ms);
  Step decide_firing(const Timing& timing, bool active, bool recovered, std::int64_t time_ms);
  Step fire(std::int64_t time_ms);
  /// To kInactive, with what that means to whoever was told.
  Step leave(model::Resolution why);

  std::int64_t newest_ms_ = kNever;  ///< of any result
  std::int64_t value_ms_ = kNever;   ///< of the last that was true or false
  std::int64_t since_ms_ = 0;
  std::int64_t false_ms_ = kNever;  ///< firing: when the condition had ended, kNever while it holds
  std::uint64_t results_ = 0;       ///< one bit each, the newest lowest
  Phase phase_ = Phase::kInactive;
  std::uint8_t misses_ = 0;
  bool was_firing_ = false;  ///< kNoData: it fired before
};
static_assert(sizeof(SeriesMachine) <= 48);

}  // namespace holter::alert
