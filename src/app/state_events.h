#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "app/events.h"
#include "latest/latest.h"

namespace holter::app {

/// Makes events of monitors that went DOWN or UNREACHABLE, or came back: one for each of the first few, and one for all
/// others that changed meanwhile, so that a thousand that go down together leave room for other events.
/// Threads: the control executor's.
class StateEvents {
 public:
  static constexpr std::size_t kMost = 10;  ///< told one by one at a time

  /// What Latest::on_change() calls back. Without memory for its text a change is only counted.
  void note(const latest::StateChange& change, const latest::Latest& latest) noexcept;
  /// Adds what has gathered to the events, as kind "monitor.state". Call it about once a second.
  void tell(Events& events) noexcept;

 private:
  struct Told {
    std::string text;
    const char* severity = "info";
  };
  struct Counts {
    std::size_t down = 0, unreachable = 0, back = 0;
  };
  std::array<Told, kMost> first_;
  std::size_t gathered_ = 0;
  Counts more_;
};

}  // namespace holter::app
