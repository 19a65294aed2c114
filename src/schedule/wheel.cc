#include "schedule/wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace holter::schedule {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void Wheel::insert(Timer& timer, MonoTime at) {
  auto ns = static_cast<std::uint64_t>(at.time_since_epoch().count());
  // Round up: a timer that fires before its time would make a round early.
  timer.tick = std::max((ns + (std::uint64_t{1} << kTickShift) - 1) >> kTickShift, current_);
  place(timer);
}

void Wheel::place(Timer& timer) {
  auto tick = std::max(timer.tick, current_);
  auto distance = tick - current_;
  int level = 0;
  while (level < kLevels - 1 && distance >= (std::uint64_t{1} << (kBits * (level + 1)))) ++level;
  // Beyond the reach of the last level: the slot that comes round last; place() is called again then.
  auto reach = std::uint64_t{1} << (kBits * kLevels);
  if (distance >= reach) tick = current_ + reach - 1;
  auto slot = (tick >> (kBits * level)) & (kSlots - 1);
  levels_[level].slots[slot].push_back(timer);
  levels_[level].filled[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

void Wheel::cascade(int level) {
  if (level >= kLevels) return;
  auto slot = (current_ >> (kBits * level)) & (kSlots - 1);
  if (slot == 0) cascade(level + 1);
  List waiting;
  waiting.take(levels_[level].slots[slot]);
  levels_[level].filled[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  while (Link* link = waiting.pop_front()) place(static_cast<Timer&>(*link));
}

void Wheel::advance(MonoTime now, List& due) {
  auto target = tick_of(now);
  while (current_ <= target) {
    auto slot = current_ & (kSlots - 1);
    due.take(levels_[0].slots[slot]);
    levels_[0].filled[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    // Jump over empty slots, but stop at each border where a higher level must be sorted in.
    auto following = std::min(next_tick(), target + 1);
    current_ = std::max(current_ + 1, following);
    if ((current_ & (kSlots - 1)) == 0) cascade(1);
  }
}

int Wheel::first_filled(const Level& level, int from) {
  for (int i = from; i < kSlots; i = (i / 64 + 1) * 64) {
    auto word = level.filled[i / 64] >> (i % 64);
    if (word != 0) return i + std::countr_zero(word);
  }
  return kSlots;
}

/// The next tick after current_ at which something is to do: a filled slot of level 0 in this turn, or the turn's end
/// when any timer is farther away.
std::uint64_t Wheel::next_tick() const {
  auto slot = static_cast<int>(current_ & (kSlots - 1));
  auto turn = current_ - slot;
  if (int found = first_filled(levels_[0], slot + 1); found < kSlots) return turn + found;
  for (const Level& level : levels_)
    if (first_filled(level, 0) < kSlots) return turn + kSlots;
  return kNever;
}

std::optional<MonoTime> Wheel::next() const {
  auto slot = static_cast<int>(current_ & (kSlots - 1));
  auto tick = levels_[0].slots[slot].empty() ? next_tick() : current_;
  if (tick == kNever) return std::nullopt;
  return MonoTime(nanoseconds(tick << kTickShift));
}

}  // namespace holter::schedule
