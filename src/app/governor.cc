#include "app/governor.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include "base/units.h"
#include "memory/allocator.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
using memory::Level;

constexpr seconds kStep{1};           // between two steps of pausing or resuming, so that the last one shows
constexpr seconds kShrinkAgain{5};    // while the action lasts
constexpr seconds kShrinkAtRest{10};  // what the allocator holds without need goes back to the kernel
constexpr seconds kAlertRepeat{10};
constexpr seconds kFirstBackOff{10};
constexpr std::chrono::minutes kMostBackOff{10};

std::string describe(const memory::Signals& signals) {
  return fmt::format("ledger {:.0f} %, resident {:.0f} %, stall {:.0f} %", signals.ledger * 100, signals.resident * 100,
                     signals.stall * 100);
}

std::string_view severity_of(Level level) {
  if (level >= Level::kCritical) return "critical";
  return level >= Level::kHigh ? "warning" : "info";
}

std::uint64_t share_of(double share, std::uint64_t whole) {
  return share > 0 ? static_cast<std::uint64_t>(share * static_cast<double>(whole)) : 0;
}

}  // namespace

Governor::Governor(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      pressure_(options.levels),
      least_left_(options.budget),
      back_off_(kFirstBackOff),
      timer_(parts_.control) {
  if (auto now = resident_.read()) explained_.mark_fixed(*now);
}

void Governor::set_options(const Options& options) {
  options_ = options;
  pressure_.set_options(options.levels);
  set_actions();
}

void Governor::start() {
  stopped_ = armed_ = false;
  try {
    look();
  } catch (const std::bad_alloc&) {
    // Some action found no memory. What was done is done; the next look goes on from there.
    if (auto n = pressure_repeats_.count()) log::warning("memory", "no memory to act on its shortage (repeat {})", n);
  }
  timer_.expires_after(kSample);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure) start();
  });
  armed_ = true;
}

void Governor::revive() {
  if (!armed_ && !stopped_) start();
}

void Governor::stop() {
  stopped_ = true;
  timer_.cancel();
}

memory::Signals Governor::signals() {
  memory::Signals signals{.ledger = parts_.ledger.fullness()};
  if (auto resident = resident_.read()) {
    // The allocator's cap may be met before that, where much of the budget is program text: what counts is the nearer.
    // Free pages that are still mapped do not count: they are used before others are mapped.
    auto heap = memory::allocator_stats();
    signals.resident =
        std::max(static_cast<double>(resident->resident) / static_cast<double>(options_.budget),
                 heap.cap == 0 ? 0 : static_cast<double>(heap.active + heap.metadata) / static_cast<double>(heap.cap));
    auto peak = std::max(resident->peak, resident->resident);
    least_left_ = std::min(least_left_, options_.budget > peak ? options_.budget - peak : 0);
  }
  if (stall_) signals.stall = stall_->share(parts_.clock.mono(), options_.levels);
  return signals;
}

void Governor::look() {
  parts_.fleet.settle();
  auto now = parts_.clock.mono();
  if (auto change = pressure_.update(signals(), now, epoch_ms(parts_.clock.wall()))) {
    note(*change);
    set_actions();
  } else if (telling_failed_) {
    tell_shards();
  }
  shrink(now);
  if (active(Action::kPause))
    pause(now);
  else
    resume(now);
  tell_alert(now);
  if (parts_.look_on) parts_.look_on();
}

void Governor::note(const memory::LevelChange& change) {
  auto text =
      fmt::format("memory level {} -> {}: {}", to_string(change.from), to_string(change.to), describe(change.signals));
  parts_.events.add("memory.level", severity_of(change.to), text);
  if (change.to < Level::kHigh && change.from < Level::kHigh) {
    log::info("memory", "{}", text);
  } else if (auto n = pressure_repeats_.count()) {
    log::warning("memory", "{} (change {})", text, n);
  }
}

// --- actions ---

void Governor::set_actions() {
  for (std::size_t i = 0; i < kActions; ++i) begin_or_end(static_cast<Action>(i), active(static_cast<Action>(i)));
  tell_shards();
}

