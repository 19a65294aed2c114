#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace re2 {
class RE2;
}

// Inside of this folder: what a JSONPath compiles to.
namespace holter::read {

struct JsonFilter;

struct JsonStep {
  enum class Kind : std::uint8_t { kNames, kAny, kIndexes, kSlice, kFilter };
  Kind kind = Kind::kAny;
  bool deep = false;                  ///< `..`: also below, at any level
  std::vector<std::string> names;     ///< kNames: more than one is a union
  std::vector<std::int64_t> indexes;  ///< kIndexes: negative counts from the end
  std::optional<std::int64_t> from, to;
  std::int64_t stride = 1;  ///< kSlice; not 0
  std::shared_ptr<const JsonFilter> filter;

  /// Leads to one value at most.
  bool definite() const {
    return !deep && ((kind == Kind::kNames && names.size() == 1) || (kind == Kind::kIndexes && indexes.size() == 1));
  }
};

enum class JsonFunction : std::uint8_t { kNone, kLength, kMin, kMax, kAvg, kSum };

struct JsonSteps {
  bool from_root = true;  ///< `$`; else `@`
  std::vector<JsonStep> steps;
  JsonFunction function = JsonFunction::kNone;

  bool definite() const {
    for (const auto& step : steps)
      if (!step.definite()) return false;
    return true;
  }
};

struct JsonOperand {
  enum class Kind : std::uint8_t { kPath, kNull, kTrue, kFalse, kNumber, kString };
  Kind kind = Kind::kNull;
  JsonSteps path;
  std::string text;  ///< of a literal
};

/// A condition on one value.
struct JsonFilter {
  enum class Kind : std::uint8_t {
    kAnd,
    kOr,
    kNot,
    kExists,
    kEqual,
    kUnequal,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kMatches
  };
  Kind kind = Kind::kExists;
  std::vector<JsonFilter> parts;  ///< of and, or, not
  JsonOperand left, right;
  std::shared_ptr<const re2::RE2> pattern;
  bool needs_root = false;  ///< a `$` stands in it: the whole document must be there
};

/// Errors: kInvalidArgument, "cannot compile JSONPath ...: column N: ...".
Result<JsonSteps> parse_json_path(std::string_view text);

}  // namespace holter::read
