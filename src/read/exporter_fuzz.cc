// Exporter text of a target: samples or an error with a line. The first byte says how it is read.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "read/exporter_catalog.h"

namespace {

using namespace holter::read;

class Sink final : public RowSink, public CatalogSink {
 public:
  bool begin_row() override { return true; }
  bool begin_row(std::size_t) override { return true; }
  bool cell(std::size_t, std::optional<std::string_view>) override { return true; }
};

class Look final : public ExporterSink {
 public:
  holter::Status sample(const ExporterSample& sample) override {
    if (sample.name.empty() || sample.labels.size() > kMaxExporterLabels) std::abort();
    for (const auto& label : sample.labels) bytes_ += label.name.size() + std::string(label.value).size();
    ++samples;
    return {};
  }
  std::uint64_t samples = 0;

 private:
  std::size_t bytes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool openmetrics = (data[0] & 1) != 0;
  holter::memory::Account account("fuzz", nullptr, 8 << 20);
  Look all, some;
  auto whole = read_exporter(text, {.wanted = {}, .openmetrics = openmetrics}, account, all);
  auto part = read_exporter(text, {.wanted = "a", .openmetrics = openmetrics}, account, some);
  // Passing over lines sees the same samples as reading them, where all can be read.
  if (whole && (!part || part->samples != whole->samples || part->lines != whole->lines)) std::abort();
  if (some.samples > 0 && whole && some.samples > all.samples) std::abort();
  for (const auto& read : {whole, part})
    if (!read && !read.error().message().starts_with("cannot ")) std::abort();
  Sink sink;
  const std::string aliases[] = {"value", "b", "metric_value"};
  (void)read_exporter_rows(text, {.wanted = "a"}, aliases, account, sink);  // must only not crash
  {
    ExporterCatalog catalog(text, openmetrics, account);
    if (catalog.discover() && !catalog.rows(sink)) std::abort();
    for (const auto& metric : catalog.metrics()) (void)decode_help(metric.help);
  }
  if (account.used() != 0) std::abort();
  return 0;
}
