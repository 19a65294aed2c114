#include "import/prometheus_rules.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "import/draft.h"
#include "import/prometheus_template.h"
#include "import/tree.h"

namespace holter::imports {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kNoCounterpart = "a rule of Holter has no counterpart of it";

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

struct Group {
  std::string name;
  std::optional<milliseconds> interval;
  std::vector<std::pair<std::string, std::string>> labels;
};

class Reader {
 public:
  Reader(const Input& input, const std::function<void(const Finding&)>& report) : file_(input.name), report_(report) {}

  Status read(const Tree& root) {
    const auto* file = &root;
    if (const auto* kind = root.find("kind"); kind != nullptr && kind->text == "PrometheusRule") {
      file = root.find("spec");
      if (file == nullptr)
        return invalid(fmt::format("{}:{}: cannot read the PrometheusRule: it has no 'spec'", file_, root.line));
    }
    Fields fields(file);
    const auto* groups = file->find("groups");
    if (groups == nullptr || (groups->kind != Tree::Kind::kList && !is_empty(*groups)))
      return invalid(fmt::format("{}:{}: cannot read rules: there is no list 'groups'", file_,
                                 groups != nullptr ? groups->line : std::max(file->line, 1)));
    fields.take("groups");
    left("groups", file->line, fields, "");
    for (std::size_t i = 0; i < groups->items.size(); ++i) read_group(i, groups->items[i]);
    return {};
  }
  ImportedRules finish() { return std::move(out_); }

 private:
  void read_group(std::size_t index, const Tree& node) {
    Fields fields(&node);
    Group group;
    group.name = fields.text("name");
    auto item = item_of("groups", index, group.name, node);
    if (auto interval = fields.text("interval"); !interval.empty()) {
      auto duration = prometheus_duration(interval);
      if (duration && duration->count() > 0)
        group.interval = *duration;
      else
        setting(item, "interval", fmt::format("'{}' is no duration above zero", excerpt(interval)),
                "the default interval applies: set it at the rules");
    }
    group.labels = fields.pairs("labels");
    for (auto key : {"limit", "query_offset"})
      if (fields.take(key) != nullptr)
        setting(item, key, std::string(kNoCounterpart), "check that the rules do without");
    const auto* rules = fields.take("rules");
    if (rules != nullptr && rules->kind == Tree::Kind::kList)
      for (std::size_t i = 0; i < rules->items.size(); ++i) read_rule(group, index, i, rules->items[i]);
    else if (rules != nullptr)
      setting(item, "rules", "it is no list", "write the rules as a list");
    left(item.what, item.line, fields, "");
  }

  void read_rule(const Group& group, std::size_t group_index, std::size_t index, const Tree& node) {
    ++out_.items;
    Fields fields(&node);
    auto name = fields.text("alert"), record = fields.text("record");
    auto list = fmt::format("groups[{}].rules", group_index);
    auto item = item_of(list, index, name.empty() ? record : name, node);
    if (!record.empty()) return refuse(item, "it is a recording rule", "use its expression where its series is used");
    ImportedRule rule{.name = name, .interval = group.interval, .group = group.name, .line = node.line};
    auto good = read_parts(fields, group, item, node, rule);
    if (!good) return refuse(item, good.error().message(), "repair the rule, and import again");
    left(item.what, item.line, fields, "");
    for (auto& finding : parts_) tell(std::move(finding));
    parts_.clear();
    out_.rules.push_back(std::move(rule));
  }

