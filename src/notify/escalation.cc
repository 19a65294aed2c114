#include "notify/escalation.h"

#include <algorithm>

#include <fmt/format.h>

namespace holter::notify {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::weeks;

Error wrong(std::string why) {
  return {ErrorCode::kInvalidArgument, std::move(why)};
}

}  // namespace

Result<Escalation> Escalation::make(std::vector<EscalationStep> steps) {
  if (steps.empty()) return wrong("cannot use the escalation: it has no step");
  if (steps.size() > kMostSteps)
    return wrong(fmt::format("cannot use the escalation: it has {} steps; {} is the most", steps.size(), kMostSteps));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto count = steps[i].receivers.size();
    if (count == 0 || count > kMostReceivers)
      return wrong(fmt::format("cannot use the escalation: step {} has {} receivers; 1 to {} are allowed", i + 1, count,
                               kMostReceivers));
    if (steps[i].after < milliseconds(0) || (i > 0 && steps[i].after <= steps[i - 1].after))
      return wrong(fmt::format("cannot use the escalation: step {} is not later than the one before it", i + 1));
  }
  return Escalation(std::move(steps));
}

std::size_t Escalation::due(WallTime began, WallTime now) const {
  auto later = std::ranges::find_if(steps_, [&](const auto& step) { return began + step.after > now; });
  return static_cast<std::size_t>(later - steps_.begin());
}

std::optional<WallTime> Escalation::next(WallTime began, std::size_t taken) const {
  if (taken >= steps_.size()) return std::nullopt;
  return began + steps_[taken].after;
}

Result<Rotation> Rotation::make(Options options) {
  if (options.receivers.empty() || options.receivers.size() > kMostReceivers)
    return wrong(fmt::format("cannot use the rotation: it has {} receivers; 1 to {} are allowed",
                             options.receivers.size(), kMostReceivers));
  if (options.time < std::chrono::minutes(0) || options.time >= days(1) || !options.day.ok())
    return wrong("cannot use the rotation: its hand-over is not on a day of the week between 00:00 and 23:59");
  TRY(auto zone, model::LocalTime::in(options.zone));
  return Rotation(std::move(options), zone);
}

/// The day of the newest hand-over at that local time.
local_days Rotation::week_of(local_seconds time) const {
  auto day = std::chrono::floor<days>(time - options_.time);
  return day - (std::chrono::weekday(day) - options_.day);
}

const std::string& Rotation::on_call(WallTime time) const {
  auto first = week_of(options_.first_week + days(1) - seconds(1));
  auto now = week_of(zone_.local(time));
  // The local clock shows an hour twice when it is set back: what counts is whether the moment has come.
  if (zone_.moment(now + options_.time) > time) now -= weeks(1);
  if (zone_.moment(now + weeks(1) + options_.time) <= time) now += weeks(1);
  auto passed = std::chrono::floor<weeks>(now - first).count();
  auto count = static_cast<std::int64_t>(options_.receivers.size());
  return options_.receivers[static_cast<std::size_t>((passed % count + count) % count)];
}

WallTime Rotation::next_handover(WallTime time) const {
  auto week = week_of(zone_.local(time));
  auto next = zone_.moment(week + options_.time);
  while (next <= time) next = zone_.moment((week += weeks(1)) + options_.time);
  return next;
}

}  // namespace holter::notify
