#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "model/cron.h"
#include "model/definition.h"

namespace holter::model {

/// What may be paused first when memory is short.
enum class Criticality : std::uint8_t { kCritical, kNormal, kLow };
std::string_view to_string(Criticality c);

/// Sorted by key; shared, since thousands of monitors carry the same labels.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// Something that a user wants watched: an application of a definition, with the parameters filled in. Frozen once
/// made. Kept small on purpose: 100,000 of them are normal.
struct Monitor {
  MonitorId id;  ///< stable_hash(name)
  std::string name;
  std::shared_ptr<const Definition> definition;
  std::shared_ptr<const Labels> labels;  ///< never null
  /// Index into definition->params, and the value; only those that the user gave. Sorted by index.
  std::vector<std::pair<std::uint16_t, std::string>> params;
  std::chrono::milliseconds interval{60'000};  ///< with `cron`: the least distance of its due times
  boost::intrusive_ptr<const Cron> cron;       ///< exact times; null: an interval
  Criticality criticality = Criticality::kNormal;
  bool paused = false;

  /// The value given, else the default, else nullptr.
  const std::string* param(std::string_view field) const;
};

/// States that are shown to people. Old is never shown as new: see State machine in src/latest/README.md.
enum class State : std::uint8_t {
  kUnknown,
  kUp,
  kDown,
  kStale,
  kPaused,
  kUnreachable,  ///< its checks fail while something that it depends on is down
};
constexpr std::size_t kStates = 6;
std::string_view to_string(State s);
/// What needs attention first.
constexpr std::array<State, kStates> kWorstFirst = {State::kDown,    State::kUnreachable, State::kStale,
                                                    State::kUnknown, State::kPaused,      State::kUp};
/// Number of monitors in each state, by State.
using StateCounts = std::array<std::size_t, kStates>;

/// How a set's collection ended. Numbers are those of the definition format (section 3.3); they are stored in history.
enum class ResultCode : std::uint8_t {
  kSuccess = 0,
  kUnavailable = 1,    ///< we could not ask: our own want of memory. Says nothing about the target
  kUnreachable = 2,    ///< no way to the peer: unknown host, no answer to a ping
  kUnconnectable = 3,  ///< no session: refused, TLS failure
  kFail = 4,           ///< the request ran but failed
  kTimeout = 5,        ///< the scheduler's deadline passed
};
std::string_view to_string(ResultCode c);

}  // namespace holter::model
