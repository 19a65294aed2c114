#include "alert/compiled_rule.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/units.h"
#include "expr/scope.h"

namespace holter::alert {
namespace {

constexpr std::string_view kLabelPrefix = "label.";
constexpr std::size_t kMostLabelNames = 64;

struct BuiltinName {
  std::string_view name, full;
  expr::Type type;
};
constexpr std::array<BuiltinName, kBuiltins> kNames{{{"state", "builtin.state", expr::Type::kText},
                                                     {"code", "builtin.code", expr::Type::kText},
                                                     {"duration_ms", "builtin.duration_ms", expr::Type::kNumber},
                                                     {"rows", "builtin.rows", expr::Type::kNumber},
                                                     {"app", "builtin.app", expr::Type::kText},
                                                     {"set", "builtin.set", expr::Type::kText},
                                                     {"monitor", "builtin.monitor", expr::Type::kText},
                                                     {"interval_s", "builtin.interval_s", expr::Type::kNumber}}};

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '@' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Adds the names that stand behind `label.` in an expression: which labels there are is known only when a result
/// comes, so each that is named is in scope. In quotes (get('label.a-b')) they go to the quote's end.
void find_label_names(std::string_view text, std::vector<std::string>& out) {
  for (auto at = text.find(kLabelPrefix); at != std::string_view::npos; at = text.find(kLabelPrefix, at + 1)) {
    if (at > 0 && in_name(text[at - 1])) continue;
    const auto begin = at + kLabelPrefix.size();
    auto end = begin;
    if (at > 0 && (text[at - 1] == '\'' || text[at - 1] == '"'))
      end = std::min(text.find(text[at - 1], begin), text.size());
    else
      while (end < text.size() && in_name(text[end])) ++end;
    auto name = std::string(text.substr(begin, end - begin));
    if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  }
}

expr::Type type_of(model::FieldType type) {
  return model::is_number(type) ? expr::Type::kNumber : expr::Type::kText;
}

}  // namespace

std::string_view to_string(Builtin builtin) {
  return kNames[static_cast<std::size_t>(builtin)].name;
}

Result<CompiledRule> CompiledRule::compile(const Rule& rule, const model::Definition* definition,
                                           expr::RegexPool* regexes) {
  TRY_OK(check(rule));
  if (rule.selector.set.empty()) return compile_for(rule, nullptr, regexes);
  if (definition == nullptr)
    return Error(ErrorCode::kNotFound, fmt::format("cannot compile rule '{}': there is no app '{}'",
                                                   excerpt(rule.name, 60), excerpt(rule.selector.app, 60)));
  auto set = std::ranges::find(definition->sets, rule.selector.set, &model::SetDef::name);
  if (set == definition->sets.end())
    return Error(ErrorCode::kNotFound,
                 fmt::format("cannot compile rule '{}': app '{}' has no set '{}'", excerpt(rule.name, 60),
                             excerpt(definition->app, 60), excerpt(rule.selector.set, 60)));
  return compile_for(rule, &*set, regexes);
}

Result<CompiledRule> CompiledRule::compile_for(const Rule& rule, const model::SetDef* set, expr::RegexPool* regexes) {
  CompiledRule out;
  find_label_names(rule.expression, out.label_names_);
  find_label_names(rule.recovery, out.label_names_);
  if (out.label_names_.size() > kMostLabelNames)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot compile rule '{}': it reads {} labels, and {} is the most",
                                                   excerpt(rule.name, 60), out.label_names_.size(), kMostLabelNames));
  std::vector<std::string> label_scope;
  for (const auto& name : out.label_names_) label_scope.push_back(std::string(kLabelPrefix) + name);

  expr::Scope scope{.dialect = expr::Dialect::kRule, .result = expr::Type::kBoolean, .regexes = regexes};
  auto add = [&](std::string_view name, expr::Type type, SlotSource::Kind kind, std::size_t index) {
    scope.names.push_back({name, type});
    out.sources_.push_back({kind, static_cast<std::uint16_t>(index)});
  };
  if (set != nullptr)
    for (std::size_t i = 0; i < set->fields.size(); ++i)
      if (set->fields[i].type != model::FieldType::kSecret)
        add(set->fields[i].field, type_of(set->fields[i].type), SlotSource::Kind::kField, i);
  for (std::size_t i = 0; i < kBuiltins; ++i) add(kNames[i].name, kNames[i].type, SlotSource::Kind::kBuiltin, i);
  for (std::size_t i = 0; i < kBuiltins; ++i) add(kNames[i].full, kNames[i].type, SlotSource::Kind::kBuiltin, i);
  for (std::size_t i = 0; i < label_scope.size(); ++i)
    add(label_scope[i], expr::Type::kText, SlotSource::Kind::kLabel, i);

  TRY(out.condition_, expr::compile(rule.expression, scope));
  if (!rule.recovery.empty()) {
    auto recovery = expr::compile(rule.recovery, scope);
    if (!recovery) return std::move(recovery).error().with_context("recovery");
    out.recovery_ = std::move(*recovery);
  }
  for (const auto* program : {&out.condition_, &out.recovery_}) {
    if (!*program) continue;
    for (auto slot : (*program)->slots()) {
      if (std::ranges::find(out.slots_, slot) == out.slots_.end()) out.slots_.push_back(slot);
      if (out.sources_[slot].kind == SlotSource::Kind::kField) out.per_row_ = true;
    }
    out.slot_count_ = std::max(out.slot_count_, (*program)->slot_count());
  }
  out.sources_.resize(out.slot_count_);
  return out;
}

bool CompiledRule::reads_rows() const {
  return std::ranges::any_of(slots_, [this](std::uint16_t slot) {
    const auto& source = sources_[slot];
    return source.kind == SlotSource::Kind::kField ||
           (source.kind == SlotSource::Kind::kBuiltin && source.index == static_cast<std::uint16_t>(Builtin::kRows));
  });
}

std::size_t CompiledRule::held_bytes() const {
  auto bytes = sizeof(*this) + condition_->held_bytes() + (recovery_ ? recovery_->held_bytes() : 0) +
               sources_.capacity() * sizeof(SlotSource) + slots_.capacity() * sizeof(std::uint16_t) +
               label_names_.capacity() * sizeof(std::string);
  for (const auto& name : label_names_) bytes += name.capacity();
  return bytes;
}

}  // namespace holter::alert
