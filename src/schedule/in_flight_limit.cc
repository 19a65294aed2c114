#include "schedule/in_flight_limit.h"

namespace holter::schedule {

bool InFlightLimit::update(MonoTime now) {
  if (now - window_began_ < kWindow) return false;
  auto before = limit_;
  bool behind = full_ && timers_ > 0 && delays_ / timers_ > kBehind;
  if (refusals_ > 0 || behind)
    limit_ = std::max(least_, limit_ - (limit_ * 3 + 9) / 10);
  else if (full_ && longest_wait_ > kLate && share_ >= 1)
    limit_ = std::min(ceiling(), limit_ + std::max<std::size_t>(1, most_ / 32));
  window_began_ = now;
  refusals_ = 0;
  full_ = false;
  longest_wait_ = delays_ = {};
  timers_ = 0;
  return limit_ != before;
}

}  // namespace holter::schedule
