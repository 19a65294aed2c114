#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "read/exporter.h"
#include "read/meter.h"

// Inside of this folder: one sample line.
namespace holter::read {

constexpr bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
constexpr bool is_name_byte(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

/// Takes sample lines apart. Keeps its memory from line to line.
class ExporterLine {
 public:
  explicit ExporterLine(Meter& meter) : meter_(meter), labels_(meter), decoded_(meter) {}

  /// The sample at the front of `text`, and how many bytes it has with its line end. `sample` is valid until the next
  /// call. Errors: kProtocolViolation, what is wrong (without "cannot"); kTooLarge: no end within kMaxExporterLine, or
  /// too many labels; kResourceExhausted.
  Result<std::size_t> parse(std::string_view text, bool openmetrics, ExporterSample& sample);

 private:
  Status parse_labels(ExporterSample& sample);
  Status parse_quoted(std::string_view& out, bool as_name);
  Status parse_value(ExporterSample& sample, bool openmetrics);
  void skip_blanks();
  std::string_view word();
  bool at_end() const { return at_ >= text_.size(); }
  char peek() const { return at_end() ? '\n' : text_[at_]; }

  Meter& meter_;
  MeteredVector<ExporterLabel> labels_;
  MeteredVector<char> decoded_;
  std::string_view text_;
  std::size_t at_ = 0;
};

/// A value as the formats write it: a decimal number, `NaN`, `Inf` with or without sign (and Go's `infinity`).
std::optional<double> parse_exporter_value(std::string_view text);

}  // namespace holter::read
