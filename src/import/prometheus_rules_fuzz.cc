// A rule file, and the same bytes as one template and as one duration.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "import/prometheus_rules.h"
#include "import/prometheus_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::imports;
  std::string text(reinterpret_cast<const char*>(data), size);
  std::size_t told = 0;
  auto rules = read_prometheus_rules({"r", text}, [&](const Finding& finding) {
    CHECK(!finding.item.empty() && !finding.reason.empty() && !finding.advice.empty());
    ++told;
  });
  if (rules) {
    CHECK(rules->items == rules->rules.size() + rules->refused);
    CHECK(told == rules->refused + rules->settings);
    for (const auto& rule : rules->rules)
      CHECK(!rule.name.empty() && !rule.expr.empty() && rule.for_duration.count() >= 0);
  } else {
    CHECK(!rules.error().message().empty());
  }
  auto translated = translate_template(text);
  // What was not kept is Mustache for labels and values only: nothing is lost without being told.
  CHECK(!translated.kept.empty() || text.find("{{") != std::string::npos || translated.text == text);
  if (auto duration = prometheus_duration(text)) CHECK(duration->count() >= 0);
  return 0;
}
