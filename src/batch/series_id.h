#pragma once

#include <string_view>

#include "base/hash.h"
#include "base/ids.h"

namespace holter::batch {

/// Identity of a series: stable over restarts, and for ever, since it is stored. `labels` as in Batch::series_labels().
/// Format: docs/formats/batch.md.
constexpr SeriesId series_id(MonitorId monitor, std::string_view set, std::string_view field, std::string_view labels) {
  std::uint64_t state = kHashSeed ^ monitor.value;
  for (auto part : {set, field, labels}) state = hash_step(state, part);
  return {mix64(state)};
}

}  // namespace holter::batch
