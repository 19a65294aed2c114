#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/row_sink.h"

namespace holter::read {

struct ExporterLabel {
  std::string_view name, value;
};

/// One line of an exporter's answer. Views are valid during the call, but `name` and the names of labels, which are
/// pieces of the text.
struct ExporterSample {
  std::string_view name;
  std::span<const ExporterLabel> labels;
  double value = 0;
  std::optional<std::int64_t> timestamp_ms;
};

class ExporterSink {
 public:
  enum class Meta : std::uint8_t { kHelp, kType, kUnit };
  virtual ~ExporterSink() = default;
  /// An error ends the reading and is handed on.
  virtual Status sample(const ExporterSample& sample) = 0;
  /// A line about a family of metrics; `text` as it stands, with its escapes. Not called when only one name is wanted.
  virtual Status meta(Meta, std::string_view /*family*/, std::string_view /*text*/) { return {}; }
};

struct ExporterOptions {
  /// Only samples of exactly this name are unpacked; empty: all.
  std::string_view wanted;
  /// The answer says that it is application/openmetrics-text: then `# EOF` must end it, and timestamps are in seconds.
  bool openmetrics = false;
};

/// What was there.
struct ExporterSummary {
  std::uint64_t lines = 0;
  std::uint64_t samples = 0;  ///< of all names
  std::uint64_t unpacked = 0;
};

inline constexpr std::size_t kMaxExporterLine = 1 << 20;
inline constexpr std::size_t kMaxExporterLabels = 128;

/// Reads Prometheus' text format (0.0.4) and OpenMetrics 1.0 in one pass. Exemplars are passed over. Label values may
/// span lines; blanks may stand where the formats allow none; both kinds of line ends.
///
/// Lines of other names are passed over by their first byte and their end, but the first sample of a text is always
/// read whole: that finds an answer which is no exporter text (a page of HTML, a message).
/// Errors, with the number of the line: kProtocolViolation for a wanted line that cannot be read, for a line that
/// cannot be one, and for OpenMetrics without its end; kTooLarge for a line over kMaxExporterLine or more than
/// kMaxExporterLabels; kResourceExhausted; any error of the sink.
Result<ExporterSummary> read_exporter(std::string_view text, const ExporterOptions& options, memory::Account& account,
                                      ExporterSink& sink);

/// Rows of the parse type `prometheus` (format section 5.1.2): a row for each sample named `name`. A column is the
/// label of that name, else `value` and `metric_value` are the sample's value as Java writes it (`3.0`, `NaN`,
/// `Infinity`). Errors: those of read_exporter(), and kResourceExhausted when the sink refuses.
Result<ExporterSummary> read_exporter_rows(std::string_view text, const ExporterOptions& options,
                                           std::span<const std::string> aliases, memory::Account& account,
                                           RowSink& sink);

}  // namespace holter::read
