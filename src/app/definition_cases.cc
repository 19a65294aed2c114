#include "app/definition_cases.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "app/result_text.h"
#include "base/units.h"
#include "define/map_reader.h"
#include "define/monitors.h"
#include "define/resolve.h"
#include "define/yaml.h"

namespace holter::app {
namespace {

namespace fs = std::filesystem;

/// What now() yields in cases, so that their results do not change with the day: 2026-01-01 00:00:00 UTC.
constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};
constexpr std::string_view kAnswer = ".answer";

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error(ErrorCode::kIo, fmt::format("cannot read {}", path.string()));
  std::string text(collect::Trace::kMaxAnswer + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > collect::Trace::kMaxAnswer)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot use {}: it has more than {}", path.string(),
                                                   format_size(collect::Trace::kMaxAnswer)));
  return text;
}

/// The parameters of case.yml, as "key=value" texts.
std::vector<std::string> case_params(const std::string& file, define::Problems& problems) {
  std::vector<std::string> params;
  define::YamlNode root;
  if (!define::read_yaml({file, {}, false}, {}, problems, root)) return params;
  define::MapReader reader(file, root, "", problems);
  if (reader.take_text("source") == nullptr) reader.missing("source", "where the answers are from");
  const auto* map = reader.take_map("params");
  for (std::size_t i = 0; map != nullptr && i < map->keys.size(); ++i)
    params.push_back(map->keys[i].text + "=" + map->items[i].text);
  return params;
}

Error first_error(const define::Problems& problems) {
  for (const auto& problem : problems.list)
    if (problem.severity == define::Problem::Severity::kError)
      return Error(ErrorCode::kInvalidArgument, define::to_string(problem));
  return Error(ErrorCode::kInvalidArgument, "cannot read the case");
}

std::string_view take_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

/// The first line that differs, for a message.
std::string difference(std::string_view expected, std::string_view found) {
  for (int number = 1;; ++number) {
    auto a = take_line(expected);
    auto b = take_line(found);
    if (a != b || (expected.empty() && found.empty()))
      return fmt::format("line {}: expected \"{}\", found \"{}\"", number, excerpt(a, 200), excerpt(b, 200));
  }
}

}  // namespace

std::vector<DefinitionCase> find_cases(const std::string& directory, define::Problems& problems) {
  std::vector<DefinitionCase> cases;
  std::error_code failure;
  for (fs::recursive_directory_iterator it(directory, failure), end; !failure && it != end; it.increment(failure)) {
    if (it->path().filename() != "case.yml") continue;
    auto dir = it->path().parent_path();
    if (dir.parent_path().parent_path().filename() == "testcases")
      cases.push_back({dir.string(), dir.parent_path().filename().string(), dir.filename().string()});
  }
  if (failure)
    problems.add({define::Problem::Severity::kError, directory, 0, 0, "testcases",
                  fmt::format("cannot read the directory: {}", failure.message())});
  std::ranges::sort(cases, {}, &DefinitionCase::directory);
  return cases;
}

Result<Recording> Recording::open(const std::string& path) {
  Recording recording;
  std::error_code failure;
  if (!fs::exists(path, failure))
    return Error(ErrorCode::kNotFound, fmt::format("cannot replay {}: there is no such file or directory", path));
  recording.single_ = !fs::is_directory(path, failure);
  if (recording.single_) {
    TRY(auto text, read_file(path));
    recording.answers_.push_back({path, std::move(text)});
    return recording;
  }
  for (fs::directory_iterator it(path, failure), end; !failure && it != end; it.increment(failure)) {
    auto name = it->path().filename().string();
    if (!name.ends_with(kAnswer)) continue;
    TRY(auto text, read_file(it->path()));
    recording.answers_.push_back({name, std::move(text)});
  }
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot read the directory {}: {}", path, failure.message()));
  if (recording.answers_.empty())
    return Error(ErrorCode::kNotFound, fmt::format("cannot replay {}: it has no file <set>{}", path, kAnswer));
  std::ranges::sort(recording.answers_, {}, &Answer::name);
  return recording;
}

std::optional<std::string> Recording::answer(const model::SetDef& set, std::size_t number) const {
  auto wanted =
      number == 0 ? fmt::format("{}{}", set.name, kAnswer) : fmt::format("{}.{}{}", set.name, number, kAnswer);
  std::ranges::replace(wanted, '/', '_');
  auto found = single_ ? answers_.begin() : std::ranges::find(answers_, wanted, &Answer::name);
  if (found == answers_.end()) return std::nullopt;
  found->used = true;
  return found->text;
}

std::vector<std::string> Recording::unused() const {
  std::vector<std::string> names;
  for (const auto& answer : answers_)
    if (!answer.used) names.push_back(answer.name);
  return names;
}

Result<std::string> run_case(const DefinitionCase& test, const define::Registry& registry, LocalServices& services) {
  model::Monitor monitor{.name = test.app, .definition = registry.find(test.app), .labels = {}};
  if (!monitor.definition)
    return Error(ErrorCode::kNotFound, fmt::format("cannot run the case: there is no definition of '{}'", test.app));
  define::Problems problems;
  auto params = case_params(test.directory + "/case.yml", problems);
  monitor.params = define::parse_params(*monitor.definition, params, problems);
  if (!problems.ok()) return first_error(problems);
  TRY(auto recording, Recording::open(test.directory));
  std::vector<model::ResolvedSet> sets;
  for (const auto& set : monitor.definition->sets) sets.push_back(define::resolve(set, monitor));
  std::string out;
  auto verdict = services.run(
      {.replay = [&](const auto& set, std::size_t number) { return recording.answer(set, number); }}, test.app, sets,
      [&](const collect::TrialResult& result) { out += result_text(result, services.services().answers, kNow); });
  constexpr std::string_view kVerdicts[] = {"UP", "DOWN", "UNKNOWN"};
  out += fmt::format("{}\n", kVerdicts[static_cast<int>(verdict)]);
  if (auto unused = recording.unused(); !unused.empty() && verdict == collect::Trial::Verdict::kUp)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use {}: no request of {} has asked for it", fmt::join(unused, ", "), test.app));
  return out;
}

Status check_case(const DefinitionCase& test, const define::Registry& registry, LocalServices& services, bool update) {
  TRY(auto found, run_case(test, registry, services));
  auto path = test.directory + "/expected.txt";
  if (update) {
    std::ofstream file(path, std::ios::binary);
    file << found;
    file.close();
    return file.good() ? Status() : Error(ErrorCode::kIo, fmt::format("cannot write {}", path));
  }
  TRY(auto expected, read_file(path));
  if (expected == found) return {};
  return Error(ErrorCode::kCorruption, difference(expected, found));
}

}  // namespace holter::app
