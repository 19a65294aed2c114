#include "app/state_events.h"

#include <new>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::app {

using model::State;

namespace {

std::string describe(const latest::StateChange& change, const latest::Latest& latest) {
  const auto& monitor = change.monitor;
  auto text = fmt::format("'{}' is {}", excerpt(monitor.name), model::to_string(change.now));
  if (change.before != State::kUnknown) text += fmt::format(" (was {})", model::to_string(change.before));
  auto because = latest.unreachable_because(monitor.id);
  if (because.empty() && change.now == State::kDown)
    if (auto status = latest.status(monitor.id)) because = excerpt(status->message, 200);
  return because.empty() ? text : fmt::format("{}: {}", text, because);
}

bool in_trouble(State state) {
  return state == State::kDown || state == State::kUnreachable;
}

}  // namespace

void StateEvents::note(const latest::StateChange& change, const latest::Latest& latest) noexcept {
  bool back = change.now == State::kUp && in_trouble(change.before);
  if (!back && !in_trouble(change.now)) return;
  if (gathered_ < kMost) {
    try {
      auto text = describe(change, latest);
      bool critical = change.monitor.criticality == model::Criticality::kCritical;
      first_[gathered_++] = {std::move(text), change.now != State::kDown ? "info" : critical ? "critical" : "warning"};
      return;
    } catch (const std::bad_alloc&) {  // counted below
    }
  }
  ++(change.now == State::kDown ? more_.down : back ? more_.back : more_.unreachable);
}

void StateEvents::tell(Events& events) noexcept {
  for (std::size_t i = 0; i < gathered_; ++i) {
    events.add("monitor.state", first_[i].severity, first_[i].text);
    first_[i] = {};
  }
  gathered_ = 0;
  auto more = more_;
  more_ = {};
  if (more.down + more.unreachable + more.back == 0) return;
  try {
    events.add("monitor.state", more.down > 0 ? "warning" : "info",
               fmt::format("in the same second: {} more DOWN, {} more UNREACHABLE, {} more UP again", more.down,
                           more.unreachable, more.back));
  } catch (const std::bad_alloc&) {  // the states themselves are there to be asked for
  }
}

}  // namespace holter::app