void Governor::begin_or_end(Action action, bool on) {
  auto& s = state(action);
  if (s.active == on) return;
  s.active = on;
  if (on) {
    ++s.times;
    s.since_ms = epoch_ms(parts_.clock.wall());
  }
  parts_.events.add("memory.action", severity_of(level()),
                    fmt::format("{} {} at level {}", to_string(action), on ? "begins" : "ends", to_string(level())));
}

void Governor::tell_shards() {
  collect::Controls controls{.flush_early = active(Action::kFlush),
                             .stretch_low = active(Action::kStretch) ? options_.stretch : 1,
                             .in_flight_share = active(Action::kFewerRounds) ? 0.5 : 1.0};
  if (controls == told_ && !telling_failed_) return;
  try {
    for (auto& shard : parts_.shards)
      asio::post(shard->shard.executor(), [&collector = shard->collector, controls] { collector.apply(controls); });
    parts_.stretched(controls.stretch_low);
    told_ = controls;
    telling_failed_ = false;
  } catch (const std::bad_alloc&) {
    telling_failed_ = true;  // and again at the next look
  }
}

void Governor::shrink(MonoTime now) {
  bool on = active(Action::kShrink);
  if (last_shrink_ != MonoTime{} && now - last_shrink_ < (on ? kShrinkAgain : kShrinkAtRest)) return;
  last_shrink_ = now;
  if (on) {
    if (parts_.shrink) parts_.shrink();
    try {
      for (auto& shard : parts_.shards)
        asio::post(shard->shard.executor(), [&collector = shard->collector] { collector.shrink(); });
    } catch (const std::bad_alloc&) {
      log::warning("memory", "no memory to ask a shard to shrink; again in {} s", kShrinkAgain.count());
    }
  }
  memory::purge_allocator();
}

/// As few as needed: the bytes by which the largest signal is above where `critical` ends.
void Governor::pause(MonoTime now) {
  if (last_pause_ != MonoTime{} && now - last_pause_ < kStep) return;
  const auto& s = pressure_.signals();
  auto target = options_.levels.from[static_cast<std::size_t>(Level::kCritical)] - options_.levels.hysteresis;
  auto bytes =
      std::max(share_of(s.ledger - target, parts_.ledger.limit()), share_of(s.resident - target, options_.budget));
  auto most = parts_.fleet.loaded();
  if (bytes == 0) {
    if (s.stall <= target) return;
    // A neighbour's hunger cannot be counted in our bytes: a twentieth at a time, for as long as it lasts.
    bytes = ~std::uint64_t{0};
    most = most / 20 + 1;
  }
  auto reason = fmt::format("memory is short: {}", describe(s));
  auto percent = [](double signal) { return static_cast<std::uint8_t>(std::clamp(signal * 100, 1.0, 255.0)); };
  auto done = parts_.fleet.pause_largest(bytes, most, {percent(s.ledger), percent(s.resident), percent(s.stall)});
  last_pause_ = now;
  back_off_ = now - last_resume_ < kMostBackOff / 5 && last_resume_ != MonoTime{}
                  ? std::min<nanoseconds>(back_off_ * 2, kMostBackOff)
                  : nanoseconds(kFirstBackOff);
  resume_not_before_ = now + back_off_;
  if (done.monitors == 0) return;
  auto& action = state(Action::kPause);
  action.effect = fmt::format("paused {} monitors ({}); {} are paused now", done.monitors, format_size(done.bytes),
                              parts_.fleet.paused());
  parts_.events.add("memory.pause", "critical", fmt::format("{}: {}", action.effect, reason));
  if (auto n = pressure_repeats_.count()) log::warning("memory", "{}: {} (repeat {})", action.effect, reason, n);
}

/// In reverse, and only as many as will not bring `high` back: half of the room at a time.
void Governor::resume(MonoTime now) {
  if (parts_.fleet.paused() == 0 || level() >= Level::kHigh || now < resume_not_before_) return;
  if (last_resume_ != MonoTime{} && now - last_resume_ < kStep) return;
  auto room = bytes_left() / 2;
  if (room == 0) return;
  auto done = parts_.fleet.resume_smallest(room, std::max<std::size_t>(64, parts_.fleet.paused() / 10));
  last_resume_ = now;
  if (done.monitors == 0) return;
  auto text = fmt::format("resumed {} monitors ({}); {} are paused still", done.monitors, format_size(done.bytes),
                          parts_.fleet.paused());
  state(Action::kPause).effect = text;
  parts_.events.add("memory.resume", "info", text);
  log::info("memory", "{}", text);
}

