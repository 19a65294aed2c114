#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "collect/expand.h"
#include "collect/per_row.h"
#include "collect/recorder.h"
#include "memory/account.h"

namespace holter::collect {

struct Round;
struct SetPlan;
class SetAttempt;

/// A set of a round that is asked once for each row of an earlier one: its runs, in the order of the rows, kAtOnce at
/// most that have begun and are not recorded. They are one result: success when any of them succeeded; else the worst
/// code (the highest number).
struct FanOut {
  static constexpr std::size_t kAtOnce = 4;
  /// What has not begun by then is not asked any more, and counts as a timeout.
  static constexpr seconds kMostTime{240};

  enum class State : std::uint8_t { kFree, kRunning, kDone };
  struct Place {
    State state = State::kFree;
    SetAttempt* ended = nullptr;  ///< with rows that wait for those of earlier runs
  };

  Round* round = nullptr;
  SetPlan* plan = nullptr;
  Environment::Runs runs;
  MonoTime started{};
  std::int64_t started_wall_ms = 0;
  std::size_t next = 0;               ///< run that begins next
  std::size_t recorded = 0;           ///< runs that have ended, and whose rows are recorded
  bool pumping = false;               ///< a run may end before the next has begun
  std::array<Place, kAtOnce> places;  ///< of the runs from `recorded` on: run modulo kAtOnce
  std::size_t failed = 0;
  std::size_t first_failed = 0;  ///< run whose reason is told
  model::ResultCode worst = model::ResultCode::kSuccess;
  std::string reason;
  Merged merged;
  memory::Reservation charged;
  std::unique_ptr<FanOut> sibling;  ///< the next one of the round

  Place& place(std::size_t run) { return places[run % kAtOnce]; }
  /// All have ended.
  bool complete() const { return recorded == runs.count; }
  bool may_begin() const { return next < runs.count && next < recorded + kAtOnce; }
  /// Code and message of the whole.
  model::ResultCode code() const;
  std::string message() const;
};

/// What a round of a monitor with references holds besides. Made when its first such set ends or begins.
struct Sequel {
  explicit Sequel(memory::Account& account, memory::Account* reserve) : found(account, reserve) {}
  Environment found;
  std::unique_ptr<FanOut> fans;  ///< that run; list by FanOut::sibling
};

}  // namespace holter::collect
