#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "read/exporter.h"
#include "read/meter.h"

namespace holter::read {

/// A metric that was found in an exporter's answer. Views are pieces of the text.
struct CatalogMetric {
  std::string_view name;
  std::string_view type, help, unit;  ///< of its family; empty where the text does not say. `help` with its escapes
  std::uint32_t first_label = 0, labels = 0;
  std::uint64_t samples = 0;
};

/// Where the rows of all metrics go.
class CatalogSink {
 public:
  virtual ~CatalogSink() = default;
  /// A sample of metric number `metric`. False when there is no room.
  [[nodiscard]] virtual bool begin_row(std::size_t metric) = 0;
  /// The metric's labels in their order, nullopt where this sample lacks one, and after them the value.
  [[nodiscard]] virtual bool cell(std::size_t column, std::optional<std::string_view> text) = 0;
};

/// All metrics of an exporter's answer: the auto-discovery of the app `prometheus` (format section 5.2). Each metric
/// name is a set of its own, whose labels are those of its first sample. One thread.
class ExporterCatalog {
 public:
  static constexpr std::size_t kMaxHeldBytes = 32 << 20;

  /// `text` and `account` must outlive the catalog.
  ExporterCatalog(std::string_view text, bool openmetrics, memory::Account& account)
      : text_(text),
        openmetrics_(openmetrics),
        account_(account),
        meter_(account, kMaxHeldBytes),
        metrics_(meter_),
        labels_(meter_) {}

  /// Reads the text once. Errors: those of read_exporter(); kResourceExhausted beyond kMaxHeldBytes.
  Status discover();
  /// Sorted by name.
  std::span<const CatalogMetric> metrics() const { return {metrics_.data(), metrics_.size()}; }
  std::span<const std::string_view> labels(const CatalogMetric& metric) const {
    return {labels_.data() + metric.first_label, metric.labels};
  }
  /// Reads the text again: a row for each sample, in the order of the text, with the value as Java writes it.
  /// Errors: as discover(), and kResourceExhausted when the sink refuses.
  Status rows(CatalogSink& sink) const;

 private:
  friend class CatalogDiscovery;
  const std::string_view text_;
  const bool openmetrics_;
  memory::Account& account_;
  Meter meter_;
  MeteredVector<CatalogMetric> metrics_;
  MeteredVector<std::string_view> labels_;
};

/// The text of a HELP line with its escapes (`\\`, `\n`, `\"`) taken away, as UTF-8.
std::string decode_help(std::string_view help);

}  // namespace holter::read
