#include "import/draft.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "define/monitors.h"

namespace holter::imports {
namespace {

constexpr std::size_t kMostMonitors = 1'000'000;  // of a file of monitors
constexpr std::string_view kYamlHead = "monitors:\n";

/// Is the header one that carries a credential?
bool is_secret_header(std::string_view name) {
  auto word = lower(name);
  return std::ranges::any_of(std::initializer_list<std::string_view>{"auth", "token", "key", "cookie", "secret"},
                             [&](std::string_view part) { return word.find(part) != std::string::npos; });
}

std::size_t secrets_of(const model::Definition& definition, const Draft& draft) {
  std::size_t secrets = 0;
  for (const auto& [field, node] : draft.params) {
    auto def = std::ranges::find(definition.params, field, &model::ParamDef::field);
    if (def == definition.params.end()) continue;
    if (def->type == model::ParamType::kPassword || lower(field).ends_with("key")) ++secrets;
    if (def->type == model::ParamType::kKeyValue)
      secrets += static_cast<std::size_t>(std::ranges::count_if(node.keys, is_secret_header));
  }
  return secrets;
}

}  // namespace

std::string to_string(const Finding& finding) {
  auto place = finding.line > 0 ? fmt::format("{}:{}", finding.file, finding.line) : finding.file;
  return fmt::format("{}: {}: {}{}; {}", place, finding.item,
                     finding.setting.empty() ? "not taken: " : finding.setting + " not taken: ", finding.reason,
                     finding.advice);
}

Item item_of(std::string_view list, std::size_t index, std::string_view name, const Tree& node) {
  return {fmt::format("{}[{}]{}", list, index, name.empty() ? "" : fmt::format(" '{}'", excerpt(name))), node.line};
}

void Draft::set(std::string_view field, std::string value) {
  if (!value.empty()) params.emplace_back(field, model::Node::of_text(std::move(value)));
}

void Draft::set(std::string_view field, const std::vector<std::pair<std::string, std::string>>& map) {
  if (map.empty()) return;
  model::Node node{model::Node::Kind::kMap, {}, {}, {}};
  for (const auto& [key, value] : map) {
    node.keys.push_back(key);
    node.items.push_back(model::Node::of_text(value));
  }
  params.emplace_back(field, std::move(node));
}

void Draft::set(std::string_view field, const std::vector<int>& list) {
  model::Node node{model::Node::Kind::kList, {}, {}, {}};
  for (int number : list) node.items.push_back(model::Node::of_text(std::to_string(number)));
  params.emplace_back(field, std::move(node));
}

void Draft::label(std::string key, std::string_view value) {
  auto known = std::ranges::find(labels, key, &std::pair<std::string, std::string>::first);
  if (known == labels.end())
    labels.emplace_back(std::move(key), value);
  else
    known->second += fmt::format("{}{}", known->second.empty() ? "" : ",", value);
}

void Draft::leave(std::string setting, std::string reason, std::string advice) {
  parts.push_back({{}, {}, 0, std::move(setting), std::move(reason), std::move(advice)});
}

void Draft::leave(const Fields& fields, std::string_view prefix) {
  for (auto key : fields.left())
    leave(fmt::format("{}{}", prefix, excerpt(key)), "Holter has nothing that corresponds to it",
          "look whether the monitor does what you want without it");
}

void Intake::tell(Finding finding) {
  finding.file = file_;
  if (options_.report) options_.report(finding);
}

void Intake::refuse(const Item& item, std::string reason, std::string advice) {
  ++counts_.items;
  ++counts_.refused;
  tell({{}, item.what, item.line, {}, std::move(reason), std::move(advice)});
}

void Intake::aside(std::string_view setting, int line, std::string reason, std::string advice) {
  ++counts_.settings;
  tell({{}, "file", line, excerpt(setting), std::move(reason), std::move(advice)});
}

void Intake::aside(const Fields& fields) {
  for (auto key : fields.left())
    aside(key, 0, "it says nothing about what is to be watched", "see docs/configuration.md for Holter's own settings");
}

/// Exactly what `holter check` would find, since the same code reads it.
Status Intake::checked(const Draft& draft, std::size_t& secrets) const {
  define::Problems problems;
  auto text = std::string(kYamlHead) + render(draft, Format::kYaml);
  auto monitors = define::load_monitors_text("", text, *options_.definitions, options_.min_interval, problems);
  if (!problems.ok() || monitors.size() != 1) {
    std::string why;
    for (const auto& problem : problems.list) {
      auto key = std::string_view(problem.key);
      if (key.starts_with("monitors[0].")) key.remove_prefix(std::string_view("monitors[0].").size());
      why += fmt::format("{}{}: {}", why.empty() ? "" : ", ", key, problem.message);
    }
    return Error(ErrorCode::kInvalidArgument, why);
  }
  if (options_.check) TRY_OK(options_.check(monitors.front()));
  secrets = secrets_of(*monitors.front().definition, draft);
  return {};
}

void Intake::take(const Item& item, Draft draft) {
  std::optional<std::string> renamed;
  draft.name = trim(draft.name);
  if (auto known = names_.find(stable_hash(draft.name)); known != names_.end()) {
    renamed = draft.name;
    for (auto& next = known->second; names_.contains(stable_hash(draft.name)); ++next)
      draft.name = fmt::format("{} ({})", *renamed, next);
  }
  std::size_t secrets = 0;
  if (auto good = checked(draft, secrets); !good) {
    auto why = good.error().message();  // what is missing may be what could not be taken
    for (const auto& part : draft.parts) why += fmt::format("; {}: {}", part.setting, part.reason);
    return refuse(item, std::move(why), "write the monitor by hand (docs/configuration.md)");
  }
  auto element = render(draft, options_.format);
  if (counts_.monitors >= kMostMonitors || text_.size() + element.size() + 64 > kMaxInput)
    return refuse(item, fmt::format("a file of monitors has at most {} and {}", kMostMonitors, format_size(kMaxInput)),
                  "split the input and import its parts one by one");
  if (options_.format == Format::kJson) text_ += counts_.monitors == 0 ? "" : ",\n";
  text_ += element;
  names_.emplace(stable_hash(draft.name), 2);
  ++counts_.items;
  ++counts_.taken;
  ++counts_.monitors;
  counts_.secrets += secrets;
  if (renamed)
    draft.leave("name", "a monitor of this name is there already", fmt::format("it is '{}' now", excerpt(draft.name)));
  for (auto& part : draft.parts) {
    ++counts_.settings;
    part.item = item.what;
    part.line = item.line;
    tell(std::move(part));
  }
}

Imported Intake::finish() {
  if (options_.format == Format::kJson) return {fmt::format("{{\"monitors\": [\n{}\n]}}\n", text_), counts_};
  if (counts_.monitors == 0) return {"monitors: []\n", counts_};
  return {std::string(kYamlHead) + text_, counts_};
}

std::string seconds_text(std::string_view number) {
  double value = 0;
  auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (failure != std::errc{} || end != number.data() + number.size() || !(value > 0) || value > 1e9) return {};
  return format_duration(std::chrono::milliseconds(std::llround(value * 1000)));
}

Result<std::chrono::milliseconds> go_duration(std::string_view text) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1},
                                                            {"s", 1e3},   {"m", 6e4},   {"h", 3.6e6}, {"d", 8.64e7}};
  auto bad = [&] {
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read the duration '{}'", excerpt(text)));
  };
  double sum = 0;
  for (auto rest = text; !rest.empty();) {
    double value = 0;
    auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
    if (failure != std::errc{}) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    auto letters = std::min(rest.size(), rest.find_first_of("0123456789.+-"));
    const auto* unit = std::ranges::find(kUnits, rest.substr(0, letters), &std::pair<std::string_view, double>::first);
    if (unit == std::end(kUnits)) return bad();
    rest.remove_prefix(letters);
    sum += value * unit->second;
  }
  if (!(sum >= 1) || sum > 1e12) return bad();
  return std::chrono::milliseconds(std::llround(sum));
}

}  // namespace holter::imports
