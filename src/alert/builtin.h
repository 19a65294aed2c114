#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "base/result.h"
#include "model/definition.h"

namespace holter::alert {

// The rules that are there without anybody writing them: a fresh installation says when something is down. They are
// on by default; each can be switched off, and have its own severity and times.

inline constexpr std::string_view kMonitorDown = "MonitorDown";
inline constexpr std::string_view kMonitorStale = "MonitorStale";
inline constexpr std::string_view kCertificateExpires = "CertificateExpires";
inline constexpr std::string_view kHistoryDown = "HistoryDown";
inline constexpr std::string_view kMemoryLevel = "MemoryLevel";
inline constexpr std::string_view kDiskLow = "DiskLow";
inline constexpr std::string_view kCollectorDown = "CollectorDown";

/// A certificate that is valid for fewer days is told.
inline constexpr int kCertificateDays = 14;

/// Where the verdicts on a rule come from.
enum class Feed : std::uint8_t {
  kResults,      ///< its expression, for each result
  kCertificate,  ///< an expression that follows from the set: certificate_expression()
  kStale,        ///< the monitor's state, asked for by the tick
  kCondition,    ///< Evaluator::set_condition()
};
Feed feed_of(const Rule& rule);

/// All of them, as they are by default.
std::vector<Rule> builtin_rules();

/// The users' rules together with the built-in ones, by name. A rule of kind kBuiltin in `rules` changes the one of its
/// name: enabled, severity, hold_for, keep_firing_for, labels, annotations, message, active_hours and the selector's
/// folder, labels, monitors and matchers; the rest of it must be as a new Rule has it. Errors: kInvalidArgument for a
/// built-in rule that there is not, or that changes more; kConflict for a name that stands twice; kTooLarge above
/// Rule::kMostRules.
Result<std::vector<Rule>> with_builtins(std::vector<Rule> rules);

/// The expression that is true when a certificate in the set's rows expires soon. Empty for a set that tells of no
/// certificate: it has neither a number `days_left`, nor a number `end_timestamp` (ms since 1970) in a set whose name
/// begins with "cert".
std::string certificate_expression(const model::SetDef& set);

}  // namespace holter::alert
