// What the catalog's columns hold: labels, ids, documents with sealed values.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "catalog/label_json.h"
#include "catalog/sealed_values.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::catalog;
  std::string_view json(reinterpret_cast<const char*>(data), size);
  if (auto labels = labels_from_json(json)) CHECK(labels_from_json(labels_to_json(*labels)).value() == *labels);
  if (auto ids = ids_from_json(json)) CHECK(ids_from_json(ids_to_json(*ids)).value() == *ids);
  auto sealed = find_sealed_values(json);
  if (!sealed) return 0;
  for (const auto& value : *sealed) {
    auto changed = replace_sealed_value(json, value, "v1.new");
    CHECK(changed.has_value());
    CHECK(find_sealed_values(*changed)->size() == sealed->size());
  }
  return 0;
}
