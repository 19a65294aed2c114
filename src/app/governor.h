#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/backend.h"
#include "app/events.h"
#include "app/fleet.h"
#include "app/settings.h"
#include "base/log.h"
#include "memory/account.h"
#include "memory/pressure.h"
#include "memory/resident.h"
#include "memory/stall.h"

namespace holter::app {

/// Keeps the process within its budget: looks at the signals five times a second, decides the level, and does what the
/// level asks for. What each action means: Action; what an operator sees: docs/memory.md.
///
/// Threads: the control executor's. Needs no memory to speak of; what it cannot do for want of memory it does at the
/// next look.
class Governor {
 public:
  static constexpr milliseconds kSample{200};

  struct Options {
    std::uint64_t budget = 0;  ///< bytes that the resident set may have
    memory::LevelOptions levels;
    ActionLevels actions{};
    unsigned stretch = 2;
  };
  struct Parts {
    const Clock& clock;
    runtime::Executor control;
    memory::Budget& ledger;
    memory::Account& latest;                     ///< the share of the newest values
    std::function<std::uint64_t()> value_bytes;  ///< that they take now
    Fleet& fleet;
    std::deque<std::unique_ptr<ShardParts>>& shards;
    Events& events;
    std::function<void(unsigned)> stretched;  ///< told the factor by which low monitors run less often
    std::function<void()> shrink;             ///< caches of what lives on the control executor
    std::function<void()> look_on;            ///< called at each look, after the signals were taken in
  };
  /// To be made before anything is loaded: what is resident now counts as fixed.
  Governor(Options options, Parts parts);

  /// PSI, or none.
  void watch_stall(std::unique_ptr<memory::Stall> stall) { stall_ = std::move(stall); }
  void set_options(const Options& options);
  const Options& options() const { return options_; }

  void start();
  void stop();
  /// Starts it again where there was no memory even for its timer. For whoever runs the executor, after std::bad_alloc.
  void revive();
  /// One look; the timer does this.
  void look();

  memory::Level level() const { return pressure_.level(); }
  bool active(Action action) const {
    return static_cast<std::uint8_t>(level()) >= options_.actions[static_cast<std::size_t>(action)];
  }
  /// Is there room to run at all, or does what is known already bring memory to `high`?
  bool can_run();
  /// Is there memory to read another monitor, which takes some that is free again afterwards?
  bool can_read_on();
  /// Bytes that may be taken before `high` begins, by ledger and resident set.
  std::uint64_t bytes_left();
  /// The same without hysteresis and without room for values: for monitors that will only be known at first.
  std::uint64_t bytes_until_high();
  /// Fills in what it knows: resident set, level, actions.
  void report(api::MemoryReport& report) const;

 private:
  struct State {
    std::uint64_t times = 0;
    std::int64_t since_ms = 0;
    bool active = false;
    std::string effect;
  };
  memory::Signals signals();
  std::uint64_t room_for_values();
  std::uint64_t bytes_below(double target);
  void note(const memory::LevelChange& change);
  void set_actions();
  void begin_or_end(Action action, bool on);
  void tell_shards();
  void shrink(MonoTime now);
  void pause(MonoTime now);
  void resume(MonoTime now);
  void tell_alert(MonoTime now);
  State& state(Action action) { return states_[static_cast<std::size_t>(action)]; }

  Options options_;
  Parts parts_;
  std::unique_ptr<memory::Stall> stall_;
  memory::ResidentReader resident_;
  memory::Explained explained_;
  memory::Pressure pressure_;
  std::array<State, kActions> states_;
  collect::Controls told_;  ///< what the shards were told last
  bool telling_failed_ = false;
  std::uint64_t least_left_;
  MonoTime last_shrink_{}, last_pause_{}, last_resume_{}, last_alert_{}, resume_not_before_{};
  nanoseconds back_off_{};
  bool armed_ = false, stopped_ = true;
  log::Repeats pressure_repeats_;
  memory::Level alerted_ = memory::Level::kNormal;
  std::int64_t alert_since_ms_ = 0;
  boost::asio::steady_timer timer_;
};

}  // namespace holter::app
