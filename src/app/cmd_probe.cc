#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fmt/color.h>
#include <fmt/format.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/definition_cases.h"
#include "app/loaded.h"
#include "app/local_services.h"
#include "app/result_text.h"
#include "app/settings.h"
#include "base/units.h"
#include "define/resolve.h"

namespace holter::app {
namespace {

using collect::Trial;
using collect::TrialResult;

double to_ms(nanoseconds d) {
  return static_cast<double>(d.count()) / 1e6;
}

std::string file_of(const TrialResult& result) {
  return result.number == 0 ? fmt::format("{}.answer", result.set.name)
                            : fmt::format("{}.{}.answer", result.set.name, result.number);
}

/// Writes the answer of a request into the directory. False when that failed, which is told.
bool record(const std::string& directory, const TrialResult& result) {
  const auto& trace = result.shot->trace();
  if (trace.answer.empty()) return true;
  auto path = std::filesystem::path(directory) / file_of(result);
  std::ofstream file(path, std::ios::binary);
  file << trace.answer;
  file.close();
  if (!file.good()) {
    fmt::print(stderr, "holter: cannot write {}\n", path.string());
    return false;
  }
  fmt::print("  recorded {} of {} in {}\n", format_size(trace.answer.size()), format_size(trace.answer_bytes),
             path.string());
  return true;
}

void print_steps(const collect::OneShot& shot) {
  for (const auto& step : shot.trace().steps) fmt::print("  {:>10.3f} ms  {}\n", to_ms(step.at), step.what);
  fmt::print("  {:>10.3f} ms  end\n", to_ms(shot.duration()));
}

/// Keys are remembered where the server has its files; where there are none, in this run only.
std::string known_hosts_of(const define::Config& config) {
  auto file = config.known_hosts_file();
  std::error_code none;
  auto directory = std::filesystem::path(file).parent_path();
  return std::filesystem::is_directory(directory.empty() ? "." : directory, none) ? file : std::string();
}

int tell(Trial::Verdict verdict) {
  bool color = isatty(STDOUT_FILENO) == 1;
  constexpr std::string_view kWords[] = {"UP", "DOWN", "UNKNOWN"};
  constexpr const char* kColors[] = {"\x1b[32m", "\x1b[31m", "\x1b[90m"};
  auto index = static_cast<std::size_t>(verdict);
  fmt::print("{}{}{}\n", color ? kColors[index] : "", kWords[index], color ? "\x1b[0m" : "");
  return verdict == Trial::Verdict::kUp ? 0 : 1;
}

}  // namespace

int probe(const ProbeOptions& options) {
  auto loaded = load(options.config, false);
  if (!loaded.problems.ok()) {
    print_problems(loaded.problems);
    return 1;
  }
  model::Monitor monitor{.name = options.app,
                         .definition = find_definition(loaded, options.app),
                         .labels = std::make_shared<model::Labels>()};
  if (!monitor.definition) return 2;
  define::Problems problems;
  monitor.params = define::parse_params(*monitor.definition, options.params, problems);
  if (!print_problems(problems)) return 2;
  std::vector<model::ResolvedSet> sets;
  std::vector<std::string_view> names;
  for (const auto& set : monitor.definition->sets) {
    names.push_back(set.name);
    sets.push_back(define::resolve(set, monitor));
  }
  if (!options.set.empty() && std::ranges::find(names, options.set) == names.end()) {
    fmt::print(stderr, "holter: cannot probe the set '{}': {} has {}\n", options.set, options.app,
               fmt::join(names, ", "));
    return 2;
  }
  Trial::Options trial{.only_set = options.set};
  std::optional<Recording> recording;
  if (!options.replay.empty()) {
    auto opened = Recording::open(options.replay);
    if (!opened) {
      fmt::print(stderr, "holter: {}\n", opened.error().message());
      return 2;
    }
    recording.emplace(*std::move(opened));
    trial.replay = [&](const auto& set, std::size_t number) { return recording->answer(set, number); };
  }
  if (!options.record.empty()) {
    std::error_code failure;
    std::filesystem::create_directories(options.record, failure);
  }
  const auto& config = loaded.config;
  LocalServices services({net::host_key_policy_of(config.ssh.host_keys), known_hosts_of(config)}, config.script.allow);
  services.set_targets(target_rules(config, 0));
  bool written = true;
  auto verdict = services.run(std::move(trial), options.app, sets, [&](const TrialResult& result) {
    auto& account = services.services().answers;
    fmt::print("{}", result_text(result, account, SystemClock().wall()));
    if (result.shot == nullptr) return;
    print_steps(*result.shot);
    if (options.explain) fmt::print("{}", explanation_text(result, account, SystemClock().wall()));
    if (!options.record.empty()) written = record(options.record, result) && written;
  });
  return written ? tell(verdict) : 1;
}

}  // namespace holter::app
