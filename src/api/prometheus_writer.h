#pragma once

#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/alert_stats.h"
#include "api/backend.h"
#include "api/body.h"

namespace holter::api {

/// `text` as it stands between the quotes of a label: '\\', '"' and line feeds escaped, what is not UTF-8 as U+FFFD.
void append_label_value(Body& out, std::string_view text);

/// Writes Prometheus' text format 0.0.4: of each family first head(), then its samples.
class MetricsWriter {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  explicit MetricsWriter(Body& out) : out_(out) {}

  void head(std::string_view name, std::string_view type, std::string_view help) {
    out_.append(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type));
  }
  template <class T>
  void sample(std::string_view name, std::initializer_list<Label> labels, T value) {
    out_.append(name);
    char before = '{';
    for (const auto& [key, text] : labels) {
      out_.append(before);
      out_.append(key);
      out_.append("=\"");
      append_label_value(out_, text);
      out_.append('"');
      before = ',';
    }
    if (labels.size() > 0) out_.append('}');
    fmt::memory_buffer number;
    fmt::format_to(std::back_inserter(number), " {}\n", value);
    out_.append(std::string_view(number.data(), number.size()));
  }
  /// A family of one sample without labels.
  template <class T>
  void single(std::string_view name, std::string_view type, std::string_view help, T value) {
    head(name, type, help);
    sample(name, {}, value);
  }

 private:
  Body& out_;
};

/// The families holter_alert*_*, holter_incidents_*, holter_notification*_* and holter_intake_*.
void write_alert_metrics(MetricsWriter& w, const AlertStats& stats);
/// A sample of ALERTS, which is named as Prometheus names it.
void write_alert(MetricsWriter& w, const AlertStats::Alert& alert);
/// The families holter_memory_* and holter_allocator_*.
void write_memory_metrics(MetricsWriter& w, const MemoryReport& memory);

}  // namespace holter::api
