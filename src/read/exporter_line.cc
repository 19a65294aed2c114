#include "read/exporter_line.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::read {
namespace {

Error wrong(std::string_view what) {
  return {ErrorCode::kProtocolViolation, std::string(what)};
}

bool same_word(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != lower[i]) return false;
  return true;
}

}  // namespace

std::optional<double> parse_exporter_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  auto digits = text;
  if (negative || text.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || digits.front() == '-') return std::nullopt;
  if (!(digits.front() == '.' || (digits.front() >= '0' && digits.front() <= '9'))) {
    const double infinity = std::numeric_limits<double>::infinity();
    if (same_word(digits, "inf") || same_word(digits, "infinity")) return negative ? -infinity : infinity;
    if (same_word(digits, "nan")) return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
  }
  double value = 0;
  auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size() || failure == std::errc::invalid_argument) return std::nullopt;
  if (failure == std::errc::result_out_of_range)
    value = digits.contains("e-") || digits.contains("E-") || digits.starts_with("0.") ? 0.0 : HUGE_VAL;
  return negative ? -value : value;
}

void ExporterLine::skip_blanks() {
  while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

std::string_view ExporterLine::word() {
  const std::size_t begin = at_;
  while (!at_end() && !std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

Result<std::size_t> ExporterLine::parse(std::string_view text, bool openmetrics, ExporterSample& sample) {
  text_ = text;
  at_ = 0;
  labels_.clear();
  decoded_.clear();
  while (!at_end() && is_name_byte(text_[at_])) ++at_;
  sample.name = text_.substr(0, at_);
  sample.timestamp_ms.reset();
  skip_blanks();
  if (peek() == '{') TRY_OK(parse_labels(sample));
  if (sample.name.empty()) return wrong("the metric has no name");
  sample.labels = {labels_.data(), labels_.size()};
  TRY_OK(parse_value(sample, openmetrics));
  while (!at_end() && text_[at_] != '\n') ++at_;
  if (at_ > kMaxExporterLine) return Error(ErrorCode::kTooLarge, "the line is too long");
  return at_end() ? at_ : at_ + 1;
}

Status ExporterLine::parse_labels(ExporterSample& sample) {
  ++at_;
  while (true) {
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == ',')) ++at_;
    if (at_end()) return wrong("the labels have no end");
    if (text_[at_] == '}') break;
    ExporterLabel label;
    if (text_[at_] == '"') {
      TRY_OK(parse_quoted(label.name, true));
    } else {
      const std::size_t begin = at_;
      // Names of OpenMetrics' successor and of sloppy exporters have dots and dashes, too.
      while (!at_end() && (is_name_byte(text_[at_]) || text_[at_] == '.' || text_[at_] == '-')) ++at_;
      label.name = text_.substr(begin, at_ - begin);
    }
    if (label.name.empty()) return wrong(fmt::format("expected the name of a label at byte {}", at_ + 1));
    skip_blanks();
    if (peek() != '=') {  // {"name", label="value"}: the name of the metric in quotes
      if (!sample.name.empty() || (peek() != ',' && peek() != '}'))
        return wrong(fmt::format("expected '=' after the label \"{}\"", excerpt(label.name, 40)));
      sample.name = label.name;
      continue;
    }
    ++at_;
    skip_blanks();
    if (peek() != '"') return wrong(fmt::format("expected '\"' after {}=", excerpt(label.name, 40)));
    TRY_OK(parse_quoted(label.value, false));
    if (labels_.size() == kMaxExporterLabels) return Error(ErrorCode::kTooLarge, "too many labels");
    if (!labels_.push(label)) return meter_.refusal("keep the labels of a sample");
  }
  ++at_;
  skip_blanks();
  return {};
}

Status ExporterLine::parse_quoted(std::string_view& out, bool as_name) {
  const std::size_t begin = ++at_;
  bool escaped = false;
  for (; !at_end() && text_[at_] != '"'; ++at_)
    if (text_[at_] == '\\') {
      escaped = true;
      ++at_;
    }
  if (at_end())
    return text_.size() > kMaxExporterLine ? Status(Error(ErrorCode::kTooLarge, "the line is too long"))
                                           : wrong("a quoted text has no end");
  out = text_.substr(begin, at_++ - begin);
  if (!escaped) return {};
  if (as_name) return wrong("a name with a backslash");
  // Views of what was decoded before must not move: room for all that the text can still hold.
  if (!decoded_.reserve(text_.size())) return meter_.refusal("decode the labels of a sample");
  const std::size_t from = decoded_.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    char c = out[i];
    if (c == '\\' && i + 1 < out.size()) {
      const char next = out[i + 1];
      if (next == 'n') c = '\n';
      if (next == '"') c = '"';
      if (next == 'n' || next == '"' || next == '\\') ++i;
    }
    if (!decoded_.push(c)) return meter_.refusal("decode the labels of a sample");
  }
  out = std::string_view(decoded_.data() + from, decoded_.size() - from);
  return {};
}

Status ExporterLine::parse_value(ExporterSample& sample, bool openmetrics) {
  skip_blanks();
  const auto text = word();
  auto value = parse_exporter_value(text);
  if (!value)
    return wrong(text.empty() ? "the sample has no value"
                              : fmt::format("the value \"{}\" is no number", excerpt(text, 40)));
  sample.value = *value;
  skip_blanks();
  if (peek() == '\n' || peek() == '\r' || peek() == '#') return {};  // `#` begins an exemplar
  const auto stamp = word();
  auto time = parse_exporter_value(stamp);
  const bool seconds = openmetrics || stamp.contains('.');
  if (time && seconds) time = *time * 1000;
  if (!time || !(std::abs(*time) < 9e15))
    return wrong(fmt::format("the timestamp \"{}\" is no time", excerpt(stamp, 40)));
  sample.timestamp_ms = static_cast<std::int64_t>(*time);
  skip_blanks();
  if (peek() != '\n' && peek() != '\r' && peek() != '#') return wrong("more follows after the timestamp");
  return {};
}

}  // namespace holter::read
