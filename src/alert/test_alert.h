#pragma once

#include <algorithm>
#include <utility>

#include "model/alert.h"

namespace holter::alert {

/// An alert that fires since `starts`; labels in any order.
inline model::Alert firing(model::Labels labels, WallTime starts = WallTime(std::chrono::hours(24 * 20'000))) {
  std::ranges::sort(labels);
  model::Alert alert;
  alert.fingerprint = model::fingerprint_of(labels);
  alert.labels = std::move(labels);
  alert.starts = starts;
  return alert;
}

/// The same alert, resolved at `ends`.
inline model::Alert resolved(model::Alert alert, WallTime ends,
                             model::Resolution resolution = model::Resolution::kRecovered) {
  alert.ends = ends;
  alert.resolution = resolution;
  return alert;
}

}  // namespace holter::alert
