#include "ruletest/differences.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "alert/row_labels.h"

namespace holter::ruletest {
namespace {

constexpr std::string_view kEvidence = "evidence";

const std::string* find(const model::Labels& sorted, std::string_view name) {
  auto found = std::ranges::lower_bound(sorted, name, {}, &model::Labels::value_type::first);
  return found == sorted.end() || found->first != name ? nullptr : &found->second;
}

/// With the name that the test is about, where it is left out.
ExpectedAlert completed(ExpectedAlert alert, const std::string& alertname) {
  if (find(alert.labels, "alertname") == nullptr) alert.labels.emplace_back("alertname", alertname);
  std::erase_if(alert.labels, [](const auto& label) { return label.second.empty(); });
  std::ranges::sort(alert.labels);
  return alert;
}

model::Labels without_evidence(model::Labels annotations) {
  std::erase_if(annotations, [](const auto& annotation) { return annotation.first == kEvidence; });
  return annotations;
}

bool is(const ExpectedAlert& expected, const model::Alert& got) {
  const bool evidence = find(expected.annotations, kEvidence) != nullptr;
  return expected.labels == got.labels &&
         expected.annotations == (evidence ? got.annotations : without_evidence(got.annotations));
}

std::string lines(const model::Labels& labels, const model::Labels& annotations) {
  auto out = fmt::format("    labels {{{}}}\n", alert::to_row_labels(labels));
  if (!annotations.empty()) out += fmt::format("    annotations {{{}}}\n", alert::to_row_labels(annotations));
  return out;
}

/// "label severity", for each name that two lists have not alike.
void add_names(std::vector<std::string>& out, std::string_view what, const model::Labels& one,
               const model::Labels& other) {
  for (const auto& [name, value] : one)
    if (const auto* there = find(other, name); there == nullptr || *there != value)
      out.push_back(fmt::format("{} {}", what, name));
  for (const auto& [name, value] : other)
    if (find(one, name) == nullptr) out.push_back(fmt::format("{} {}", what, name));
}

}  // namespace

std::string differences(const AlertTest& test, const std::vector<const model::Alert*>& got) {
  std::vector<ExpectedAlert> missing;
  auto left = got;
  for (const auto& expected : test.expected) {
    auto alert = completed(expected, test.alertname);
    auto found = std::ranges::find_if(left, [&](const model::Alert* there) { return is(alert, *there); });
    if (found == left.end())
      missing.push_back(std::move(alert));
    else
      left.erase(found);
  }
  if (missing.empty() && left.empty()) return "";
  std::string out = "  expected:\n";
  if (missing.empty()) out += test.expected.empty() ? "    nothing\n" : "    nothing more\n";
  for (const auto& alert : missing) out += lines(alert.labels, alert.annotations);
  out += "  got:\n";
  if (left.empty()) out += got.empty() ? "    nothing\n" : "    nothing more\n";
  bool evidence = false;
  for (const auto& alert : missing) evidence = evidence || find(alert.annotations, kEvidence) != nullptr;
  for (const auto* alert : left)
    out += lines(alert->labels, evidence ? alert->annotations : without_evidence(alert->annotations));
  if (missing.size() != 1 || left.size() != 1) return out;
  std::vector<std::string> names;
  add_names(names, "label", missing[0].labels, left[0]->labels);
  add_names(names, "annotation", missing[0].annotations,
            evidence ? left[0]->annotations : without_evidence(left[0]->annotations));
  return out + fmt::format("  differs: {}\n", fmt::join(names, ", "));
}

}  // namespace holter::ruletest
