#include "ruletest/rule_documents.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "alert/compiled_rule.h"
#include "base/units.h"
#include "define/yaml.h"
#include "incidents/documents.h"
#include "incidents/spec_reader.h"
#include "notify/template.h"

namespace holter::ruletest {
namespace {

namespace json = boost::json;
using define::YamlNode;

constexpr define::YamlLimits kLimits{.max_bytes = kMostRuleBytes, .max_nodes = 1'000'000};
constexpr std::string_view kPromQl = "it is PromQL, which is not evaluated here: test it by `promtool test rules`";

/// YAML has texts only; what a document needs as something else is known by its name.
json::value scalar(const YamlNode& node, std::string_view path) {
  if (node.kind == YamlNode::Kind::kNull) return nullptr;
  if (path == "enabled" && node.text == "true") return true;
  if (path == "enabled" && node.text == "false") return false;
  if (path == "spec.n" || path == "spec.m") {
    std::uint64_t number = 0;
    auto [end, failure] = std::from_chars(node.text.data(), node.text.data() + node.text.size(), number);
    if (failure == std::errc{} && end == node.text.data() + node.text.size()) return number;
  }
  return json::value(json::string_view(node.text.data(), node.text.size()));
}

json::value to_json(const YamlNode& node, const std::string& path) {
  if (node.kind == YamlNode::Kind::kList) {
    json::array out;
    for (const auto& item : node.items) out.push_back(to_json(item, path + "[]"));
    return out;
  }
  if (node.kind != YamlNode::Kind::kMap) return scalar(node, path);
  json::object out;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    out.emplace(node.keys[i].text,
                to_json(node.items[i], path.empty() ? node.keys[i].text : path + "." + node.keys[i].text));
  return out;
}

/// Where a member like "spec.selector.app" stands; the nearest that there is.
const YamlNode& find(const YamlNode& document, std::string_view member) {
  const auto* node = &document;
  while (!member.empty()) {
    auto dot = std::min(member.find('.'), member.size());
    const auto* next = node->find(member.substr(0, dot));
    if (next == nullptr) break;
    node = next;
    member.remove_prefix(std::min(dot + 1, member.size()));
  }
  return *node;
}

class Reader {
 public:
  Reader(const std::string& file, const define::Registry& definitions, define::Problems& problems,
         std::vector<alert::Rule>& rules)
      : file_(file), definitions_(definitions), problems_(problems), rules_(rules) {}

  void read(const YamlNode& root) {
    const bool map = root.kind == YamlNode::Kind::kMap;
    const auto* kind = root.find("kind");
    if (map && (root.find("groups") != nullptr || (kind != nullptr && kind->text == "PrometheusRule")))
      return error(root, "", fmt::format("cannot test a rule file of Prometheus: {}", kPromQl));
    const auto* list = map ? root.find("rules") : &root;
    if (list == nullptr || list->kind != YamlNode::Kind::kList)
      return error(root, "", "cannot read rules: a list of documents is needed, or a map with the list 'rules'");
    for (const auto& key : root.keys)
      if (key.text != "rules")
        problems_.add({define::Problem::Severity::kError, file_, key.line, key.column, excerpt(key.text),
                       "cannot use the unknown key: 'rules' is all there can be"});
    for (std::size_t i = 0; i < list->items.size(); ++i)
      read_rule(list->items[i], fmt::format("{}[{}]", map ? "rules" : "", i));
  }

