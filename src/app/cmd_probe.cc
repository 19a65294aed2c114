#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/loaded.h"
#include "base/units.h"
#include "collect/layout.h"
#include "collect/one_shot.h"
#include "define/resolve.h"
#include "net/http.h"
#include "net/icmp.h"
#include "net/resolver.h"
#include "runtime/task_scope.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;

double to_ms(nanoseconds d) {
  return static_cast<double>(d.count()) / 1e6;
}

/// Services of a shard, on the calling thread.
struct Bench {
  asio::io_context context{1};
  SystemClock clock;
  memory::Budget budget{64 << 20};
  runtime::TaskScope scope{context.get_executor()};
  net::Resolver resolver{{}, context.get_executor(), clock, budget.account("dns")};
  net::HttpClient http{{}, context.get_executor(), clock, resolver, budget.account("http")};
  net::IcmpEngine icmp{{.max_in_flight = 64}, context.get_executor(), clock, budget.account("icmp")};
  collect::Services services{context.get_executor(), clock, scope, budget.account("answers"), resolver, http, icmp};
};

void print_rows(Bench& bench, const collect::Layout& layout, const collect::RawTable& table) {
  collect::Layout::Scratch scratch(bench.budget.account("answers"));
  if (!scratch.prepare(layout, bench.clock.wall())) {
    fmt::print("    cannot show the rows: no memory is left for their calculations\n");
    return;
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (!layout.keeps(table, row, scratch)) continue;
    for (std::size_t i = 0; i < layout.fields().size(); ++i) {
      const auto& field = layout.fields()[i];
      auto value = layout.value(table, row, i, scratch);
      auto text = value.is_null  ? std::string("-")
                  : field.number ? fmt::format("{}", value.number)
                                 : std::string(value.text);
      fmt::print("    {:<20} {} {}\n", field.name, excerpt(text, 200), value.is_null ? "" : field.unit);
    }
  }
}

/// False when the set failed.
bool run_set(Bench& bench, collect::SetPlan& plan) {
  collect::OneShot shot(bench.services, plan.layout->columns(), bench.budget.account("rounds"));
  bool done = false;
  fmt::print("set {} (priority {}, {}, at most {})\n", plan.def->name, plan.def->priority, plan.def->protocol,
             format_duration(plan.probe->timeout()));
  shot.run(*plan.probe, [&] { done = true; });
  while (!done) bench.context.run_one();
  for (const auto& step : shot.trace().steps) fmt::print("  {:>10.3f} ms  {}\n", to_ms(step.at), step.what);
  bool good = shot.code() == model::ResultCode::kSuccess;
  fmt::print("  {:>10.3f} ms  {}{}{}\n", to_ms(shot.duration()), to_string(shot.code()),
             shot.message().empty() ? "" : ": ", excerpt(shot.message(), 400));
  print_rows(bench, *plan.layout, shot.table());
  return good;
}

}  // namespace

int probe(const ProbeOptions& options) {
  auto loaded = load(options.config, false);
  model::Monitor monitor{.name = options.app,
                         .definition = loaded.definitions.find(options.app),
                         .labels = std::make_shared<model::Labels>()};
  if (!print_problems(loaded.problems)) return 1;
  if (!monitor.definition) {
    auto apps = loaded.definitions.apps();
    auto near = nearest_in(options.app, apps);
    fmt::print(
        stderr, "holter: cannot probe '{}': there is no such definition in {} ({})\n", options.app,
        loaded.config.definitions,
        near.empty() ? fmt::format("known: {}", fmt::join(apps, ", ")) : fmt::format("did you mean '{}'?", near));
    return 2;
  }
  monitor.params = define::parse_params(*monitor.definition, options.params, loaded.problems);
  if (!print_problems(loaded.problems)) return 2;
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : monitor.definition->sets)
    if (options.set.empty() || set.name == options.set) sets.push_back(define::resolve(set, monitor));
  if (sets.empty()) {
    fmt::print(stderr, "holter: cannot probe the set '{}': {} has no such set\n", options.set, options.app);
    return 2;
  }
  Bench bench;
  auto job = collect::JobFactory().make(monitor, sets);
  if (!job) {
    fmt::print(stderr, "holter: {}\n", job.error().message());
    return 1;
  }
  bool up = true;
  for (auto& plan : (*job)->sets) {
    bool good = run_set(bench, plan);
    if (plan.def->priority == 0 && !good) up = false;
    if (!up) break;  // as in a round: a failed set of priority 0 ends it
  }
  bool color = isatty(STDOUT_FILENO) == 1;
  fmt::print("{}{}{}\n", color ? (up ? "\x1b[32m" : "\x1b[31m") : "", up ? "UP" : "DOWN", color ? "\x1b[0m" : "");
  asio::co_spawn(bench.context, bench.scope.close(), [](std::exception_ptr) {});
  bench.context.restart();
  bench.context.run_for(std::chrono::seconds(1));
  return up ? 0 : 1;
}

}  // namespace holter::app
