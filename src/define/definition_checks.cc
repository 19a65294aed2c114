#include "define/definition_checks.h"

#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "define/placeholder.h"
#include "expr/program.h"

namespace holter::define {
namespace {

using Severity = Problem::Severity;

// Words of the expression language (format section 1.6).
constexpr std::string_view kKeywords[] = {"or",     "and", "eq",   "ne",    "lt",    "gt",       "le",
                                          "ge",     "div", "mod",  "not",   "null",  "true",     "false",
                                          "new",    "var", "do",   "while", "break", "continue", "function",
                                          "return", "if",  "else", "for",   "size",  "empty"};

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::ranges::find(texts, text) != texts.end();
}

std::string hint(std::string_view near) {
  return near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near);
}

class Checks {
 public:
  Checks(const model::Definition& definition, Problems& problems) : definition_(definition), problems_(problems) {
    for (const auto& param : definition.params) params_.push_back(param.field);
  }

  void run(const YamlNode& root) {
    unique(list(root, "params"), "params", definition_.params, &model::ParamDef::field);
    const auto& sets = list(root, "metrics");
    unique(sets, "metrics", definition_.sets, &model::SetDef::name);
    for (std::size_t i = 0; i < definition_.sets.size(); ++i)
      set(definition_.sets[i], sets.items[i], fmt::format("metrics[{}]", i));
    auto decides = [](const model::SetDef& s) { return s.priority == 0; };
    if (!definition_.sets.empty() && definition_.extends.empty() && std::ranges::none_of(definition_.sets, decides))
      add(Severity::kError, sets, "metrics", "cannot tell UP from DOWN: a set of priority 0 is needed");
  }

 private:
  static const YamlNode& list(const YamlNode& map, std::string_view key) {
    static const YamlNode kNone;
    const auto* node = map.find(key);
    return node != nullptr ? *node : kNone;
  }

  void add(Severity severity, const YamlNode& at, std::string path, std::string message) {
    problems_.add({severity, definition_.source, at.line, at.column, std::move(path), std::move(message)});
  }