 private:
  void read_rule(const YamlNode& node, const std::string& path) {
    path_ = path;
    if (node.kind != YamlNode::Kind::kMap) return error(node, path, "cannot use this value: a document is needed");
    if (node.find("alert") != nullptr || node.find("expr") != nullptr)
      return error(node, path, fmt::format("cannot test a rule of Prometheus: {}", kPromQl));
    auto document = incidents::read_document(json::serialize(to_json(node, "")));
    if (!document) return fault(node, document.error());
    auto rule = incidents::read_rule(*document);
    if (!rule) return fault(node, rule.error());
    if (!check(node, *rule)) return;
    if (std::ranges::find(rules_, rule->name, &alert::Rule::name) != rules_.end())
      return error(find(node, "name"), path + ".name",
                   fmt::format("cannot take two rules named '{}'", excerpt(rule->name)));
    if (rules_.size() == alert::Rule::kMostRules)
      return error(node, path, fmt::format("cannot take more than {} rules", alert::Rule::kMostRules));
    rules_.push_back(std::move(*rule));
  }

  /// What needs definitions, and the texts.
  bool check(const YamlNode& node, const alert::Rule& rule) {
    const auto before = problems_.errors;
    if (rule.kind == alert::RuleKind::kPeriodic) {
      const bool promql = rule.source == alert::QuerySource::kPromql;
      error(find(node, "spec.query"), path_ + ".spec.query",
            fmt::format("cannot test the rule '{}': {}", excerpt(rule.name),
                        promql ? kPromQl : "it is asked of history, of which there is none in a test"));
      return false;
    }
    const auto& selector = rule.selector;
    auto definition = selector.app.empty() ? nullptr : definitions_.find(selector.app);
    if (!selector.app.empty() && definition == nullptr)
      unknown(find(node, "spec.selector.app"), "spec.selector.app", "app", selector.app, definitions_.apps());
    if (definition != nullptr && !selector.set.empty()) {
      std::vector<std::string_view> sets;
      for (const auto& set : definition->sets) sets.push_back(set.name);
      if (std::ranges::find(sets, selector.set) == sets.end()) {
        unknown(find(node, "spec.selector.set"), "spec.selector.set", "set", selector.set, sets);
        return false;
      }
    }
    if (problems_.errors != before) return false;
    if (rule.kind == alert::RuleKind::kRealtime)
      if (auto compiled = alert::CompiledRule::compile(rule, definition.get()); !compiled)
        error(find(node, "spec.expression"), path_ + ".spec.expression", compiled.error().message());
    for (const auto& [annotation, text] : rule.annotations)
      check_text(find(node, "spec.annotations." + annotation), "spec.annotations." + annotation, text);
    check_text(find(node, "spec.message"), "spec.message", rule.message);
    return problems_.errors == before;
  }

  void check_text(const YamlNode& at, const std::string& key, const std::string& text) {
    if (auto parsed = notify::AnnotationTemplate::parse(text); !parsed)
      error(at, path_ + "." + key, parsed.error().message());
  }
  void unknown(const YamlNode& at, std::string_view key, std::string_view what, const std::string& name,
               const std::vector<std::string_view>& known) {
    auto near = nearest_in(name, known);
    error(at, fmt::format("{}.{}", path_, key),
          fmt::format("cannot find the {} '{}'{}", what, excerpt(name),
                      near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  /// Of a reader of documents, which says which member is at fault.
  void fault(const YamlNode& node, const Error& failure) {
    auto [member, text] = incidents::split_fault(failure.message());
    error(find(node, member), member.empty() ? path_ : path_ + "." + member, text);
  }
  void error(const YamlNode& at, std::string key, std::string message) {
    problems_.add({define::Problem::Severity::kError, file_, std::max(at.line, 1), std::max(at.column, 1),
                   std::move(key), std::move(message)});
  }

  const std::string& file_;
  const define::Registry& definitions_;
  define::Problems& problems_;
  std::vector<alert::Rule>& rules_;
  std::string path_;  ///< of the document being read
};

}  // namespace

bool read_rules(const std::string& name, std::string_view text, const define::Registry& definitions,
                define::Problems& problems, std::vector<alert::Rule>& rules) {
  const auto before = problems.errors;
  YamlNode root;
  if (!define::read_yaml({name, text, true}, kLimits, problems, root)) return false;
  Reader(name, definitions, problems, rules).read(root);
  return problems.errors == before;
}

}  // namespace holter::ruletest
