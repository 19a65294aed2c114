#include "alert/state_machine.h"

#include <algorithm>
#include <array>
#include <bit>

namespace holter::alert {
namespace {

using model::Resolution;

constexpr std::array<std::string_view, 3> kNoDataWords{"ok", "keep", "alert"};
constexpr std::array<std::string_view, kPhases> kPhaseWords{"inactive", "pending", "firing", "no data", "held"};
constexpr std::array<std::string_view, 8> kEventWords{"none",  "ignored",  "pending began", "pending ended",
                                                      "fired", "resolved", "no data began", "data came"};

/// Times that a machine may hold: kNever, or some time after 1970 that leaves room for sums.
bool is_time(std::int64_t ms) {
  return ms == SeriesMachine::kNever || (ms >= 0 && ms < std::int64_t{1} << 56);
}

std::uint64_t newest(std::uint64_t results, unsigned count) {
  return count >= 64 ? results : results & ((std::uint64_t{1} << count) - 1);
}

}  // namespace

std::string_view to_string(NoData choice) {
  return kNoDataWords[static_cast<std::size_t>(choice)];
}
std::optional<NoData> parse_no_data(std::string_view word) {
  auto found = std::ranges::find(kNoDataWords, word);
  if (found == kNoDataWords.end()) return std::nullopt;
  return static_cast<NoData>(found - kNoDataWords.begin());
}
std::string_view to_string(Phase phase) {
  return kPhaseWords[static_cast<std::size_t>(phase)];
}
std::string_view to_string(Event event) {
  return kEventWords[static_cast<std::size_t>(event)];
}

Step SeriesMachine::observe(const Timing& timing, Verdict verdict, bool recovered, std::int64_t time_ms) {
  if (time_ms <= newest_ms_) return {Event::kIgnored};
  newest_ms_ = time_ms;
  misses_ = 0;
  if (verdict == Verdict::kNoValue) {
    // The wait for data begins with the first answer, whatever it said.
    if (value_ms_ == kNever) value_ms_ = time_ms;
    return {};
  }
  value_ms_ = time_ms;
  results_ = newest(results_ << 1 | (verdict == Verdict::kTrue ? 1U : 0U), timing.m);
  return decide(timing, std::popcount(results_) >= timing.n, recovered, time_ms);
}

Step SeriesMachine::decide(const Timing& timing, bool active, bool recovered, std::int64_t time_ms) {
  switch (phase_) {
    case Phase::kInactive:
      if (!active) return {};
      if (timing.for_ms == 0) return fire(time_ms);
      phase_ = Phase::kPending;
      since_ms_ = time_ms;
      return {Event::kPendingBegan};
    case Phase::kPending:
      if (!active) return leave(Resolution::kRecovered);
      return time_ms - since_ms_ >= timing.for_ms ? fire(time_ms) : Step{};
    case Phase::kFiring:
      return decide_firing(timing, active, recovered, time_ms);
    case Phase::kNoData: {
      // One that did not fire before is judged by its condition alone: hysteresis is for what the condition began.
      if (!was_firing_ && !active) return leave(Resolution::kRecovered);
      phase_ = Phase::kFiring;
      was_firing_ = false;
      auto step = decide_firing(timing, active, recovered, time_ms);
      return step.event == Event::kNone ? Step{Event::kDataCame} : step;
    }
    case Phase::kHeld:
      if (!active && recovered) return leave(Resolution::kRecovered);
      return {};
  }
  return {};
}

Step SeriesMachine::decide_firing(const Timing& timing, bool active, bool recovered, std::int64_t time_ms) {
  if (active || !recovered) {
    false_ms_ = kNever;
    return {};
  }
  if (false_ms_ == kNever) false_ms_ = time_ms;
  return time_ms - false_ms_ >= timing.keep_firing_ms ? leave(Resolution::kRecovered) : Step{};
}

Step SeriesMachine::fire(std::int64_t time_ms) {
  phase_ = Phase::kFiring;
  since_ms_ = time_ms;
  false_ms_ = kNever;
  return {Event::kFired};
}

Step SeriesMachine::leave(Resolution why) {
  const auto before = phase_;
  phase_ = Phase::kInactive;
  was_firing_ = false;
  false_ms_ = kNever;
  since_ms_ = 0;
  if (before == Phase::kFiring || before == Phase::kNoData) return {Event::kResolved, why};
  if (before == Phase::kPending) return {Event::kPendingEnded};
  return {};
}

Step SeriesMachine::no_data(const Timing& timing, std::int64_t now_ms) {
  if (timing.no_data == NoData::kOk) return end(Resolution::kVanished);
  if (timing.no_data == NoData::kKeep) {
    // Results that are so old decide nothing any more.
    if (phase_ == Phase::kInactive) results_ = 0;
    return {};
  }
  if (phase_ == Phase::kNoData || phase_ == Phase::kHeld) return {};
  was_firing_ = phase_ == Phase::kFiring;
  if (!was_firing_) since_ms_ = now_ms;
  phase_ = Phase::kNoData;
  return {was_firing_ ? Event::kNoDataBegan : Event::kFired};
}

Step SeriesMachine::tick(const Timing& timing, std::int64_t now_ms) {
  // What holds is what the newest result says; one without a value says nothing.
  if (phase_ == Phase::kPending && newest_ms_ == value_ms_ && now_ms - since_ms_ >= timing.for_ms)
    return fire(since_ms_ + timing.for_ms);
  if (phase_ == Phase::kFiring && false_ms_ != kNever && now_ms - false_ms_ >= timing.keep_firing_ms)
    return leave(Resolution::kRecovered);
  return {};
}

Step SeriesMachine::missed(unsigned most) {
  if (misses_ < std::numeric_limits<std::uint8_t>::max()) ++misses_;
  return misses_ >= most ? end(Resolution::kVanished) : Step{};
}

Step SeriesMachine::end(Resolution why) {
  results_ = 0;
  misses_ = 0;
  return leave(why);
}

Step SeriesMachine::resolve_by_hand() {
  if (!alerting()) return {};
  auto step = leave(Resolution::kByHand);
  phase_ = Phase::kHeld;
  return step;
}

void SeriesMachine::clock_set(std::int64_t by_ms) {
  auto move = [by_ms](std::int64_t& ms) {
    if (ms != kNever) ms = std::max<std::int64_t>(ms + by_ms, 0);
  };
  move(newest_ms_);
  move(value_ms_);
  move(false_ms_);
  if (phase_ == Phase::kPending) move(since_ms_);
}

MachineRecord SeriesMachine::record() const {
  return {.newest_ms = newest_ms_,
          .value_ms = value_ms_,
          .since_ms = since_ms_,
          .false_ms = false_ms_,
          .results = results_,
          .phase = static_cast<std::uint8_t>(phase_),
          .misses = misses_,
          .was_firing = was_firing_};
}

std::optional<SeriesMachine> SeriesMachine::from(const MachineRecord& record) {
  if (record.phase >= kPhases) return std::nullopt;
  for (auto ms : {record.newest_ms, record.value_ms, record.since_ms, record.false_ms})
    if (!is_time(ms)) return std::nullopt;
  if (record.since_ms < 0 || record.value_ms > record.newest_ms) return std::nullopt;
  SeriesMachine out;
  out.newest_ms_ = record.newest_ms;
  out.value_ms_ = record.value_ms;
  out.since_ms_ = record.since_ms;
  out.false_ms_ = record.false_ms;
  out.results_ = record.results;
  out.phase_ = static_cast<Phase>(record.phase);
  out.misses_ = record.misses;
  out.was_firing_ = record.was_firing;
  if (out.was_firing_ && out.phase_ != Phase::kNoData) return std::nullopt;
  return out;
}

}  // namespace holter::alert
