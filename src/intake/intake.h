#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::intake {

constexpr std::size_t kMostBody = 4 << 20;         ///< bytes of one body
constexpr std::size_t kMostAlerts = 10'000;        ///< of one body; those behind are refused
constexpr std::size_t kMostLabels = 64;            ///< of one alert, with those added here; more: the alert is refused
constexpr std::size_t kMostAnnotations = 64;       ///< of one alert; those behind, by name, are left out and counted
constexpr std::size_t kMostLabelBytes = 1024;      ///< of a name or a value; a longer value is cut
constexpr std::size_t kMostAnnotationText = 4096;  ///< bytes; a longer text is cut
constexpr std::size_t kMostReasons = 20;           ///< kept of those why alerts were refused

/// Where the source `generic` looks for what an alert says. A path is names of members with dots between them, and
/// indices of lists: "event.hosts.0.name". Of several paths the first that leads to a value is taken.
struct Mapping {
  using Paths = std::vector<std::string>;
  Paths alerts{"alerts"};  ///< the list of them; where there is none, a list is one of alerts, an object is one alert
  Paths labels{"labels"}, annotations{"annotations"};  ///< objects of scalars
  Paths name{"labels.alertname", "alertname", "name", "title"};
  Paths severity{"labels.severity", "severity", "level", "priority"};
  Paths status{"status", "state"};  ///< see state_of(); without one, the alert fires until its end
  Paths starts{"startsAt", "startAt", "activeAt", "timestamp", "time"};
  Paths ends{"endsAt", "endAt"};
  Paths instance{"labels.instance", "instance", "host"};
  Paths summary{"annotations.summary", "summary"};
  Paths description{"annotations.description", "description", "content", "message"};
  Paths url{"generatorURL", "url"};
  /// An alert that does not say when it ends, nor has a status, is over so long after it was last sent; nothing: not.
  std::optional<milliseconds> resolve_timeout;
};

struct Options {
  memory::Account& account;  ///< holds the body's tree while it is read, and the batch
  WallTime now{};            ///< when the body came
  /// Of sources that repeat what fires, and do not always tell its end (Alertmanager's resolve_timeout).
  milliseconds resolve_timeout = std::chrono::minutes(5);
  Mapping mapping{};  ///< of `generic`
};

/// An alert as it was sent. It fires, or has kRecovered with the end that the source told (else the time of arrival).
/// Labels: alertname, severity (a word of model::Severity), source, those of the source; `<source>_severity` where its
/// word is another one. Names and values are UTF-8.
struct Taken {
  model::Alert alert;
  /// When it is to be resolved as kExpired unless it comes again; nothing: the source tells the end, or a user does.
  std::optional<WallTime> expires;
};

struct Batch {
  std::vector<Taken> alerts;         ///< in the order of the body
  std::size_t refused = 0;           ///< of the body, but not taken
  std::vector<std::string> reasons;  ///< of the first kMostReasons of them: "alerts[3]: ..."
  std::size_t cut = 0;               ///< texts that were cut, and annotations that were left out
  memory::Reservation bytes;         ///< of `alerts`
};

/// Reads what a monitoring product posts as `source` (a name of sources()). One alert that is wrong does not spoil the
/// others. Errors: kNotFound for a source that is not known; kTooLarge above kMostBody; kInvalidArgument for a body
/// that is not of the source's form at all, with the place where it is no JSON; kResourceExhausted.
Result<Batch> read(std::string_view source, std::string_view body, const Options& options);

/// Names of all sources, sorted.
std::vector<std::string_view> sources();

}  // namespace holter::intake
