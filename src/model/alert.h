#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/monitor.h"

namespace holter::model {

/// Stable hash of an alert's labels: the same condition of the same thing has the same fingerprint for ever.
using Fingerprint = Id<struct FingerprintTag>;
/// Of sorted labels. Not for hostile labels alone: who keeps alerts by fingerprint compares the labels, too.
Fingerprint fingerprint_of(const Labels& labels);

/// How bad it is; the word stands in the label `severity`.
enum class Severity : std::uint8_t { kInfo, kWarning, kCritical, kEmergency };
std::string_view to_string(Severity severity);
/// Lower-case words; std::nullopt for others.
std::optional<Severity> parse_severity(std::string_view word);

/// Why an alert is not firing any more. Told to people and stored: words are stable.
enum class Resolution : std::uint8_t {
  kNone,         ///< it fires
  kRecovered,    ///< the condition does not hold any more
  kVanished,     ///< its series is gone: a row that is not in the answers any more
  kDeleted,      ///< its monitor was deleted
  kPaused,       ///< its monitor was paused
  kUnreachable,  ///< something that its monitor depends on is down, and is told instead
  kRuleGone,     ///< its rule was deleted, disabled, or is another one now
  kByHand,       ///< a user resolved it
  kExpired,      ///< a foreign source has not repeated it in time
};
constexpr std::size_t kResolutions = 9;
std::string_view to_string(Resolution resolution);

/// One condition that fires or fired: what is grouped, silenced and told. Plain data; Alertmanager's data model, with
/// the reason of the end and the evidence added.
struct Alert {
  Fingerprint fingerprint;  ///< of `labels`
  Labels labels;            ///< sorted; alertname, severity, monitor, app, folder, set, those of the row and the rule
  Labels annotations;       ///< sorted; summary and description, rendered, and others of the rule
  WallTime starts{};        ///< when it began to fire
  WallTime ends{};          ///< when it was resolved; the epoch while it fires
  Resolution resolution = Resolution::kNone;
  std::string generator_url;  ///< where to look: the monitor's page, or what a foreign source said

  bool firing() const { return resolution == Resolution::kNone; }
  bool operator==(const Alert&) const = default;
};

/// Value of a label, "" where there is none.
std::string_view label_of(const Labels& labels, std::string_view name);

}  // namespace holter::model
