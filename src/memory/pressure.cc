#include "memory/pressure.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace holter::memory {
namespace {

constexpr double kMostSignal = 100;  // of what is allowed; more, and what is endless, is read as this

double clean(double signal) {
  return signal > 0 ? std::min(signal, kMostSignal) : 0;  // not a number is not above 0
}

std::string percent(double share) {
  return fmt::format("{:g} %", std::round(share * 1e4) / 100);
}

Level level_at(const LevelOptions& options, double signal) {
  std::size_t level = 0;
  for (std::size_t i = 1; i < kLevels; ++i)
    if (signal >= options.from[i]) level = i;
  return static_cast<Level>(level);
}

}  // namespace

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, kLevels> kNames = {"normal", "elevated", "high", "critical", "emergency"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view to_string(Signal signal) {
  constexpr std::array<std::string_view, 3> kNames = {"ledger", "resident", "stall"};
  return kNames[static_cast<std::size_t>(signal)];
}

double Signals::largest() const {
  return std::max({ledger, resident, stall});
}

Signal Signals::cause() const {
  if (ledger >= resident && ledger >= stall) return Signal::kLedger;
  return resident >= stall ? Signal::kResident : Signal::kStall;
}

Status check(const LevelOptions& options) {
  auto bad = [](std::string why) { return Error(ErrorCode::kInvalidArgument, std::move(why)); };
  for (std::size_t i = 1; i < kLevels; ++i) {
    auto name = to_string(static_cast<Level>(i));
    if (!(options.from[i] > 0 && options.from[i] <= 1))
      return bad(fmt::format("cannot use memory.levels.{}: {} is not above 0 and at most 100 %", name,
                             percent(options.from[i])));
    if (i > 1 && options.from[i] <= options.from[i - 1])
      return bad(fmt::format("cannot use memory.levels.{}: {} is not above {}, where {} begins", name,
                             percent(options.from[i]), percent(options.from[i - 1]),
                             to_string(static_cast<Level>(i - 1))));
  }
  if (!(options.hysteresis >= 0 && options.hysteresis < options.from[1]))
    return bad(
        fmt::format("cannot use memory.hysteresis: {} is not from 0 to below {}, where elevated begins; it would "
                    "never end",
                    percent(options.hysteresis), percent(options.from[1])));
  if (options.dwell < nanoseconds(0) || options.dwell > kMostDwell)
    return bad(fmt::format("cannot use memory.dwell: {} s is not from 0 s to {} s",
                           std::chrono::duration_cast<seconds>(options.dwell).count(), kMostDwell.count()));
  return {};
}

std::optional<LevelChange> Pressure::update(const Signals& signals, MonoTime now, std::int64_t wall_ms) {
  signals_ = {.ledger = clean(signals.ledger), .resident = clean(signals.resident), .stall = clean(signals.stall)};
  if (!last_) since_ms_ = wall_ms;
  if (last_ && now > *last_) time_at_[static_cast<std::size_t>(level_)] += now - *last_;
  last_ = now;

  auto signal = signals_.largest();
  if (auto up = level_at(options_, signal); up > level_) return change(up, wall_ms);
  if (level_ == Level::kNormal || signal >= end_of(level_)) {
    below_since_.reset();
    return std::nullopt;
  }
  if (!below_since_) below_since_ = now;
  if (now - *below_since_ < options_.dwell) return std::nullopt;
  auto changed = change(static_cast<Level>(static_cast<std::size_t>(level_) - 1), wall_ms);
  if (level_ != Level::kNormal && signal < end_of(level_)) below_since_ = now;
  return changed;
}

double Pressure::end_of(Level level) const {
  return options_.from[static_cast<std::size_t>(level)] - options_.hysteresis;
}

LevelChange Pressure::change(Level to, std::int64_t wall_ms) {
  LevelChange change{.time_ms = wall_ms, .from = level_, .to = to, .signals = signals_};
  level_ = to;
  since_ms_ = wall_ms;
  below_since_.reset();
  if (history_.size() == kHistory) history_.erase(history_.begin());
  history_.push_back(change);
  return change;
}

}  // namespace holter::memory