  Status read_parts(Fields& fields, const Group& group, const Item& item, const Tree& node, ImportedRule& rule) {
    parts_.clear();
    if (rule.name.empty()) return invalid("it has neither 'alert' nor 'record'");
    rule.expr = fields.text("expr");
    if (rule.expr.empty()) return invalid("it has no 'expr'");
    TRY(rule.for_duration, duration_of(fields, "for"));
    TRY(rule.keep_firing_for, duration_of(fields, "keep_firing_for"));
    rule.labels = fields.pairs("labels");
    for (const auto& label : group.labels)
      if (std::ranges::find(rule.labels, label.first, &model::Labels::value_type::first) == rule.labels.end())
        rule.labels.push_back(label);
    for (const auto& [name, value] : rule.labels)
      if (value.find("{{") != std::string::npos)
        part(item, line_of(node, "labels", name), "labels." + name, "a label is no template here",
             "give it a fixed value, or leave it to the series");
    for (auto& [name, text] : fields.pairs("annotations")) {
      auto translated = translate_template(text);
      for (const auto& kept : translated.kept)
        part(item, line_of(node, "annotations", name), "annotations." + name,
             fmt::format("'{}' is kept as text", excerpt(kept)), "write it with {{labels.name}} or {{values.value}}");
      rule.annotations.emplace_back(name, std::move(translated.text));
    }
    return {};
  }

  static Result<milliseconds> duration_of(Fields& fields, std::string_view key) {
    auto written = fields.text(key);
    if (written.empty()) return milliseconds(0);
    auto duration = prometheus_duration(written);
    if (!duration) return std::move(duration).error().with_context(key);
    return duration;
  }

  /// Of a key of a map within the rule; the rule's where there is none.
  static int line_of(const Tree& rule, std::string_view map, std::string_view key) {
    const auto* node = rule.find(map);
    const auto* value = node != nullptr ? node->find(key) : nullptr;
    return value != nullptr ? value->line : rule.line;
  }

  void refuse(const Item& item, std::string reason, std::string advice) {
    ++out_.refused;
    report_({file_, item.what, item.line, "", std::move(reason), std::move(advice)});
  }
  void tell(Finding finding) {
    ++out_.settings;
    report_(finding);
  }
  /// About a rule that may yet be refused as a whole.
  void part(const Item& item, int line, std::string setting, std::string reason, std::string advice) {
    parts_.push_back({file_, item.what, line, std::move(setting), std::move(reason), std::move(advice)});
  }
  void setting(const Item& item, std::string_view setting, std::string reason, std::string advice) {
    tell({file_, item.what, item.line, std::string(setting), std::move(reason), std::move(advice)});
  }
  void left(const std::string& what, int line, const Fields& fields, std::string_view prefix) {
    for (auto key : fields.left())
      tell({file_, what, line, fmt::format("{}{}", prefix, excerpt(key)),
            "it is not known, or not of the kind expected", "check that the rules do without"});
  }

  const std::string file_;
  const std::function<void(const Finding&)>& report_;
  ImportedRules out_;
  std::vector<Finding> parts_;  ///< of the rule being read
};

}  // namespace

Result<milliseconds> prometheus_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t ms;
  };
  constexpr std::uint64_t kSecond = 1000, kDay = 86'400 * kSecond, kMost = 100 * 365 * kDay;
  constexpr Unit kUnits[] = {{"y", 365 * kDay},   {"w", 7 * kDay}, {"d", kDay}, {"h", 3600 * kSecond},
                             {"m", 60 * kSecond}, {"s", kSecond},  {"ms", 1}};
  auto bad = [&] {
    return invalid(fmt::format("cannot read the duration '{}': write e.g. 5m or 1h30m", excerpt(text)));
  };
  if (text == "0") return milliseconds(0);
  if (text.empty()) return bad();
  std::uint64_t sum = 0;
  const auto* next = std::begin(kUnits);
  for (auto rest = text; !rest.empty();) {
    std::uint64_t count = 0;
    auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (failure != std::errc{}) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    auto name = rest.substr(0, std::min(rest.find_first_of("0123456789"), rest.size()));
    next = std::find_if(next, std::end(kUnits), [&](const Unit& unit) { return unit.name == name; });
    if (next == std::end(kUnits) || count > kMost / next->ms) return bad();
    sum += count * next->ms;
    ++next;
    rest.remove_prefix(name.size());
  }
  if (sum > kMost) return bad();
  return milliseconds(sum);
}

Result<ImportedRules> read_prometheus_rules(const Input& input, const std::function<void(const Finding&)>& report) {
  TRY(auto root, read_yaml(input));
  Reader reader(input, report);
  TRY_OK(reader.read(root));
  return reader.finish();
}

}  // namespace holter::imports
