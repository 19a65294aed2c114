#include "stress/stress.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <sys/resource.h>

#include "base/units.h"
#include "stress/picture.h"
#include "stress/report.h"
#include "stress/scenario.h"

namespace holter::stress {
namespace {

Result<std::vector<const Scenario*>> chosen(const Options& options) {
  std::vector<const Scenario*> list;
  for (const auto& name : options.only) {
    auto all = scenarios();
    auto found =
        std::ranges::find(all, std::string_view(name), [](const Scenario& s) { return std::string_view(s.name); });
    if (found == all.end()) {
      std::vector<std::string_view> names;
      for (const auto& scenario : all) names.emplace_back(scenario.name);
      auto near = nearest_in(name, names);
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot run '{}': no such scenario{}; --list shows them all", excerpt(name),
                               near.empty() ? "" : fmt::format(" (did you mean {}?)", near)));
    }
    list.push_back(&*found);
  }
  if (list.empty())
    for (const auto& scenario : scenarios()) list.push_back(&scenario);
  return list;
}

Status write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return Error(ErrorCode::kIo, fmt::format("cannot write {}", path.string()));
  return {};
}

/// Ends are asked for at the waits of the main thread; threads that are made from here on inherit the mask.
void prepare_process() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {  // thousands of connections; where there are fewer, fewer are opened
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

}  // namespace

void list() {
  for (const auto& scenario : scenarios())
    fmt::print("{:<10} {} (about {} s, --quick {} s)\n", scenario.name, scenario.what, scenario.full_s,
               scenario.quick_s);
}

Result<int> run(const Options& options) {
  TRY(auto scenarios, chosen(options));
  std::error_code failure;
  std::filesystem::create_directories(options.out, failure);
  if (failure)
    return Error(ErrorCode::kIo, fmt::format("cannot make the directory {}: {}", options.out, failure.message()));
  prepare_process();
  double seconds = 0;
  for (const auto* scenario : scenarios) seconds += options.quick ? scenario->quick_s : scenario->full_s;
  Screen screen(seconds);
  std::vector<Outcome> outcomes;
  bool interrupted = false;
  for (std::size_t i = 0; i < scenarios.size() && !interrupted; ++i) {
    const auto& scenario = *scenarios[i];
    screen.begin(scenario.name, i + 1, scenarios.size());
    {
      Trial trial(options, screen, scenario.name, scenario.what);
      auto done = scenario.run(trial);
      interrupted = !done && done.error().code() == ErrorCode::kCancelled;
      outcomes.push_back(done ? trial.finish() : trial.finish(done.error()));
    }
    screen.line(line_of(outcomes.back()));
    TRY_OK(
        write_file(std::filesystem::path(options.out) / fmt::format("{}.svg", scenario.name), draw(outcomes.back())));
  }
  screen.line(table(outcomes));
  auto path = std::filesystem::path(options.out) / "stress-report.json";
  TRY_OK(write_file(path, report_json(outcomes, options.quick)));
  screen.line(fmt::format("report: {}", path.string()));
  if (std::ranges::any_of(outcomes, [](const Outcome& o) { return o.ran && !o.passed(); })) return 1;
  return std::ranges::all_of(outcomes, &Outcome::passed) ? 0 : 2;
}

}  // namespace holter::stress
