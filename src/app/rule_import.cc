#include "app/rule_import.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include <fmt/format.h>

#include "alert/builtin.h"
#include "base/units.h"
#include "import/yaml_text.h"
#include "incidents/documents.h"
#include "notify/template.h"

namespace holter::app {
namespace {

namespace json = boost::json;

/// Labels that follow from what an alert is about: alert::check() lets no rule set them.
constexpr std::array<std::string_view, 4> kReserved{"alertname", "monitor", "app", "set"};

/// An object of texts and objects, as write_rule() makes them of a periodic rule.
void write_yaml(std::string& out, const json::object& object, std::size_t indent) {
  for (const auto& member : object) {
    out += fmt::format("{:{}}{}:", "", indent, imports::yaml_scalar(std::string_view(member.key())));
    if (const auto* inner = member.value().if_object()) {
      out += '\n';
      write_yaml(out, *inner, indent + 2);
    } else if (const auto* text = member.value().if_string()) {
      out += fmt::format(" {}\n", imports::yaml_scalar(std::string_view(*text)));
    } else {
      out += fmt::format(" {}\n", json::serialize(member.value()));
    }
  }
}

}  // namespace

RuleImport::RuleImport(std::chrono::milliseconds interval, std::function<void(const imports::Finding&)> report)
    : interval_(interval), report_(std::move(report)) {
  for (auto& rule : alert::builtin_rules()) names_.insert(std::move(rule.name));
}

Status RuleImport::read(const imports::Input& input) {
  TRY(auto read, imports::read_prometheus_rules(input, report_));
  items_ += read.items;
  refused_ += read.refused;
  settings_ += read.settings;
  for (const auto& rule : read.rules) take(rule, input.name);
  return {};
}

void RuleImport::take(const imports::ImportedRule& from, const std::string& file) {
  place_ = {.file = file, .item = fmt::format("rule '{}'", excerpt(from.name)), .line = from.line};
  parts_.clear();
  alert::Rule rule;
  rule.name = unique(from.name);
  if (rule.name != from.name)
    part("alert", "another rule has this name, here or among those that are built in",
         fmt::format("its name, and with it the label alertname, is '{}'", excerpt(rule.name)));
  rule.kind = alert::RuleKind::kPeriodic;
  rule.source = alert::QuerySource::kPromql;
  rule.query = from.expr;
  rule.hold_for = from.for_duration;
  rule.keep_firing_for = from.keep_firing_for;
  rule.interval = std::max(from.interval.value_or(interval_), alert::Rule::kLeastInterval);
  if (from.interval && *from.interval < rule.interval)
    part("interval", fmt::format("{} is less than Holter asks a store at", format_duration(*from.interval)),
         fmt::format("it is {}", format_duration(rule.interval)));
  take_labels(from, rule);
  take_annotations(from, rule);
  if (auto good = alert::check(rule); !good) {
    ++refused_;
    place_.reason = good.error().message();
    place_.advice = "change the rule, and import again";
    return report_(place_);
  }
  settings_ += parts_.size();
  for (const auto& finding : parts_) report_(finding);
  names_.insert(rule.name);
  rules_.push_back(std::move(rule));
}

void RuleImport::take_labels(const imports::ImportedRule& from, alert::Rule& rule) {
  for (const auto& [name, value] : from.labels) {
    if (name == "severity") {
      if (auto severity = model::parse_severity(value))
        rule.severity = *severity;
      else
        part("labels.severity", fmt::format("'{}' is none of info, warning, critical, emergency", excerpt(value)),
             fmt::format("it is {}: change it where that is wrong", model::to_string(rule.severity)));
      continue;
    }
    if (std::ranges::find(kReserved, name) == kReserved.end()) {
      rule.labels.emplace_back(name, value);
      continue;
    }
    auto other = "exported_" + name;
    part("labels." + name, "the label follows from what an alert is about, and no rule sets it",
         fmt::format("it is called {}: look for it in routes and silences", other));
    rule.labels.emplace_back(std::move(other), value);
  }
  std::ranges::sort(rule.labels);
}

void RuleImport::take_annotations(const imports::ImportedRule& from, alert::Rule& rule) {
  for (const auto& [name, text] : from.annotations) {
    if (auto parsed = notify::AnnotationTemplate::parse(text); !parsed)
      part("annotations." + name, parsed.error().message(), "it is shown as it is: write it anew");
    rule.annotations.emplace_back(name, text);
  }
  std::ranges::sort(rule.annotations);
}

/// With a number behind it where the name is taken: that Prometheus lets many rules have one is no error there.
std::string RuleImport::unique(const std::string& name) {
  auto out = name;
  for (std::size_t number = 2; names_.contains(out); ++number) out = fmt::format("{} {}", name, number);
  return out;
}

void RuleImport::part(std::string setting, std::string reason, std::string advice) {
  auto finding = place_;
  finding.setting = std::move(setting);
  finding.reason = std::move(reason);
  finding.advice = std::move(advice);
  parts_.push_back(std::move(finding));
}

std::string to_document(const alert::Rule& rule, bool enabled) {
  return json::serialize(
      json::object{{"name", rule.name}, {"enabled", enabled}, {"spec", incidents::write_rule(rule)}});
}

std::string render(const std::vector<alert::Rule>& rules, imports::Format format) {
  if (rules.empty()) return "[]\n";
  std::string out;
  for (const auto& rule : rules) {
    if (format == imports::Format::kJson) {
      out += fmt::format("{}{}", out.empty() ? "[\n  " : ",\n  ", to_document(rule, rule.enabled));
      continue;
    }
    out += fmt::format("- name: {}\n  spec:\n", imports::yaml_scalar(rule.name));
    write_yaml(out, incidents::write_rule(rule), 4);
  }
  return format == imports::Format::kJson ? out + "\n]\n" : out;
}

}  // namespace holter::app
