#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace holter::model {

/// A table of plain columns, to be handed out in some format. All columns are equally long.
struct Table {
  struct Times {
    std::vector<std::int64_t> ms;  ///< since 1970 UTC; 0: none
  };
  struct Column {
    std::string name;
    /// NaN: none.
    std::variant<Times, std::vector<double>, std::vector<std::uint64_t>, std::vector<std::string>> values;
  };
  std::vector<Column> columns;

  std::size_t rows() const {
    if (columns.empty()) return 0;
    return std::visit(
        [](const auto& values) {
          if constexpr (requires { values.ms; })
            return values.ms.size();
          else
            return values.size();
        },
        columns.front().values);
  }
};

}  // namespace holter::model
