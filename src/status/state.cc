#include "status/state.h"

#include <algorithm>
#include <iterator>

namespace holter::status {
namespace {

constexpr std::string_view kWords[] = {"operational", "maintenance", "unknown", "degraded", "outage"};

}  // namespace

std::string_view to_string(State state) {
  return kWords[static_cast<std::size_t>(state)];
}

State parse_state(std::string_view word) {
  const auto* found = std::ranges::find(kWords, word);
  return found == std::end(kWords) ? State::kUnknown : static_cast<State>(found - std::begin(kWords));
}

void Tally::add(model::State state, bool paused_by_user) {
  switch (state) {
    case model::State::kUp:
      ++up;
      return;
    case model::State::kDown:
    case model::State::kUnreachable:
      ++down;
      return;
    case model::State::kPaused:
      ++(paused_by_user ? paused : unknown);
      return;
    case model::State::kUnknown:
    case model::State::kStale:
      ++unknown;
      return;
  }
}

State state_of(const Tally& tally, bool maintenance) {
  if (maintenance) return State::kMaintenance;
  if (tally.down > 0) return tally.up + tally.unknown == 0 ? State::kOutage : State::kDegraded;
  return tally.up > 0 && tally.unknown == 0 ? State::kOperational : State::kUnknown;
}

State overall(std::span<const State> components) {
  if (components.empty()) return State::kUnknown;
  auto worst = *std::ranges::max_element(components);
  if (worst != State::kOutage) return worst;
  bool all = std::ranges::all_of(components, [](State state) { return state == State::kOutage; });
  return all ? State::kOutage : State::kDegraded;
}

}  // namespace holter::status