  template <class T>
  void unique(const YamlNode& nodes, std::string_view path, const std::vector<T>& all, std::string T::* name) {
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto [place, fresh] = lines.try_emplace(all[i].*name, nodes.items[i].line);
      if (fresh || (all[i].*name).empty()) continue;
      add(Severity::kError, nodes.items[i], fmt::format("{}[{}]", path, i),
          fmt::format("cannot use the name '{}' twice: it stands in line {} already", excerpt(all[i].*name),
                      place->second));
    }
  }

  void set(const model::SetDef& set, const YamlNode& node, const std::string& path) {
    const auto& fields = list(node, "fields");
    if (set.fields.empty() && !set.dynamic)
      add(Severity::kError, node, path + ".fields", "cannot do without fields: at least one is needed");
    unique(fields, path + ".fields", set.fields, &model::FieldDef::field);
    for (std::size_t i = 0; i < set.fields.size(); ++i)
      field_name(set.fields[i].field, fields.items[i], fmt::format("{}.fields[{}]", path, i));
    calculations(set, list(node, "calculates"), path + ".calculates");
    units(set, list(node, "units"), path + ".units");
    filters(set, list(node, "filters"), path + ".filters");
    fed_fields(set, fields, path + ".fields");
    if (!definition_.extends.empty()) return;  // the parameters are known when it is complete
    for (std::size_t i = 0; i < node.keys.size(); ++i)
      placeholders(node.items[i], fmt::format("{}.{}", path, excerpt(node.keys[i].text)));
  }

  void field_name(std::string_view name, const YamlNode& at, std::string path) {
    auto wrong = [&](std::string_view why) {
      add(Severity::kError, at, std::move(path), fmt::format("cannot use the field name '{}': {}", excerpt(name), why));
    };
    if (name.empty()) return;  // reported as missing
    auto first = static_cast<unsigned char>(name.front());
    if (name == "instance")
      wrong("it is reserved (did you mean 'metric_instance'?)");
    else if (std::ranges::find(kKeywords, name) != std::end(kKeywords))
      wrong("it is a word of the expression language");
    else if (!((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_' || first == '$'))
      wrong("it must begin with a letter, '_' or '$'");
    else if (name.find_first_of(" \t\r\n") != std::string_view::npos)
      wrong("it must not have white space");
  }

  /// Comparing with all names takes its time, and a text may have tens of thousands of faults.
  template <class Names>
  std::string near(std::string_view name, const Names& names) const {
    return problems_.full() ? "" : hint(nearest_in(name, names));
  }

  bool known_field(const model::SetDef& set, std::string_view field, const YamlNode& at, std::string path) {
    if (std::ranges::find(set.fields, field, &model::FieldDef::field) != set.fields.end()) return true;
    std::vector<std::string_view> names;
    for (const auto& f : set.fields) names.push_back(f.field);
    add(Severity::kWarning, at, std::move(path),
        fmt::format("cannot find the field '{}': the entry is ignored{}", excerpt(field), near(field, names)));
    return false;
  }

  /// What stands for something else later, so that nothing can be said now.
  static bool open(std::string_view text) {
    return find_placeholder(text).has_value() || text.find("^o^") != std::string_view::npos;
  }

  void calculations(const model::SetDef& set, const YamlNode& nodes, const std::string& path) {
    expr::Scope scope{.json = true};
    for (const auto& alias : set.aliases) scope.names.push_back({alias});
    const bool open_scope = std::ranges::any_of(set.aliases, open);
    std::size_t next = 0;  // entries without "=" were left out
    for (std::size_t i = 0; i < nodes.items.size() && next < set.calculates.size(); ++i) {
      if (!nodes.items[i].text.contains('=')) continue;
      const auto& [field, expression] = set.calculates[next++];
      auto place = fmt::format("{}[{}]", path, i);
      if (!known_field(set, field, nodes.items[i], place) || open(expression)) continue;
      if (contains(set.aliases, expression)) continue;  // a rename
      auto program = expr::compile(expression, scope);
      if (program || (open_scope && program.error().code() == ErrorCode::kNotFound)) continue;
      add(Severity::kWarning, nodes.items[i], place,
          fmt::format("{}; the field '{}' stays null", program.error().message(), excerpt(field)));
    }
  }

  void units(const model::SetDef& set, const YamlNode& nodes, const std::string& path) {
    std::size_t next = 0;  // entries without "=" and "->" were left out
    for (std::size_t i = 0; i < nodes.items.size() && next < set.units.size(); ++i) {
      std::string_view text = nodes.items[i].text;
      auto at = text.find('=');
      if (at == std::string_view::npos || !text.substr(at).contains("->")) continue;
      known_field(set, set.units[next++].field, nodes.items[i], fmt::format("{}[{}]", path, i));
    }
  }

  void filters(const model::SetDef& set, const YamlNode& nodes, const std::string& path) {
    expr::Scope scope{.json = true};
    for (const auto& field : set.fields)
      scope.names.push_back({field.field, model::is_number(field.type) ? expr::Type::kNumber : expr::Type::kText});
    for (std::size_t i = 0; i < nodes.items.size() && i < set.filters.size(); ++i) {
      if (nodes.items[i].kind != YamlNode::Kind::kScalar || open(set.filters[i])) continue;
      auto place = fmt::format("{}[{}]", path, i);
      auto program = expr::compile(set.filters[i], scope);
      if (!program)
        add(Severity::kError, nodes.items[i], place, program.error().message());
      else if (program->type() != expr::Type::kBoolean && program->type() != expr::Type::kUnknown)
        add(Severity::kError, nodes.items[i], place,
            fmt::format("cannot filter by '{}': it is never true, since it is a {}", excerpt(set.filters[i]),
                        to_string(program->type())));
    }
  }

  /// Each field has a column of its name, or a calculation.
  void fed_fields(const model::SetDef& set, const YamlNode& nodes, const std::string& path) {
    if (set.dynamic || std::ranges::any_of(set.aliases, open)) return;
    for (std::size_t i = 0; i < set.fields.size(); ++i) {
      const auto& name = set.fields[i].field;
      auto computes = [&](const model::Calculate& c) { return c.field == name || open(c.field); };
      if (contains(set.aliases, name) || std::ranges::any_of(set.calculates, computes)) continue;
      add(Severity::kWarning, nodes.items[i], fmt::format("{}[{}]", path, i),
          fmt::format("cannot fill the field '{}': it is none of aliasFields, and no calculation is for it{}",
                      excerpt(name), near(name, set.aliases)));
    }
  }

  /// Warns of each placeholder below `node` that no parameter declares.
  void placeholders(const YamlNode& node, const std::string& path) {
    auto check = [&](std::string_view text) {
      for (auto found = find_placeholder(text); found; found = find_placeholder(text, found->end))
        if (std::ranges::find(params_, found->name) == params_.end())
          add(Severity::kWarning, node, path,
              fmt::format("cannot find the parameter of ^_^{}^_^: it counts as not set{}", excerpt(found->name),
                          near(found->name, params_)));
    };
    check(node.text);
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.kind == YamlNode::Kind::kMap) check(node.keys[i].text);
      placeholders(node.items[i], node.kind == YamlNode::Kind::kMap
                                      ? fmt::format("{}.{}", path, excerpt(node.keys[i].text))
                                      : fmt::format("{}[{}]", path, i));
    }
  }

  const model::Definition& definition_;
  Problems& problems_;
  std::vector<std::string_view> params_;
};

}  // namespace

void check_definition(const model::Definition& definition, const YamlNode& root, Problems& problems) {
  Checks(definition, problems).run(root);
}

}  // namespace holter::define
