#pragma once

#include <algorithm>

namespace holter::model {

/// How many times as long the intervals of low monitors are at present (memory.stretch), and how long to wait for them
/// therefore. `Time` is a point of time: a chrono one, or an integer. A plain value.
template <class Time>
class Stretch {
 public:
  using Duration = decltype(Time{} - Time{});

  void set(unsigned factor, Time now) {
    factor = std::max(factor, 1U);
    if (factor < factor_) {
      before_ = factor_;
      fell_ = now;
    }
    factor_ = factor;
  }
  /// The clock has been set by so much.
  void clock_set(Duration by) { fell_ += by; }
  /// How long after `heard` a monitor is to be waited for, that without stretching would be waited for as long as
  /// `plain`. Where intervals became shorter after it was heard of, its next result is due by the new interval from
  /// then on, and never later than by the old one.
  Duration patience(Time heard, Duration plain) const {
    const Duration now = plain * static_cast<int>(factor_);
    if (before_ <= factor_ || heard >= fell_) return now;
    const Duration old = plain * static_cast<int>(before_);
    return std::max(now, std::min<Duration>(old, fell_ - heard + now));
  }

 private:
  unsigned factor_ = 1, before_ = 1;
  Time fell_{};
};

}  // namespace holter::model
