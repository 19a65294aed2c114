// What reading costs, beside a plain search for a byte in the same text in the same run. `MB/s` is by the time of the
// thread; `times_memchr` is how many searches one reading takes.
#include <cstring>
#include <ctime>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "read/exporter.h"
#include "read/exporter_catalog.h"
#include "read/json_rows.h"
#include "read/properties.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

/// Of this thread, so that other work on the machine does not count.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Looks for a byte that is not there.
double memchr_seconds(const std::string& text) {
  constexpr int kRounds = 50;
  const double begin = cpu_seconds();
  for (int i = 0; i < kRounds; ++i) {
    const char* data = text.data();
    benchmark::DoNotOptimize(data);
    benchmark::DoNotOptimize(std::memchr(data, '\x01', text.size()));
    benchmark::ClobberMemory();
  }
  return (cpu_seconds() - begin) / kRounds;
}

class Count final : public RowSink, public CatalogSink {
 public:
  bool begin_row() override { return ++rows != 0; }
  bool begin_row(std::size_t) override { return ++rows != 0; }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    bytes += text ? text->size() : 0;
    return true;
  }
  std::size_t rows = 0, bytes = 0;
};

template <class Read>
void measure(benchmark::State& state, const std::string& text, std::size_t rows, Read read) {
  const double scan = memchr_seconds(text);
  memory::Account account("bench", nullptr, 256 << 20);
  double used = 0;
  for (auto _ : state) {
    Count count;
    const double begin = cpu_seconds();
    const bool ok = read(text, account, count);
    used += cpu_seconds() - begin;
    if (!ok || count.rows != rows) state.SkipWithError("wrong result");
  }
  const double one = used / static_cast<double>(state.iterations());
  state.counters["MB/s"] = static_cast<double>(text.size()) / one / 1e6;
  state.counters["times_memchr"] = one / scan;
  state.counters["peak_KiB"] = static_cast<double>(account.peak()) / 1024;
}

/// 1 MiB, as a list of pods.
std::string pods() {
  std::string out = R"({"kind":"PodList","items":[)";
  for (int i = 0; out.size() < (1 << 20); ++i)
    out += fmt::format(
        "{}{{\"metadata\":{{\"name\":\"pod-{}\",\"namespace\":\"default\",\"uid\":\"7a5b0f8e-9ad1-4b35-9e1f-"
        "0b8f5c1b2a{}\"}},\"status\":{{\"phase\":\"Running\",\"restarts\":{},\"cpu\":{}}},\"ready\":true}}",
        i == 0 ? "" : ",", i, i % 90 + 10, i % 7, i * 0.37);
  return out + "],\"total\":42}";
}
std::size_t pod_count(const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find("\"uid\""); at != std::string::npos; at = text.find("\"uid\"", at + 1)) ++count;
  return count;
}

void json(benchmark::State& state, const char* script, std::vector<std::string> aliases, bool all_rows) {
  const auto text = pods();
  const auto rows = JsonRows::by_path(script, std::move(aliases)).value();
  measure(state, text, all_rows ? pod_count(text) : 1, [&](const auto& document, auto& account, auto& sink) {
    return rows.read(document, account, sink).has_value();
  });
}
BENCHMARK_CAPTURE(json, one_value, "$.total", {"total"}, false);
BENCHMARK_CAPTURE(json, row_of_the_document, "$", {"total", "kind"}, false);
BENCHMARK_CAPTURE(json, row_for_each_item, "$.items[*]", {"$.metadata.name", "$.status.cpu"}, true);
BENCHMARK_CAPTURE(json, filter, "$.items[?(@.status.phase == 'Running')]", {"$.metadata.name"}, true);
BENCHMARK_CAPTURE(json, any_level, "$..name", {"name"}, true);
BENCHMARK_CAPTURE(json, sum, "$.items[*].status.restarts.sum()", {"restarts"}, false);

/// 2,000 metrics with five samples each.
std::string exporter_text() {
  std::string out;
  for (int i = 0; i < 2000; ++i) {
    out += fmt::format("# HELP app_metric_{} What the application counts at place {}.\n# TYPE app_metric_{} gauge\n", i,
                       i, i);
    for (int k = 0; k < 5; ++k)
      out += fmt::format("app_metric_{}{{instance=\"10.0.0.{}:9100\",job=\"node\",device=\"sd{}\"}} {}\n", i, k, k,
                         i * 1.5 + k);
  }
  return out;
}
void exporter_one_of_2000(benchmark::State& state) {
  const std::vector<std::string> aliases = {"device", "instance", "value"};
  measure(state, exporter_text(), 5, [&](const auto& text, auto& account, auto& sink) {
    return read_exporter_rows(text, {.wanted = "app_metric_1234"}, aliases, account, sink).has_value();
  });
}
BENCHMARK(exporter_one_of_2000);
void exporter_all(benchmark::State& state) {
  measure(state, exporter_text(), 10'000, [&](const auto& text, auto& account, auto& sink) {
    ExporterCatalog catalog(text, false, account);
    return catalog.discover() && catalog.rows(sink);
  });
}
BENCHMARK(exporter_all);

void xml(benchmark::State& state) {
  std::string text = "<List xmlns=\"urn:x\">";
  for (int i = 0; i < 1000; ++i)
    text += fmt::format("<CPU id=\"{}\"><name>cpu {}</name><usage>{}</usage><note>nothing to say here</note></CPU>", i,
                        i, i);
  const auto rows = XmlRows::compile("//CPU", {"name", "usage", "@id"}).value();
  measure(state, text + "</List>", 1000, [&](const auto& document, auto& account, auto& sink) {
    return rows.read(document, account, sink).has_value();
  });
}
BENCHMARK(xml);

void properties(benchmark::State& state) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("table.Network.eth{}.IPAddress=10.0.0.{}\n", i, i % 250);
  const PropertyRows rows("", {"table.Network.eth7.IPAddress"});
  measure(state, text, 1, [&](const auto& document, auto& account, auto& sink) {
    return rows.read(document, account, sink).has_value();
  });
}
BENCHMARK(properties);

}  // namespace
}  // namespace holter::read
