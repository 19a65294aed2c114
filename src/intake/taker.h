#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "intake/body.h"
#include "intake/intake.h"
#include "intake/severity.h"

// Inside of this folder: an alert to be, and its way into the batch.
namespace holter::intake {

/// What a reader found of one alert. Names and texts are foreign bytes until Taker has looked at them.
struct Draft {
  model::Labels labels, annotations;      ///< in any order; of a name that comes twice, the first with a value
  std::string severity;                   ///< the source's word; empty: that of the label `severity`, if there is one
  std::optional<model::Severity> mapped;  ///< where the source's word is not for severity_of()
  std::optional<State> state;             ///< nothing: it fires until `ends`, as Alertmanager has it
  std::optional<WallTime> starts, ends;
  std::optional<milliseconds> lasts;  ///< an alert without an end is over so long after it came
  std::string url;

  /// An empty value is none.
  void label(std::string_view name, std::string value) { put(labels, name, std::move(value)); }
  void annotate(std::string_view name, std::string value) { put(annotations, name, std::move(value)); }

 private:
  static void put(model::Labels& to, std::string_view name, std::string value) {
    if (!value.empty()) to.emplace_back(name, std::move(value));
  }
};

/// Labels or annotations of an object whose members are strings. Errors: kInvalidArgument for a value of another type,
/// naming it. Null is none; `any_scalar`: numbers and booleans are taken as text, too.
Result<model::Labels> labels_of(const json::value* object, std::string_view what, bool any_scalar = false);

/// Checks and completes drafts, and keeps count.
class Taker {
 public:
  Taker(std::string_view source, const Options& options);

  /// Into the batch, or among those that were refused; `place` names it in the reason ("alerts[3]"). Errors:
  /// kResourceExhausted, and then reading ends.
  Status take(std::string_view place, Result<Draft> draft);
  /// Of the source, but not taken.
  void refuse(std::string_view place, std::string_view why, std::size_t count = 1);

  std::string_view source() const { return source_; }
  const Options& options() const { return options_; }
  Batch finish() { return std::move(batch_); }

 private:
  Result<Taken> finished(Draft draft);
  Status add_severity(Draft& draft, model::Labels& labels) const;
  Result<model::Labels> checked_labels(model::Labels given) const;
  Result<model::Labels> checked_annotations(model::Labels given);
  Status set_times(const Draft& draft, Taken& taken) const;
  std::string cut_label(std::string value);

  const std::string source_;
  const std::string severity_label_;  ///< "uptime_kuma_severity"
  const Options& options_;
  Batch batch_;
  std::size_t bytes_ = 0;
};

}  // namespace holter::intake
