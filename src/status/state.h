#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/monitor.h"

namespace holter::status {

/// What visitors are told of a component. Words are shown and never change. In the order of what needs attention least
/// to most.
enum class State : std::uint8_t {
  kOperational,
  kMaintenance,  ///< announced, and going on
  kUnknown,      ///< no data: nobody knows, which is not the same as good
  kDegraded,     ///< some of its monitors are down
  kOutage,       ///< all of them are
};
std::string_view to_string(State state);
/// kUnknown for other words.
State parse_state(std::string_view word);

/// How many monitors of a component are in which state.
struct Tally {
  std::size_t up = 0;
  std::size_t down = 0;     ///< DOWN and UNREACHABLE
  std::size_t unknown = 0;  ///< UNKNOWN, STALE, PAUSED for want of memory, and names that no monitor has
  std::size_t paused = 0;   ///< by a user: they say nothing

  void add(model::State state, bool paused_by_user);
};

/// The worst of its monitors. Those that users have paused do not count; where none is left, nobody knows. Maintenance
/// that is announced counts before all: what fails then is expected.
State state_of(const Tally& tally, bool maintenance);
/// The state of all: outage where all are out, degraded where some are out or degraded; else the worst. None: unknown.
State overall(std::span<const State> components);

}  // namespace holter::status
