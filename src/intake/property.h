#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/utf8.h"
#include "intake/intake.h"

namespace holter::intake {

/// What holds of every batch, for tests and the fuzzer: what is taken has a name, sorted unique labels, and is within
/// the bounds; nothing is counted that has no reason.
inline void check_batch(const Batch& batch, std::string_view source, const Options& options) {
  auto is_utf8 = [](std::string_view text) {
    std::string scratch;
    return as_utf8(text, scratch).data() == text.data();
  };
  auto check_set = [&](const model::Labels& labels, std::size_t most, std::size_t most_bytes) {
    CHECK(labels.size() <= most);
    CHECK(std::ranges::adjacent_find(labels, std::ranges::greater_equal{}, &model::Labels::value_type::first) ==
          labels.end());
    for (const auto& [name, value] : labels) {
      CHECK(!name.empty() && name.size() <= kMostLabelBytes && is_utf8(name));
      CHECK(!value.empty() && value.size() <= most_bytes && is_utf8(value));
    }
  };
  CHECK(batch.alerts.size() <= kMostAlerts);
  CHECK(batch.reasons.size() <= std::min(batch.refused, kMostReasons));
  CHECK((batch.refused == 0) == batch.reasons.empty());
  for (const auto& reason : batch.reasons) CHECK(!reason.empty() && reason.size() < 2000 && is_utf8(reason));
  for (const auto& [alert, expires] : batch.alerts) {
    CHECK(!model::label_of(alert.labels, "alertname").empty());
    CHECK(model::label_of(alert.labels, "source") == source);
    CHECK(model::parse_severity(model::label_of(alert.labels, "severity")).has_value());
    check_set(alert.labels, kMostLabels, kMostLabelBytes);
    check_set(alert.annotations, kMostAnnotations, kMostAnnotationText);
    CHECK(alert.fingerprint == model::fingerprint_of(alert.labels));
    CHECK(is_utf8(alert.generator_url));
    CHECK(alert.firing() ||
          (alert.resolution == model::Resolution::kRecovered && alert.ends >= alert.starts && !expires));
    CHECK(!alert.firing() || (alert.ends == WallTime{} && (!expires || *expires > options.now)));
  }
  CHECK(batch.alerts.empty() || batch.bytes.bytes() > 0);
}

}  // namespace holter::intake
