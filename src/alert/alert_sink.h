#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "alert/rule.h"
#include "base/result.h"
#include "model/alert.h"

namespace holter::alert {

/// Why an alert fires or does not any more: what the expression read. Empty where time alone has decided.
struct Evidence {
  model::Labels values;  ///< name and value as a literal, in the order in which they were read
  std::string summary;   ///< "used=95 total=100 -> true"
  bool no_data = false;  ///< it fires because nothing comes
  bool operator==(const Evidence&) const = default;

  std::size_t held_bytes() const;
};

/// What a rule was refused.
enum class Limit : std::uint8_t {
  kAlertsOfRule,  ///< Bounds::alerts_of_rule
  kAlerts,        ///< Bounds::alerts
  kSeries,        ///< Bounds::series
  kMemory,        ///< the account
};
constexpr std::size_t kLimits = 4;
std::string_view to_string(Limit limit);

/// Where alerts go. Nothing here throws, and nothing calls the evaluator back.
class AlertSink {
 public:
  virtual ~AlertSink() = default;
  /// `alert.annotations` and `rule.message` are as the rule has them, not yet rendered. fired() and resolved()
  /// alternate for each fingerprint, with the same labels and the same `starts`.
  virtual void fired(const model::Alert& alert, const Rule& rule, const Evidence& evidence) = 0;
  virtual void resolved(const model::Alert& alert, const Rule& rule, const Evidence& evidence) = 0;
  /// What fires has other annotations or another reason; its labels are the same.
  virtual void changed(const model::Alert& alert, const Rule& rule, const Evidence& evidence) = 0;
  /// An alert could not be made. Said once for each rule, and again when it has been possible for a while in between.
  virtual void limited(const Rule& rule, Limit limit) = 0;
  /// The rule cannot be asked of a set, e.g. since a definition has lost a field. Said once for each set.
  virtual void broken(const Rule& rule, const Error& error) = 0;
};

}  // namespace holter::alert
