#include "intake/severity.h"

#include <algorithm>
#include <string>

namespace holter::intake {
namespace {

using model::Severity;

struct Word {
  std::string_view word;
  Severity severity;
};

constexpr Word kWords[] = {
    // Syslog (RFC 5424), Zabbix, and what people put into rules of Prometheus.
    {"emergency", Severity::kEmergency},
    {"emerg", Severity::kEmergency},
    {"disaster", Severity::kEmergency},
    {"fatal", Severity::kEmergency},
    {"panic", Severity::kEmergency},
    {"blocker", Severity::kEmergency},
    {"p0", Severity::kEmergency},
    {"critical", Severity::kCritical},
    {"crit", Severity::kCritical},
    {"high", Severity::kCritical},
    {"error", Severity::kCritical},
    {"err", Severity::kCritical},
    {"alert", Severity::kCritical},
    {"major", Severity::kCritical},
    {"serious", Severity::kCritical},
    {"severe", Severity::kCritical},
    {"page", Severity::kCritical},
    {"p1", Severity::kCritical},
    {"warning", Severity::kWarning},
    {"warn", Severity::kWarning},
    {"average", Severity::kWarning},
    {"medium", Severity::kWarning},
    {"moderate", Severity::kWarning},
    {"minor", Severity::kWarning},
    {"ticket", Severity::kWarning},
    {"p2", Severity::kWarning},
    {"info", Severity::kInfo},
    {"information", Severity::kInfo},
    {"informational", Severity::kInfo},
    {"notice", Severity::kInfo},
    {"remind", Severity::kInfo},
    {"low", Severity::kInfo},
    {"debug", Severity::kInfo},
    {"none", Severity::kInfo},
    {"report", Severity::kInfo},
    {"not classified", Severity::kInfo},
    {"p3", Severity::kInfo},
    {"p4", Severity::kInfo},
    {"p5", Severity::kInfo},
    // The words of the clouds' Chinese consoles.
    {"灾难", Severity::kEmergency},
    {"致命", Severity::kEmergency},
    {"紧急", Severity::kCritical},
    {"严重", Severity::kCritical},
    {"重要", Severity::kCritical},
    {"警告", Severity::kWarning},
    {"次要", Severity::kWarning},
    {"一般", Severity::kWarning},
    {"提示", Severity::kInfo},
    {"提醒", Severity::kInfo},
    {"通知", Severity::kInfo},
    {"信息", Severity::kInfo},
};

constexpr std::string_view kFiring[] = {"firing",  "alerting",  "problem",   "alarm", "alert",
                                        "active",  "triggered", "open",      "down",  "critical",
                                        "warning", "error",     "unhealthy", "1",     "true"};
constexpr std::string_view kResolved[] = {"resolved", "ok",      "recovered", "normal", "inactive", "closed",
                                          "up",       "healthy", "cleared",   "0",      "false"};

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

std::optional<Severity> severity_of(std::string_view word) {
  const auto* found = std::ranges::find(kWords, lower(word), &Word::word);
  if (found == std::end(kWords)) return std::nullopt;
  return found->severity;
}

std::optional<State> state_of(std::string_view word) {
  auto small = lower(word);
  if (std::ranges::find(kFiring, small) != std::end(kFiring)) return State::kFiring;
  if (std::ranges::find(kResolved, small) != std::end(kResolved)) return State::kResolved;
  return std::nullopt;
}

}  // namespace holter::intake
