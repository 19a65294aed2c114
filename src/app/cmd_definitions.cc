#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/definition_diff.h"
#include "app/loaded.h"
#include "app/text_table.h"
#include "base/units.h"
#include "define/files.h"
#include "define/schema.h"

namespace holter::app {
namespace {

using enum TextTable::Align;
using model::translate;

std::string protocols_of(const model::Definition& definition) {
  std::set<std::string_view> names;
  for (const auto& set : definition.sets) names.insert(set.protocol);
  return fmt::format("{}", fmt::join(names, ", "));
}

int list(const Loaded& loaded, const std::string& language) {
  TextTable table({kLeft, kLeft, kLeft, kLeft, kRight, kRight, kLeft});
  table.add({"APP", "NAME", "CATEGORY", "PROTOCOLS", "SETS", "FIELDS", "FILE"});
  for (auto app : loaded.definitions.apps()) {
    auto d = loaded.definitions.find(app);
    std::size_t fields = 0;
    for (const auto& set : d->sets) fields += set.fields.size();
    table.add({d->app, std::string(translate(d->name, language)), d->category, protocols_of(*d),
               fmt::format("{}", d->sets.size()), fmt::format("{}", fields), d->source});
  }
  fmt::print("{}{} definitions\n", table.text(), loaded.definitions.size());
  return 0;
}

constexpr std::string_view kParamTypes[] = {"text", "number", "host", "password", "boolean",       "radio",
                                            "text", "map",    "list", "JSON",     "one of options"};

void show_params(const model::Definition& definition, const std::string& language) {
  fmt::print("\nParameters\n");
  TextTable table({kLeft, kLeft, kLeft, kLeft});
  for (const auto& param : definition.params) {
    std::vector<std::string> notes;
    if (param.required) notes.emplace_back("required");
    if (param.has_default) notes.push_back(fmt::format("default {}", param.default_value));
    if (!param.range.empty()) notes.push_back(param.range);
    std::vector<std::string> options;
    for (const auto& option : param.options) options.push_back(option.value);
    if (!options.empty()) notes.push_back(fmt::format("{}", fmt::join(options, " | ")));
    table.add({"--" + param.field, std::string(kParamTypes[static_cast<std::size_t>(param.type)]),
               std::string(translate(param.name, language)), fmt::format("{}", fmt::join(notes, ", "))});
  }
  fmt::print("{}", table.text("  "));
}

void show_set(const model::SetDef& set, const std::string& language) {
  auto name = translate(set.i18n, language);
  fmt::print("\nSet {}{} (priority {}{}, {}{})\n", set.name, name.empty() ? "" : fmt::format(": {}", name),
             set.priority, set.priority == 0 ? ", decides on UP and DOWN" : "", set.protocol,
             set.interval.count() > 0 ? fmt::format(", every {}", format_duration(set.interval)) : "");
  if (set.dynamic) fmt::print("  fields as the answer has them\n");
  TextTable table({kLeft, kLeft, kLeft, kLeft, kLeft});
  for (const auto& field : set.fields) {
    constexpr std::string_view kTypes[] = {"number", "text", "secret", "time"};
    std::string from;
    for (const auto& c : set.calculates)
      if (c.field == field.field) from = "= " + c.expression;
    table.add({field.field, std::string(kTypes[static_cast<std::size_t>(field.type)]) + (field.label ? ", label" : ""),
               field.unit, std::string(translate(field.i18n, language)), from});
  }
  fmt::print("{}", table.text("  "));
}

int show(const Loaded& loaded, const std::string& app, const std::string& language) {
  auto definition = find_definition(loaded, app);
  if (!definition) return 2;
  auto link = translate(definition->help_link, language);
  fmt::print("{}: {} ({})\n{}\n{}file {}\n", definition->app, translate(definition->name, language),
             definition->category, translate(definition->help, language),
             link.empty() ? "" : fmt::format("see  {}\n", link), definition->source);
  show_params(*definition, language);
  for (const auto& set : definition->sets) show_set(set, language);
  std::string required;
  for (const auto& param : definition->params)
    if (param.required && !param.has_default) required += fmt::format(" --{} ...", param.field);
  fmt::print("\nTry it: holter probe {}{}\n", definition->app, required);
  return 0;
}

/// The file of the app in each directory that has one, in the order of the directories.
std::vector<std::string> files_of(const Loaded& loaded, std::string_view app) {
  std::vector<std::string> files;
  for (const auto& directory : loaded.config.definitions) {
    define::Problems ignored;  // told by load()
    auto found = define::load_definitions(directory, protocol_keys(), ignored).find(app);
    if (found) files.push_back(found->source);
  }
  return files;
}

int diff(const Loaded& loaded, std::vector<std::string> files) {
  if (files.size() == 1) {
    auto known = files_of(loaded, files.front());
    define::Problems problems;
    if (known.empty()) {  // a file: against what is in force
      auto definition = define::load_definition(files.front(), protocol_keys(), problems);
      auto in_force = definition ? loaded.definitions.find(definition->app) : nullptr;
      if (!print_problems(problems)) return 2;
      if (in_force) known = {in_force->source, files.front()};
    }
    if (known.size() < 2) {
      fmt::print(stderr,
                 "holter: cannot compare '{}': it is no app with a file in two directories of {}, and no file of an "
                 "app that is there\n",
                 files.front(), fmt::join(loaded.config.definitions, ", "));
      return 2;
    }
    files = {known[known.size() - 2], known.back()};
  }
  define::Problems problems;
  auto lines = definition_diff(files[0], files[1], problems);
  if (!print_problems(problems)) return 2;
  if (lines.empty()) {
    fmt::print("{} and {} say the same\n", files[0], files[1]);
    return 0;
  }
  fmt::print("--- {}\n+++ {}\n", files[0], files[1]);
  for (const auto& line : lines) fmt::print("{}\n", line);
  return 1;
}

}  // namespace

int definitions(const DefinitionsOptions& options) {
  using What = DefinitionsOptions::What;
  if (options.what == What::kSchema) {
    fmt::print("{}", define::definition_schema(protocol_keys()));
    return 0;
  }
  auto loaded = load(options.config, false);
  if (!loaded.problems.ok()) {
    print_problems(loaded.problems);
    return 1;
  }
  switch (options.what) {
    case What::kShow:
      return show(loaded, options.names.front(), options.language);
    case What::kDiff:
      return diff(loaded, options.names);
    default:
      return list(loaded, options.language);
  }
}

}  // namespace holter::app
