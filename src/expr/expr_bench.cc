// What an evaluation costs, beside the same formula in C++ on the same values (`ratio`: times that of the formula).
#include <array>
#include <cmath>
#include <ctime>
#include <optional>

#include <benchmark/benchmark.h>

#include "expr/evaluate.h"

namespace holter::expr {
namespace {

Program compiled(const char* text) {
  return compile(text, {.names = {{"used"}, {"total"}, {"state"}}}).value();
}

/// What an expression must do, by hand: null, zero and range are looked at.
std::optional<double> usage(const Value& used, const Value& total) {
  if (!used.is_double() || !total.is_double() || total.number() == 0) return std::nullopt;
  double out = used.number() / total.number() * 100;
  return std::isfinite(out) ? std::optional(out) : std::nullopt;
}

/// Rows as they come from targets: other values each time.
std::vector<std::array<Value, 3>> rows() {
  std::vector<std::array<Value, 3>> out;
  for (int i = 0; i < 1024; ++i)
    out.push_back({Value::of(1.0 * i), Value::of(1024.0 + i), Value::of(i % 2 == 0 ? "up" : "degraded")});
  return out;
}

/// Of this thread, so that other work on the machine does not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double ns_per_formula() {
  auto data = rows();
  const double begin = cpu_ns();
  constexpr int kRounds = 2000;
  for (int i = 0; i < kRounds; ++i)
    for (const auto& row : data) {
      auto out = usage(row[0], row[1]);
      benchmark::DoNotOptimize(out);
    }
  return (cpu_ns() - begin) / kRounds / static_cast<double>(data.size());
}

void formula_in_cpp(benchmark::State& state) {
  auto data = rows();
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& row = data[i++ & 1023];
    auto out = usage(row[0], row[1]);
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(formula_in_cpp);

void expression(benchmark::State& state, const char* text) {
  auto program = compiled(text);
  auto data = rows();
  Scratch scratch;
  const double formula = ns_per_formula();
  std::size_t i = 0;
  const double begin = cpu_ns();
  for (auto _ : state) {
    auto out = evaluate(program, data[i++ & 1023], scratch);
    benchmark::DoNotOptimize(out);
  }
  const double spent = cpu_ns() - begin;
  state.SetItemsProcessed(state.iterations());
  state.counters["ratio"] = spent / static_cast<double>(state.iterations()) / formula;
  state.counters["bytes"] = static_cast<double>(program.held_bytes());
}
BENCHMARK_CAPTURE(expression, usage, "(used / total) * 100");
BENCHMARK_CAPTURE(expression, rule, "used / total > 0.9 && state == 'up'");
BENCHMARK_CAPTURE(expression, regex, "state =~ 'up|down'");
BENCHMARK_CAPTURE(expression, membership, "state in ['down', 'unknown', 'degraded']");
BENCHMARK_CAPTURE(expression, join, "state + '-' + used");
BENCHMARK_CAPTURE(expression, branches, "used < 0 ? 'a' : used < 1 ? 'b' : used < 2 ? 'c' : used < 3 ? 'd' : 'e'");

void compile_text(benchmark::State& state, const char* text) {
  for (auto _ : state) {
    auto program = compiled(text);
    benchmark::DoNotOptimize(program);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(compile_text, usage, "(used / total) * 100");
BENCHMARK_CAPTURE(compile_text, regex, "state =~ 'up|down'");

}  // namespace
}  // namespace holter::expr
