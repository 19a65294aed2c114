#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "collect/layout.h"

namespace holter::collect {
namespace {

using model::FieldType;

// One field of each kind, and calculations that read texts as numbers, texts and JSON.
const Layout& layout() {
  static const Layout made = [] {
    model::SetDef set{.name = "s",
                      .fields = {{.field = "a", .type = FieldType::kNumber, .unit = "MB"},
                                 {.field = "b"},
                                 {.field = "c", .type = FieldType::kTime},
                                 {.field = "secret", .type = FieldType::kSecret},
                                 {.field = "size"},
                                 {.field = "usage", .type = FieldType::kNumber, .unit = "ms"},
                                 {.field = "joined"},
                                 {.field = "member"},
                                 {.field = "at", .type = FieldType::kTime},
                                 {.field = "choice", .type = FieldType::kNumber}}};
    return Layout::make(set, {"a", "b", "c", "secret"},
                        {{"size", "a"},
                         {"usage", "a + b"},
                         {"joined", "a + '-' + b * 2"},
                         {"member", "json:apply(c).x.y"},
                         {"at", "c"},
                         {"choice", "a > b ? a / c : a == null ? b % 3 : c"}},
                        {{"a", "B", "MB"}, {"size", "KB", "MB"}, {"usage", "S", "MS"}},
                        {"choice > 1", "joined == b", "contains(b, 'x')"})
        .value();
  }();
  return made;
}

}  // namespace
}  // namespace holter::collect

/// Cells between NUL bytes, of texts; what reads as `#n` is a number.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::collect;
  static holter::memory::Account account("scratch", nullptr, 16 << 20);
  static Layout::Scratch scratch(account);
  static RawTable table;
  if (!scratch.prepare(layout(), holter::WallTime())) std::abort();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  table.reset(layout().columns());
  while (!rest.empty() && table.rows() < 16 && table.add_row()) {
    for (std::size_t i = 0; i < layout().columns() && !rest.empty(); ++i) {
      auto cell = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(rest.size(), cell.size() + 1));
      if (cell.starts_with("#"))
        table.set(i, std::strtod(std::string(cell.substr(1)).c_str(), nullptr));
      else if (!cell.empty() && !table.set(i, cell))
        return 0;
    }
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    (void)layout().keeps(table, row, scratch);  // must only not crash
    for (std::size_t i = 0; i < layout().fields().size(); ++i) {
      auto told = layout().explain(table, row, i, scratch);
      auto got = layout().value(table, row, i, scratch);
      if (got.is_null != (told.result == "(none)") || got.is_null == told.why.empty()) std::abort();
      if (!got.is_null && layout().fields()[i].number && !(got.number - got.number == 0)) std::abort();
    }
  }
  return 0;
}
