#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "model/alert.h"
#include "model/local_time.h"
#include "notify/channel.h"

namespace holter::notify {

/// The language of words that Holter puts in: "resolved", "critical"; of durations.
enum class Language : std::uint8_t { kEnglish, kChinese };

/// A Mustache template (mustache(5)) without its dangers: no partials, no lambdas, no change of delimiters, and bounds
/// on what it may cost. Frozen. Threads: any.
///
/// Names of a notification:
///   receiver, group, url, now, status ("firing", "resolved"), is_firing, is_resolved, severity, status_word,
///   severity_word (in the language), alert_count, firing_count, resolved_count, has_firing, has_resolved, left_out;
///   lists: alerts, firing, resolved (of alerts), group_labels, common_labels, common_annotations (of name, value).
/// Names of an alert, within a list of them:
///   alertname, severity, status, is_firing, is_resolved, severity_word, status_word, starts, ends, duration,
///   resolution, resolution_word, evidence (the annotation of that name), summary, description (likewise),
///   generator_url; lists: labels, annotations.
/// One label: labels.x, annotations.x, group_labels.x, common_labels.x, common_annotations.x; within one of these
/// lists: name, value. What is empty or missing is nothing, and false as a section.
class Template {
 public:
  static constexpr std::size_t kMostTemplate = 16 * 1024;
  static constexpr std::size_t kMostOutput = 64 * 1024;
  static constexpr std::size_t kMostAlerts = Message::kMostAlerts;

  struct Options {
    const model::LocalTime& zone;
    Language language = Language::kEnglish;
    WallTime now{};
  };

  /// Errors: kInvalidArgument "cannot use the template: line 3: ...": a name that is not known, a section that is not
  /// closed, a forbidden tag; more than kMostTemplate. In kHtml all values are escaped, and unescaped tags are refused;
  /// in the other formats nothing is.
  static Result<Template> parse(std::string_view text, BodyFormat format);

  /// Everything of `message` but its texts. Errors: kResourceExhausted when the text would have more than kMostOutput,
  /// or nested lists would take too long.
  Result<std::string> render(const Message& message, const Options& options) const;

 private:
  Template(std::string text, std::size_t literals, BodyFormat format)
      : text_(std::move(text)), literals_(literals), format_(format) {}
  std::string text_;      // as the library gets it
  std::size_t literals_;  // bytes outside of all sections
  BodyFormat format_;
};

/// What a rule's annotations may speak of.
struct AnnotationFacts {
  const model::Labels& labels;   ///< of the alert, sorted
  const model::Labels& values;   ///< of the row by field, with units, sorted
  const model::Labels& monitor;  ///< name, app, host, ...; sorted
};

/// The template of one annotation: {{labels.x}}, {{values.field}}, {{monitor.name}}, and sections of these. Frozen.
class AnnotationTemplate {
 public:
  static constexpr std::size_t kMostOutput = 4 * 1024;  ///< of one annotation

  /// Errors: kInvalidArgument, as Template::parse().
  static Result<AnnotationTemplate> parse(std::string_view text);
  /// Errors: kResourceExhausted when the text would have more than kMostOutput.
  Result<std::string> render(const AnnotationFacts& facts) const;

 private:
  AnnotationTemplate(std::string text, std::size_t literals) : text_(std::move(text)), literals_(literals) {}
  std::string text_;
  std::size_t literals_;
};

/// "1h30m" or, in Chinese, "1小时30分"; whole seconds.
std::string duration_word(milliseconds duration, Language language);
std::string_view severity_word(model::Severity severity, Language language);
std::string_view status_word(bool firing, Language language);
std::string_view resolution_word(model::Resolution resolution, Language language);

}  // namespace holter::notify
