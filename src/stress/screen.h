#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace holter::stress {

/// What the user sees while it runs: a bar on a terminal, a plain line per phase elsewhere. Threads: one.
class Screen {
 public:
  /// Writes to standard output; `seconds` is about how long all of it will take.
  explicit Screen(double seconds);

  void begin(std::string_view scenario, std::size_t number, std::size_t of);
  void phase(std::string_view name);
  /// Draws the bar anew with a few words on what is seen.
  void tick(const std::string& words);
  /// A line that stays.
  void line(const std::string& text);

 private:
  void clear() const;

  const bool terminal_;
  const double seconds_;
  SystemClock clock_;
  const MonoTime start_ = clock_.mono();
  std::string scenario_, phase_;
};

/// Waits for `time`, or until SIGINT or SIGTERM came, which must be blocked: false then, and from then on.
bool wait_or_signal(milliseconds time);

}  // namespace holter::stress
