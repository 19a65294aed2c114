#include <cstddef>
#include <cstdint>
#include <string_view>

#include "alert/row_labels.h"
#include "base/check.h"

/// What is read is what was written: a text that is taken comes back from its labels.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  holter::model::Labels labels;
  if (!holter::alert::parse_row_labels(text, labels)) return 0;
  CHECK(labels.size() <= holter::alert::kMostRowLabels);
  CHECK(holter::alert::to_row_labels(labels) == text);
  return 0;
}
