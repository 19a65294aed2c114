#include "collect/exporter_publish.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/utf8.h"
#include "collect/layout.h"
#include "collect/web_exchange.h"
#include "collect/web_request.h"
#include "read/exporter_catalog.h"

namespace holter::collect::exporter {
namespace {

Layout layout_of(const read::ExporterCatalog& catalog, const read::CatalogMetric& metric) {
  std::vector<Layout::Field> fields;
  std::string scratch;
  for (auto label : catalog.labels(metric))
    fields.push_back(
        {.name = std::string(as_utf8(label, scratch)), .label = true, .column = static_cast<int>(fields.size())});
  fields.push_back({.name = "metric_value",
                    .unit = std::string(as_utf8(metric.unit, scratch)),
                    .number = true,
                    .exact = true,
                    .column = static_cast<int>(fields.size())});
  return Layout::of(std::move(fields));
}

/// Fills the attempt's table with samples of one metric as long as they stand together, then publishes it.
class Publisher final : public read::CatalogSink {
 public:
  Publisher(Attempt& attempt, const read::ExporterCatalog& catalog, const Limits& limits)
      : attempt_(attempt), catalog_(catalog), limits_(limits) {}

  bool begin_row(std::size_t metric) override {
    taken_ = metric < limits_.metrics && rows_ < limits_.rows;
    if (!taken_) return true;
    if (!layout_ || metric != metric_) {
      publish();
      metric_ = metric;
      layout_.emplace(layout_of(catalog_, catalog_.metrics()[metric]));
      attempt_.table().reset(layout_->columns());
    }
    if (!add_row()) return false;
    ++rows_;
    return true;
  }

  bool cell(std::size_t column, std::optional<std::string_view> text) override {
    if (!taken_ || !text) return true;
    return attempt_.table().set(column, *text);
  }

  void publish() {
    if (layout_ && attempt_.table().rows() > 0) attempt_.publish_part(catalog_.metrics()[metric_].name, *layout_);
  }

  std::uint64_t rows() const { return rows_; }

 private:
  static constexpr std::size_t kRowsOfPart = 1000;

  /// A table of many rows goes out in pieces, so that the attempt never holds much.
  bool add_row() {
    auto& table = attempt_.table();
    if (table.rows() >= kRowsOfPart) {
      publish();
      table.reset(layout_->columns());
    }
    return table.add_row();
  }

  Attempt& attempt_;
  const read::ExporterCatalog& catalog_;
  const Limits limits_;
  std::optional<Layout> layout_;
  std::string scratch_;
  std::size_t metric_ = 0;
  std::uint64_t rows_ = 0;
  bool taken_ = false;
};

}  // namespace

Outcome publish_metrics(Attempt& attempt, const net::HttpResponse& response, const Limits& limits) {
  auto& account = attempt.services().answers;
  if (web::trim(response.body).empty())
    return {model::ResultCode::kFail, "cannot read the exporter text: the answer is empty"};
  read::ExporterCatalog catalog(response.body, web::is_openmetrics(response), account);
  if (auto found = catalog.discover(); !found)
    return web::outcome_of_reading(web::not_exporter_text(std::move(found).error(), response));
  Publisher publisher(attempt, catalog, limits);
  auto status = catalog.rows(publisher);
  if (!status) {
    attempt.table().reset(0);
    return web::outcome_of_reading(status);
  }
  publisher.publish();
  attempt.table().reset(0);

  std::uint64_t samples = 0;
  for (const auto& metric : catalog.metrics()) samples += metric.samples;
  auto metrics = catalog.metrics().size();
  if (attempt.traced()) attempt.step(fmt::format("found {} metrics with {} samples", metrics, samples));
  if (publisher.rows() == samples) return {};
  return {model::ResultCode::kSuccess,
          fmt::format("kept {} of {} metrics, {} of {} samples", std::min(limits.metrics, metrics), metrics,
                      publisher.rows(), samples)};
}

}  // namespace holter::collect::exporter