void Governor::tell_alert(MonoTime now) {
  auto to = active(Action::kAlert) ? level() : Level::kNormal;
  bool repeat = to != Level::kNormal && now - last_alert_ >= kAlertRepeat;
  if (to == alerted_ && !repeat) return;
  last_alert_ = now;
  bool firing = to != Level::kNormal;
  if (firing && alerted_ == Level::kNormal) alert_since_ms_ = pressure_.since_ms();
  auto for_how_long = milliseconds(epoch_ms(parts_.clock.wall()) - alert_since_ms_);
  if (to != alerted_) {
    auto text = firing
                    ? fmt::format("memory level {}: {}; {} monitors paused", to_string(to),
                                  describe(pressure_.signals()), parts_.fleet.paused())
                    : fmt::format("memory level {} again, after {}", to_string(level()), format_duration(for_how_long));
    parts_.events.alert("memory.alert",
                        {"MemoryPressure", severity_of(firing ? to : alerted_), text, firing, alert_since_ms_});
  } else if (auto n = pressure_repeats_.count()) {
    log::warning("memory", "level {} for {}: {} (repeat {})", to_string(to), format_duration(for_how_long),
                 describe(pressure_.signals()), n);
  }
  alerted_ = to;
}

// --- what others ask ---

/// Bytes that the share of the newest values has left when all loaded monitors will have been heard of; a hundredth of
/// the ledger stays free for texts.
std::uint64_t Governor::room_for_values() {
  auto promised = parts_.fleet.promised_values();
  auto there = std::min<std::uint64_t>(parts_.value_bytes(), promised);
  auto taken = promised - there + parts_.ledger.limit() / 100;
  auto left = parts_.ledger.could_get(parts_.latest);
  return left > taken ? left - taken : 0;
}

bool Governor::can_run() {
  return signals().largest() < options_.levels.from[static_cast<std::size_t>(Level::kHigh)];
}

bool Governor::can_read_on() {
  return signals().largest() < options_.levels.from[static_cast<std::size_t>(Level::kCritical)];
}

std::uint64_t Governor::bytes_below(double target) {
  auto s = signals();
  if (s.stall >= target) return 0;
  return std::min(share_of(target - s.ledger, parts_.ledger.limit()), share_of(target - s.resident, options_.budget));
}

std::uint64_t Governor::bytes_left() {
  return std::min(
      bytes_below(options_.levels.from[static_cast<std::size_t>(Level::kHigh)] - options_.levels.hysteresis),
      room_for_values());
}

std::uint64_t Governor::bytes_until_high() {
  return bytes_below(options_.levels.from[static_cast<std::size_t>(Level::kHigh)]);
}

void Governor::report(api::MemoryReport& report) const {
  if (auto now = resident_.read()) {
    report.resident = now->resident;
    report.resident_peak = now->peak;
    report.anonymous = now->anonymous;
    report.file = now->file;
    report.fixed = explained_.fixed(*now);
    report.unexplained = explained_.unexplained(*now, report.ledger_used);
  }
  report.budget = options_.budget;
  report.level = pressure_.level();
  report.level_since_ms = pressure_.since_ms();
  report.signals = pressure_.signals();
  report.level_options = options_.levels;
  report.least_left = least_left_;
  report.stall_source = stall_ ? stall_->source() : "not watched (memory.psi: off)";
  for (std::size_t i = 0; i < memory::kLevels; ++i)
    report.seconds_at[i] = std::chrono::duration<double>(pressure_.time_at()[i]).count();
  report.level_history = pressure_.history();
  for (std::size_t i = 0; i < kActions; ++i)
    report.actions.push_back({.name = std::string(to_string(static_cast<Action>(i))),
                              .level = static_cast<Level>(std::min<std::size_t>(options_.actions[i], 4)),
                              .active = states_[i].active,
                              .times = states_[i].times,
                              .since_ms = states_[i].since_ms,
                              .effect = states_[i].effect});
}

}  // namespace holter::app
