#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "expr/value.h"
#include "read/json_steps.h"
#include "read/json_tree.h"
#include "read/meter.h"

// Inside of this folder: a compiled path on a tree.
namespace holter::read {

using JsonNodes = MeteredVector<std::uint32_t>;

/// What all evaluations of one reading share: the values looked at, so that no path takes for ever on a hostile
/// document.
class JsonWork {
 public:
  /// False when there were more than JsonPath::kMaxVisits.
  [[nodiscard]] bool visit(std::uint64_t values);
  bool exhausted() const { return exhausted_; }

 private:
  std::uint64_t visits_ = 0;
  bool exhausted_ = false;
};

/// How missing members are met.
enum class JsonMissing : std::uint8_t {
  kError,  ///< before the last part of a path, where it so far leads to one value
  kNone,   ///< no value
};

class JsonEvaluator {
 public:
  /// `root` is what `$` stands for. All must outlive the evaluator.
  JsonEvaluator(JsonTree& tree, std::uint32_t root, Meter& meter, JsonWork& work)
      : tree_(tree), root_(root), meter_(meter), work_(work) {}

  /// The values that the parts from `first` on lead to from `node`, into `out` (emptied before). `definite`: the parts
  /// before lead to one value. What a function yields becomes a node at the end of the tree. Errors: kNotFound,
  /// kTooLarge, kResourceExhausted; messages begin with the part.
  Status run(const JsonSteps& steps, std::size_t first, std::uint32_t node, bool definite, JsonMissing missing,
             JsonNodes& out);
  Result<bool> test(const JsonFilter& filter, std::uint32_t node);
  /// Where a definite path without a function leads to from `node`; kNone when something is missing, or when there was
  /// too much work.
  std::uint32_t walk(const JsonSteps& steps, std::uint32_t node);

 private:
  struct Operand {
    bool missing = true;
    JsonKind kind = JsonKind::kNull;
    std::string_view text;
    std::uint32_t node = JsonTree::kNone;
    char buffer[expr::kMaxScalarText];
  };

  /// run() without the function at the end.
  Status run_parts(const JsonSteps& steps, std::size_t first, std::uint32_t node, bool definite, JsonMissing missing,
                   JsonNodes& out);
  bool apply(const JsonStep& step, std::uint32_t node, JsonNodes& out);
  bool apply_here(const JsonStep& step, std::uint32_t node, JsonNodes& out);
  bool apply_indexes(const JsonStep& step, std::uint32_t node, JsonNodes& out);
  bool apply_slice(const JsonStep& step, std::uint32_t node, JsonNodes& out);
  bool add_if(const JsonFilter& filter, std::uint32_t node, JsonNodes& out);
  std::uint32_t element(std::uint32_t array, std::int64_t index);
  Status operand(const JsonOperand& source, std::uint32_t node, Operand& out);
  Result<bool> exists(const JsonOperand& source, std::uint32_t node);
  /// nullopt: there is nothing to compute from.
  std::optional<expr::Value> compute(JsonFunction function, bool definite, const JsonNodes& nodes);
  Status failure() const;

  JsonTree& tree_;
  const std::uint32_t root_;
  Meter& meter_;
  JsonWork& work_;
  std::optional<Error> error_;  // of a filter inside of apply()
};

/// kNotFound when `step`, which is not the `last`, finds nothing at a value of `kind`, or cannot find anything there.
/// For steps whose path so far leads to one value.
Status check_missing(const JsonStep& step, std::size_t number, bool last, JsonKind kind);
std::string_view name_of(JsonKind kind);

}  // namespace holter::read
