#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "collect/raw_table.h"
#include "model/definition.h"

namespace holter::collect {

/// From raw rows to result rows: which alias feeds which field, and how (format section 4.1). Made once per set of a
/// definition and shared by all monitors whose set resolves to the same texts.
class Layout {
 public:
  struct Field {
    std::string name, unit;
    bool number = false;
    bool label = false;
    bool exact = false;    ///< a number that is not rounded
    int column = -1;       ///< index of the alias; -1: none feeds it, always null
    std::string from, to;  ///< unit conversion asked for; empty: none
    double factor = 1;     ///< of (from, to), when the raw value carries no unit
  };

  /// Errors: kInvalidArgument for a `calculates` that is an expression: those are not evaluated yet.
  static Result<Layout> make(const model::SetDef& set, const std::vector<std::string>& aliases,
                             const std::vector<model::Calculate>& calculates,
                             const std::vector<model::UnitRule>& units);

  /// Each field is fed by the column of the same index.
  static Layout of(std::vector<Field> fields);

  struct Value {
    bool is_null = true;
    double number = 0;      ///< for number fields
    std::string_view text;  ///< for others; points into the table or into `scratch`, until it is used again
  };
  /// The value of field `field` in row `row`.
  Value value(const RawTable& table, std::size_t row, std::size_t field, std::string& scratch) const;

  std::span<const Field> fields() const { return fields_; }
  bool labelled() const { return labelled_; }
  std::size_t columns() const { return columns_; }

 private:
  std::vector<Field> fields_;
  std::size_t columns_ = 0;
  bool labelled_ = false;
};

}  // namespace holter::collect
