#include "incidents/dressed.h"

#include <algorithm>
#include <utility>

#include "notify/template.h"

namespace holter::incidents {
namespace {

void put_label(model::Labels& labels, std::string_view name, std::string value) {
  auto place = std::ranges::lower_bound(labels, name, {}, &model::Labels::value_type::first);
  if (place != labels.end() && place->first == name)
    place->second = std::move(value);
  else
    labels.emplace(place, std::string(name), std::move(value));
}

/// A literal as people write it: 500.0 is 500, and a text has no quotes around it.
std::string plain(std::string value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  auto number = std::string_view(value);
  if (number.ends_with(".0") && number.find_first_not_of("-0123456789.") == number.npos) value.resize(value.size() - 2);
  return value;
}

}  // namespace

model::Alert dressed(const model::Alert& alert, const alert::Rule& rule, const alert::Evidence& evidence,
                     const std::string* host, std::string_view url) {
  auto result = alert;
  model::Labels monitor{{"app", std::string(model::label_of(alert.labels, "app"))},
                        {"name", std::string(model::label_of(alert.labels, "monitor"))}};
  if (host != nullptr) put_label(monitor, "host", *host);
  if (!url.empty()) result.generator_url = std::string(url) + "/";
  auto values = evidence.values;
  for (auto& [field, value] : values) value = plain(std::move(value));
  std::ranges::sort(values);
  notify::AnnotationFacts facts{result.labels, values, monitor};
  auto render = [&](const std::string& text) -> std::string {
    auto parsed = notify::AnnotationTemplate::parse(text);
    if (!parsed)
      return text;  // checked when the rule was stored; one from before a change of the checks stays readable
    auto rendered = parsed->render(facts);
    return rendered ? std::move(*rendered) : text;
  };
  for (auto& [annotation, text] : result.annotations)
    if (text.contains("{{")) text = render(text);
  if (!rule.message.empty()) put_label(result.annotations, "summary", render(rule.message));
  if (!evidence.summary.empty()) put_label(result.annotations, "evidence", evidence.summary);
  return result;
}

}  // namespace holter::incidents
