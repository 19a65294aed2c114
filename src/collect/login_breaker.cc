#include "collect/login_breaker.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::collect {

Status LoginBreaker::check(std::string_view key, std::string_view name) const {
  auto entry = std::ranges::find(entries_, key, &Entry::key);
  if (entry == entries_.end() || entry->refusals < kMostRefusals) return {};
  auto left = entry->last + kPause - clock_.mono();
  if (left <= nanoseconds(0)) return {};
  auto until = std::chrono::time_point_cast<std::chrono::seconds>(clock_.wall() +
                                                                  std::chrono::ceil<std::chrono::milliseconds>(left));
  return Error(
      ErrorCode::kUnauthenticated,
      fmt::format("cannot log in to {}: it refused the login {} times in a row, so it is not asked again until {}",
                  name, entry->refusals, format_time(until)));
}

void LoginBreaker::refused(const std::string& key) {
  auto entry = std::ranges::find(entries_, key, &Entry::key);
  if (entry == entries_.end()) {
    if (entries_.size() >= kMostKeys) entries_.erase(std::ranges::min_element(entries_, {}, &Entry::last));
    entry = entries_.insert(entries_.end(), Entry{.key = key});
  }
  ++entry->refusals;
  entry->last = clock_.mono();
}

void LoginBreaker::accepted(std::string_view key) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.key == key; });
}

}  // namespace holter::collect
