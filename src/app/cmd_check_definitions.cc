#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/definition_cases.h"
#include "app/loaded.h"
#include "app/local_services.h"
#include "app/text_table.h"
#include "define/extends.h"
#include "define/files.h"

namespace holter::app {
namespace {

/// What was found in one file.
struct FileReport {
  std::string path;
  std::shared_ptr<const model::Definition> definition;
  define::Problems problems;
  std::size_t cases = 0, failed = 0;
  std::vector<std::string> failures;
};

/// What definitions of another directory may extend: those that `holter serve` knows, each complete. What is wrong with
/// them is told where they are checked themselves.
define::Registry known_definitions(const std::string& config) {
  auto loaded = load(config, false);
  define::Registry known;
  for (auto app : loaded.definitions.apps()) {
    auto whole = std::make_shared<model::Definition>(*loaded.definitions.find(app));
    whole->extends.clear();
    known.add(std::move(whole));
  }
  return known;
}

/// `registry` has what may be extended, and gets those of `directory`, complete.
std::vector<FileReport> read_files(const std::string& directory, define::Registry& registry,
                                   define::Problems& problems) {
  std::vector<FileReport> reports;
  auto protocols = protocol_keys();
  define::Registry own;
  for (const auto& path : define::yaml_files(directory, define::Depth::kAllBelow, "definitions", problems)) {
    auto& report = reports.emplace_back(FileReport{.path = path});
    report.definition = define::load_definition(path, protocols, report.problems);
    if (!report.definition) continue;
    if (auto same = own.find(report.definition->app)) {
      report.problems.add(
          {define::Problem::Severity::kError, path, 0, 0, "app",
           fmt::format("cannot define '{}' twice: it stands in {} already", report.definition->app, same->source)});
      continue;
    }
    own.add(report.definition);
    registry.add(report.definition);
  }
  define::resolve_extends(registry, problems);
  for (auto& report : reports)
    if (report.definition && !report.definition->extends.empty())
      report.definition = registry.find(report.definition->app);
  return reports;
}

void run_cases(const std::string& directory, const define::Registry& registry, bool write_expected,
               std::vector<FileReport>& reports, define::Problems& problems) {
  std::map<std::string_view, FileReport*> by_app;
  for (auto& report : reports)
    if (report.definition) by_app[report.definition->app] = &report;
  for (const auto& test : find_cases(directory, problems)) {
    auto found = by_app.find(test.app);
    if (found == by_app.end()) {
      problems.add({define::Problem::Severity::kError, test.directory, 0, 0, "",
                    fmt::format("cannot run the case: there is no usable definition of '{}'", test.app)});
      continue;
    }
    FileReport& report = *found->second;
    LocalServices services;
    auto checked = check_case(test, registry, services, write_expected);
    ++report.cases;
    if (checked) continue;
    ++report.failed;
    report.failures.push_back(fmt::format("{}: {}", test.directory, checked.error().message()));
  }
}

std::string_view word(const FileReport& report) {
  if (!report.problems.ok() || report.failed > 0) return "FAIL";
  return report.problems.warnings > 0 ? "warn" : "ok";
}

}  // namespace

int check_definitions(const std::string& config, const std::string& directory, bool write_expected) {
  auto registry = known_definitions(config);
  define::Problems problems;
  auto reports = read_files(directory, registry, problems);
  run_cases(directory, registry, write_expected, reports, problems);
  using enum TextTable::Align;
  TextTable table({kLeft, kLeft, kLeft, kRight, kRight, kLeft}, 120);
  table.add({"", "FILE", "APP", "SETS", "CASES", "FINDINGS"});
  std::size_t failed = 0, cases = 0, failed_cases = 0, warnings = 0;
  for (const auto& report : reports) {
    auto findings = report.problems.errors + report.problems.warnings + report.failed;
    table.add({std::string(word(report)), report.path, report.definition ? report.definition->app : "-",
               report.definition ? fmt::format("{}", report.definition->sets.size()) : "-",
               fmt::format("{}", report.cases), findings == 0 ? "" : fmt::format("{}", findings)});
    failed += word(report) == "FAIL" ? 1 : 0;
    warnings += report.problems.warnings;
    cases += report.cases;
    failed_cases += report.failed;
  }
  fmt::print("{}", table.text());
  std::fflush(stdout);
  for (const auto& report : reports) {
    print_problems(report.problems);
    for (const auto& failure : report.failures) fmt::print(stderr, "{}\n", failure);
  }
  bool ok = print_problems(problems) && failed == 0;
  fmt::print("{} definitions, {} not usable or with a failed case; {} cases passed, {} failed; {} warnings\n",
             reports.size(), failed, cases - failed_cases, failed_cases, warnings);
  return ok ? 0 : 1;
}

}  // namespace holter::app
