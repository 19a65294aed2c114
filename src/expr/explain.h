#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/evaluate.h"

namespace holter::expr {

/// An evaluation told step by step, for --explain and for messages of alerts. Owns its texts; values are cut to
/// kMaxShown bytes.
struct Explanation {
  static constexpr std::size_t kMaxShown = 120;

  struct Step {
    std::string expression;  ///< a part of the source
    std::string value;       ///< as a literal, or "(none)" where it failed
  };
  std::vector<Step> inputs;  ///< the names that were read, each once, in order of first use
  std::vector<Step> steps;   ///< each operator and call in the order of evaluation; the last is the whole
  std::string result;        ///< as a literal; "(none)" without one
  Reason reason = Reason::kNone;
  std::string why;  ///< "cannot compute used / total: division by zero, used is 3, total is 0"; empty with a result

  /// "used=3 total=4 -> 75", or "used=3 total=null -> (none): cannot compute used / total: null operand, used is 3,
  /// total is null".
  std::string summary() const;
};

/// Evaluates as evaluate() does, and writes down each sub-expression with its value. Branches that are not taken do not
/// show.
Explanation explain(const Program& program, std::span<const Value> slots, Scratch& scratch);

}  // namespace holter::expr
