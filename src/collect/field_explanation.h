#pragma once

#include <string>
#include <vector>

#include "expr/explain.h"

namespace holter::collect {

/// The way of one value from the raw row to the result, for `holter probe --explain`. Owns its texts; each foreign one
/// is cut to kMaxShown bytes. Of a secret field only the name and whether there is a value is told.
struct FieldExplanation {
  static constexpr std::size_t kMaxShown = expr::Explanation::kMaxShown;

  struct Cell {
    std::string alias;
    std::string value;  ///< as a literal: 12, 1.5, "text", null
  };
  std::string field;
  std::vector<Cell> cells;  ///< raw cells that were read, in order of first use; none: nothing feeds the field
  /// Of a computed field: its source text, and the evaluation step by step. Both empty for a plain one.
  std::string expression;
  expr::Explanation evaluation;
  /// What was found, before conversion and rounding, as a literal; "(none)" without a value.
  std::string found;
  /// Units: `from` is that of the data, or of the definition. Both empty: nothing was converted.
  std::string from, to;
  double factor = 1;     ///< of the conversion
  bool rounded = false;  ///< to 4 decimals, which changed the value
  std::string result;    ///< as it is kept: 29.5359, "text"; "(none)" without a value
  std::string why;       ///< "cannot ...": why there is no value; empty with one

  /// One line for each step: "used = 2310", "(used / total) * 100 = 29.53586...", "B -> MB: ...", "= 29.5359 %".
  std::vector<std::string> lines() const;
};

}  // namespace holter::collect
