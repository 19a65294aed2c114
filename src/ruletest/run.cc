#include "ruletest/run.h"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "alert/builtin.h"
#include "base/units.h"
#include "ruletest/differences.h"
#include "ruletest/rule_documents.h"
#include "ruletest/scene.h"
#include "ruletest/simulation.h"
#include "ruletest/test_file.h"

namespace holter::ruletest {
namespace {

class Run {
 public:
  Run(const imports::Input& file, const Options& options, define::Problems& problems)
      : file_(file), options_(options), problems_(problems) {}

  Outcome run() {
    if (!read_test_file(file_.name, file_.text, problems_, tests_)) return {};
    for (const auto& files : tests_.rule_files) read_files(files);
    if (!problems_.ok()) return {};
    for (const auto& group : tests_.groups) prepare(group);
    if (!problems_.ok()) return {};
    for (std::size_t i = 0; i < tests_.groups.size(); ++i) run_group(tests_.groups[i], scenes_[i]);
    return std::move(outcome_);
  }

 private:
  void read_files(const RuleFiles& files) {
    auto directory = std::filesystem::path(file_.name).parent_path().string();
    auto inputs = imports::read_inputs(directory.empty() ? "." : directory, files.pattern);
    if (!inputs) return error(files.place, inputs.error().message());
    if (inputs->empty()) return error(files.place, fmt::format("cannot find a file '{}'", excerpt(files.pattern)));
    for (const auto& input : *inputs) read_rules(input.name, input.text, *options_.definitions, problems_, rules_);
  }

  void prepare(const TestGroup& group) {
    make_scene(group, file_.name, *options_.definitions, problems_, scenes_.emplace_back());
    // Only whether they can be made counts; each group has its own.
    if (auto good = Simulation(group, scenes_.back(), options_.hours).set_rules(rules_); !good)
      error(group.place, good.error().message());
    for (const auto& test : group.tests) check_name(test);
  }

  /// A name that no rule has would never fire, and its test never fail.
  void check_name(const AlertTest& test) {
    if (std::ranges::find(rules_, test.alertname, &alert::Rule::name) != rules_.end()) return;
    auto builtins = alert::builtin_rules();
    auto builtin = std::ranges::find(builtins, test.alertname, &alert::Rule::name);
    if (builtin != builtins.end() && alert::feed_of(*builtin) != alert::Feed::kCondition) return;
    if (builtin != builtins.end())
      return error(test.place, fmt::format("cannot test '{}': it is about the process itself, and no result tells it",
                                           test.alertname));
    std::vector<std::string_view> names;
    for (const auto& rule : rules_) names.push_back(rule.name);
    for (const auto& rule : builtins) names.push_back(rule.name);
    auto near = nearest_in(test.alertname, names);
    error(test.place, fmt::format("cannot test '{}': no rule has this name{}", excerpt(test.alertname),
                                  near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }

  void run_group(const TestGroup& group, const Scene& scene) {
    Simulation simulation(group, scene, options_.hours);
    // In order of time; told in the order of the file.
    std::vector<std::size_t> order(group.tests.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(group.tests[i].at, i); });
    std::vector<std::string> failures(group.tests.size());
    auto ready = simulation.set_rules(rules_);
    for (auto i : order) {
      const auto& test = group.tests[i];
      if (ready) simulation.run_to(test.at);
      auto what = ready ? differences(test, simulation.firing(test.alertname)) : ready.error().message() + "\n";
      if (!simulation.trouble().empty()) what += fmt::format("  {}\n", simulation.trouble());
      if (what.empty()) continue;
      failures[i] =
          fmt::format("{}:{}: {}{} at {}\n{}", file_.name, test.place.line, group.name.empty() ? "" : group.name + ": ",
                      test.alertname, format_duration(test.at), what);
    }
    for (auto& failure : failures) {
      if (failure.empty())
        ++outcome_.passed;
      else
        outcome_.failures.push_back(std::move(failure));
    }
  }

  void error(const Place& place, std::string message) {
    problems_.add(
        {define::Problem::Severity::kError, file_.name, place.line, place.column, place.key, std::move(message)});
  }

  const imports::Input& file_;
  const Options& options_;
  define::Problems& problems_;
  TestFile tests_;
  std::vector<alert::Rule> rules_;
  std::deque<Scene> scenes_;  ///< by group
  Outcome outcome_;
};

}  // namespace

Outcome run_tests(const imports::Input& file, const Options& options, define::Problems& problems) {
  return Run(file, options, problems).run();
}

}  // namespace holter::ruletest
