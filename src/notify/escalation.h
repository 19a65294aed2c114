#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/local_time.h"

namespace holter::notify {

/// Who is told when nobody has acknowledged an incident for that long.
struct EscalationStep {
  milliseconds after{};  ///< since the incident began
  std::vector<std::string> receivers;
};

/// The steps of an incident, by rising time. Frozen.
class Escalation {
 public:
  static constexpr std::size_t kMostSteps = 10, kMostReceivers = 20;

  /// Errors: kInvalidArgument: no step, too many, not in rising order, a step without receivers.
  static Result<Escalation> make(std::vector<EscalationStep> steps);

  /// How many steps are due at `now` for an incident that began at `began` and is neither acknowledged nor resolved.
  std::size_t due(WallTime began, WallTime now) const;
  /// When the step after the first `taken` is due; std::nullopt when there is none.
  std::optional<WallTime> next(WallTime began, std::size_t taken) const;
  const std::vector<EscalationStep>& steps() const { return steps_; }

 private:
  explicit Escalation(std::vector<EscalationStep> steps) : steps_(std::move(steps)) {}
  std::vector<EscalationStep> steps_;
};

/// A rota: each in turn is on call for a week, from one hand-over to the next, which comes at a time of the local clock
/// (a week with a change of clocks has an hour more or less). Frozen.
class Rotation {
 public:
  static constexpr std::size_t kMostReceivers = 50;

  struct Options {
    std::vector<std::string> receivers;  ///< in turn
    std::chrono::weekday day = std::chrono::Monday;
    std::chrono::minutes time{9 * 60};  ///< of that day, below 24 hours
    std::string zone;                   ///< as LocalTime::in()
    /// A day of the week in which the first receiver is on call, after that week's hand-over.
    std::chrono::local_days first_week{};
  };
  /// Errors: kInvalidArgument (nobody, too many, a time beyond the day), kNotFound (the zone).
  static Result<Rotation> make(Options options);

  /// Also before `first_week`: the rota goes back without end.
  const std::string& on_call(WallTime time) const;
  const std::vector<std::string>& receivers() const { return options_.receivers; }
  /// The next hand-over after `time`.
  WallTime next_handover(WallTime time) const;

 private:
  Rotation(Options options, model::LocalTime zone) : options_(std::move(options)), zone_(zone) {}
  std::chrono::local_days week_of(std::chrono::local_seconds time) const;

  Options options_;
  model::LocalTime zone_;
};

}  // namespace holter::notify
