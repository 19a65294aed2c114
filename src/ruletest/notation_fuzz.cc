// Values and names of series, from the same bytes.
#include <cstdint>
#include <string_view>

#include "alert/row_labels.h"
#include "base/check.h"
#include "ruletest/series.h"
#include "ruletest/values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto values = ruletest::expand_values(text))
    CHECK(values->size() <= ruletest::kMostValues);
  else
    CHECK(!values.error().message().empty());
  auto series = ruletest::parse_series(text);
  if (!series) {
    CHECK(!series.error().message().empty());
    return 0;
  }
  // What was read is read again from how it is written.
  auto written = series->name + "{" + alert::to_row_labels(series->labels) + "}";
  if (written.size() > ruletest::kMostSeriesText) return 0;
  auto again = ruletest::parse_series(written);
  CHECK(again && again->name == series->name && again->labels == series->labels);
  return 0;
}
