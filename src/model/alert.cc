#include "model/alert.h"

#include <algorithm>
#include <array>

#include "base/hash.h"

namespace holter::model {
namespace {

constexpr std::array<std::string_view, 4> kSeverities{"info", "warning", "critical", "emergency"};
constexpr std::array<std::string_view, kResolutions> kResolutionWords{
    "firing", "recovered", "vanished", "deleted", "paused", "unreachable", "rule gone", "by hand", "expired"};

}  // namespace

Fingerprint fingerprint_of(const Labels& labels) {
  auto state = kHashSeed;
  for (const auto& [name, value] : labels) state = hash_step(hash_step(state, name), value);
  return {mix64(state)};
}

std::string_view to_string(Severity severity) {
  return kSeverities[static_cast<std::size_t>(severity)];
}
std::optional<Severity> parse_severity(std::string_view word) {
  auto found = std::ranges::find(kSeverities, word);
  if (found == kSeverities.end()) return std::nullopt;
  return static_cast<Severity>(found - kSeverities.begin());
}
std::string_view to_string(Resolution resolution) {
  return kResolutionWords[static_cast<std::size_t>(resolution)];
}
std::string_view label_of(const Labels& labels, std::string_view name) {
  auto found = std::ranges::lower_bound(labels, name, {}, &Labels::value_type::first);
  return found != labels.end() && found->first == name ? std::string_view(found->second) : std::string_view();
}

}  // namespace holter::model
