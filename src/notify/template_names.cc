#include "notify/template_names.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/units.h"

namespace holter::notify {
namespace {

using model::Alert;
using model::Labels;

constexpr std::array<std::string_view, 16> kOfMessage{
    "receiver",     "group",          "url",        "now",         "status",        "is_firing",
    "is_resolved",  "severity",       "left_out",   "status_word", "severity_word", "alert_count",
    "firing_count", "resolved_count", "has_firing", "has_resolved"};
constexpr std::array<std::string_view, 3> kAlertLists{"alerts", "firing", "resolved"};
constexpr std::array<std::string_view, 3> kLabelLists{"group_labels", "common_labels", "common_annotations"};
constexpr std::array<std::string_view, 2> kLabelListsOfAlert{"labels", "annotations"};
constexpr std::array<std::string_view, 16> kOfAlert{"alertname",   "severity",      "status",      "is_firing",
                                                    "is_resolved", "severity_word", "status_word", "starts",
                                                    "ends",        "duration",      "resolution",  "resolution_word",
                                                    "evidence",    "summary",       "description", "generator_url"};
constexpr std::array<std::string_view, 3> kOfRule{"labels", "values", "monitor"};

template <class Names>
bool is_one_of(std::string_view name, const Names& names) {
  return std::ranges::find(names, name) != names.end();
}
/// "labels" of "labels.x", and "x".
std::pair<std::string_view, std::string_view> split(std::string_view name) {
  auto dot = name.find('.');
  if (dot == std::string_view::npos) return {name, {}};
  return {name.substr(0, dot), name.substr(dot + 1)};
}
template <class Names>
bool names_label(std::string_view name, const Names& lists) {
  auto [list, label] = split(name);
  return !label.empty() && is_one_of(list, lists);
}

TemplateValue text_or_nothing(std::string_view text) {
  if (text.empty()) return std::monostate();
  return std::string(text);
}
TemplateValue flag(bool value) {
  if (!value) return std::monostate();
  return true;
}
TemplateValue labels_or_nothing(const Labels& labels) {
  if (labels.empty()) return std::monostate();
  return &labels;
}
/// "labels" is the list, "labels.x" one of it.
TemplateValue of_labels(const Labels& labels, std::string_view name) {
  auto [list, label] = split(name);
  return name == list ? labels_or_nothing(labels) : text_or_nothing(model::label_of(labels, label));
}
std::optional<TemplateValue> of_label(std::string_view name, const Labels::value_type& label) {
  if (name == "name") return text_or_nothing(label.first);
  if (name == "value") return text_or_nothing(label.second);
  return std::nullopt;
}

TemplateValue alerts_of(const Message& message, std::string_view list) {
  std::vector<const Alert*> alerts;
  for (const auto& alert : message.alerts) {
    bool wanted = list == "alerts" || alert.firing() == (list == "firing");
    if (wanted && alerts.size() < Template::kMostAlerts) alerts.push_back(&alert);
  }
  if (alerts.empty()) return std::monostate();
  return alerts;
}

/// How many alerts fire, or do not.
std::string count_of(const Message& message, std::optional<bool> firing) {
  auto count = std::ranges::count_if(message.alerts, [&](const auto& a) { return !firing || a.firing() == *firing; });
  return std::to_string(count);
}

}  // namespace

bool MessageNames::knows(std::string_view name, const std::vector<std::string_view>& sections) const {
  auto within = [&](const auto& names) {
    return std::ranges::any_of(sections, [&](auto section) { return is_one_of(section, names); });
  };
  if (is_one_of(name, kOfMessage) || is_one_of(name, kAlertLists) || is_one_of(name, kLabelLists)) return true;
  if (names_label(name, kLabelLists)) return true;
  bool in_alert = within(kAlertLists);
  if (in_alert && (is_one_of(name, kOfAlert) || is_one_of(name, kLabelListsOfAlert))) return true;
  if (in_alert && names_label(name, kLabelListsOfAlert)) return true;
  return (name == "name" || name == "value") && (within(kLabelLists) || within(kLabelListsOfAlert));
}

std::string_view MessageNames::near(std::string_view name) const {
  std::vector<std::string_view> names(kOfMessage.begin(), kOfMessage.end());
  names.insert(names.end(), kAlertLists.begin(), kAlertLists.end());
  names.insert(names.end(), kLabelLists.begin(), kLabelLists.end());
  names.insert(names.end(), kOfAlert.begin(), kOfAlert.end());
  names.insert(names.end(), kLabelListsOfAlert.begin(), kLabelListsOfAlert.end());
  return nearest_in(name, names);
}

std::optional<TemplateValue> MessageFacts::find(std::string_view name, const TemplatePlace& place) const {
  if (place.label != nullptr) return of_label(name, *place.label);
  if (place.alert != nullptr) return of_alert(name, *place.alert);
  return of_message(name);
}

std::optional<TemplateValue> MessageFacts::of_alert(std::string_view name, const Alert& alert) const {
  auto language = options_.language;
  auto list = split(name).first;
  if (list == "labels") return of_labels(alert.labels, name);
  if (list == "annotations") return of_labels(alert.annotations, name);
  if (name == "evidence" || name == "summary" || name == "description")
    return text_or_nothing(model::label_of(alert.annotations, name));
  if (name == "alertname" || name == "severity") return text_or_nothing(model::label_of(alert.labels, name));
  if (name == "severity_word") {
    auto word = model::label_of(alert.labels, "severity");
    auto severity = model::parse_severity(word);
    return text_or_nothing(severity ? severity_word(*severity, language) : word);
  }
  if (name == "status") return text_or_nothing(status_word(alert.firing(), Language::kEnglish));
  if (name == "status_word") return text_or_nothing(status_word(alert.firing(), language));
  if (name == "is_firing") return flag(alert.firing());
  if (name == "is_resolved") return flag(!alert.firing());
  if (name == "starts") return options_.zone.format(alert.starts);
  if (name == "ends") return alert.firing() ? TemplateValue() : options_.zone.format(alert.ends);
  if (name == "duration") {
    auto end = alert.firing() ? options_.now : alert.ends;
    return duration_word(std::max(end - alert.starts, milliseconds(0)), language);
  }
  if (name == "resolution") return alert.firing() ? TemplateValue() : text_or_nothing(to_string(alert.resolution));
  if (name == "resolution_word")
    return alert.firing() ? TemplateValue() : text_or_nothing(resolution_word(alert.resolution, language));
  if (name == "generator_url") return text_or_nothing(alert.generator_url);
  return std::nullopt;
}

std::optional<TemplateValue> MessageFacts::of_message(std::string_view name) const {
  const auto& m = message_;
  auto language = options_.language;
  if (is_one_of(name, kAlertLists)) return alerts_of(m, name);
  auto list = split(name).first;
  if (list == "group_labels") return of_labels(m.group_labels, name);
  if (list == "common_labels") return of_labels(m.common_labels, name);
  if (list == "common_annotations") return of_labels(m.common_annotations, name);
  if (name == "receiver") return text_or_nothing(m.receiver);
  if (name == "group") return text_or_nothing(m.group);
  if (name == "url") return text_or_nothing(m.url);
  if (name == "now") return options_.zone.format(options_.now);
  if (name == "status") return text_or_nothing(status_word(m.firing, Language::kEnglish));
  if (name == "status_word") return text_or_nothing(status_word(m.firing, language));
  if (name == "is_firing") return flag(m.firing);
  if (name == "is_resolved") return flag(!m.firing);
  if (name == "severity") return text_or_nothing(to_string(m.severity));
  if (name == "severity_word") return text_or_nothing(severity_word(m.severity, language));
  if (name == "has_firing") return flag(count_of(m, true) != "0");
  if (name == "has_resolved") return flag(count_of(m, false) != "0");
  if (name == "alert_count") return count_of(m, std::nullopt);
  if (name == "firing_count") return count_of(m, true);
  if (name == "resolved_count") return count_of(m, false);
  if (name == "left_out") return m.left_out == 0 ? TemplateValue() : std::to_string(m.left_out);
  return std::nullopt;
}

bool AnnotationNames::knows(std::string_view name, const std::vector<std::string_view>& sections) const {
  if (is_one_of(name, kOfRule) || names_label(name, kOfRule)) return true;
  bool in_list = std::ranges::any_of(sections, [](auto section) { return is_one_of(section, kOfRule); });
  return in_list && (name == "name" || name == "value");
}

std::string_view AnnotationNames::near(std::string_view name) const {
  return nearest_in(split(name).first, kOfRule);
}

std::optional<TemplateValue> AnnotationLookup::find(std::string_view name, const TemplatePlace& place) const {
  if (place.label != nullptr) return of_label(name, *place.label);
  auto list = split(name).first;
  if (list == "labels") return of_labels(facts_.labels, name);
  if (list == "values") return of_labels(facts_.values, name);
  if (list == "monitor") return of_labels(facts_.monitor, name);
  return std::nullopt;
}

}  // namespace holter::notify
