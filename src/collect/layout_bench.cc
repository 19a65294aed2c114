// What a row costs on its way from raw cells to values, beside a plain loop over the same cells in the same run
// (`ratio`: times that of the loop). Items are rows.
#include <ctime>

#include <benchmark/benchmark.h>

#include "collect/layout.h"

namespace holter::collect {
namespace {

using model::FieldType;

constexpr std::size_t kRows = 1024;

/// Two numbers and a text a row, as a disk has them.
RawTable disks(bool texts) {
  RawTable table;
  table.reset(3);
  for (std::size_t i = 0; i < kRows; ++i) {
    if (!table.add_row() || !table.set(0, i % 2 == 0 ? std::string_view("/dev/sda1") : "/dev/nvme0n1p2")) std::abort();
    if (texts) {
      if (!table.set(1, std::to_string(123'456 + i)) || !table.set(2, std::to_string(7'821'003 + i))) std::abort();
    } else {
      table.set(1, static_cast<double>(123'456 + i));
      table.set(2, static_cast<std::int64_t>(7'821'003 + i));
    }
  }
  return table;
}

Layout layout_of(std::vector<model::FieldDef> fields, const std::vector<model::Calculate>& calculates,
                 const std::vector<model::UnitRule>& units = {}, const std::vector<std::string>& filters = {}) {
  model::SetDef set{.name = "disks", .fields = std::move(fields)};
  return Layout::make(set, {"name", "used", "total"}, calculates, units, filters).value();
}

/// Of this thread, so that other work on the machine does not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// The least that reading rows costs: each cell is looked at, numbers are summed, texts measured.
double ns_per_plain_row(const RawTable& table) {
  constexpr int kRounds = 2000;
  const double begin = cpu_ns();
  for (int i = 0; i < kRounds; ++i) {
    double sum = 0;
    for (std::size_t row = 0; row < table.rows(); ++row)
      for (std::size_t column = 0; column < table.columns(); ++column) {
        const auto& cell = table.at(row, column);
        if (cell.kind == RawTable::Kind::kText) sum += static_cast<double>(table.text(cell).size());
        if (cell.kind == RawTable::Kind::kInteger) sum += static_cast<double>(cell.integer);
        if (cell.kind == RawTable::Kind::kDouble) sum += cell.number;
      }
    benchmark::DoNotOptimize(sum);
  }
  return (cpu_ns() - begin) / kRounds / static_cast<double>(table.rows());
}

void rows(benchmark::State& state, const Layout& layout, const RawTable& table) {
  memory::Account account("scratch", nullptr, 1 << 20);
  Layout::Scratch scratch(account);
  if (!scratch.prepare(layout, WallTime())) std::abort();
  const double plain = ns_per_plain_row(table);
  const double begin = cpu_ns();
  for (auto _ : state)
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (!layout.keeps(table, row, scratch)) continue;
      for (std::size_t i = 0; i < layout.fields().size(); ++i) {
        auto value = layout.value(table, row, i, scratch);
        benchmark::DoNotOptimize(value);
      }
    }
  const double spent = cpu_ns() - begin;
  const auto count = static_cast<double>(state.iterations()) * static_cast<double>(table.rows());
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
  state.counters["ratio"] = spent / count / plain;
  state.counters["ns"] = spent / count;
}

const std::vector<model::FieldDef> kDisk = {{.field = "disk", .label = true},
                                            {.field = "used_mb", .type = FieldType::kNumber, .unit = "MB"},
                                            {.field = "total_mb", .type = FieldType::kNumber, .unit = "MB"}};
const std::vector<model::Calculate> kRenames = {{"disk", "name"}, {"used_mb", "used"}, {"total_mb", "total"}};

void renames(benchmark::State& state, bool texts) {
  rows(state, layout_of(kDisk, kRenames), disks(texts));
}
BENCHMARK_CAPTURE(renames, of_numbers, false);
BENCHMARK_CAPTURE(renames, of_texts, true);

void renames_and_units(benchmark::State& state) {
  rows(state, layout_of(kDisk, kRenames, {{"used_mb", "KB", "MB"}, {"total_mb", "KB", "MB"}}), disks(false));
}
BENCHMARK(renames_and_units);

void expression(benchmark::State& state, bool texts) {
  rows(state,
       layout_of({{.field = "disk", .label = true}, {.field = "usage", .type = FieldType::kNumber, .unit = "%"}},
                 {{"disk", "name"}, {"usage", "(used / total) * 100"}}),
       disks(texts));
}
BENCHMARK_CAPTURE(expression, of_numbers, false);
BENCHMARK_CAPTURE(expression, of_texts, true);

void filter(benchmark::State& state) {
  rows(state, layout_of(kDisk, kRenames, {}, {"used_mb > 123500"}), disks(false));
}
BENCHMARK(filter);

}  // namespace
}  // namespace holter::collect
