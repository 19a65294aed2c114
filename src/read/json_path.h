#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "read/json_tree.h"

namespace holter::read {

struct JsonPlan;
struct JsonSteps;

/// Takes what a path leads to, value by value.
class JsonResults {
 public:
  virtual ~JsonResults() = default;
  /// `node` and all below it are valid during the call. An error ends the reading and is handed on.
  virtual Status value(const JsonTree& tree, std::uint32_t node) = 0;
};

/// A JSONPath, compiled once (docs/json-path.md). Frozen, cheap to copy, for any number of threads.
///
/// Reading is one pass over the text, always to its end. Names, indexes, wildcards and slices at the front of the path
/// are matched as the text goes by, and only the values that they lead to are kept, one at a time; recursive descent,
/// functions, unions, negative indexes, and filters with `$` need what is below the place where they stand.
/// Of members with the same name the first counts, but for wildcards, which see all.
class JsonPath {
 public:
  static constexpr std::size_t kMaxText = 4096;            ///< of a path
  static constexpr std::size_t kMaxDocument = 256 << 20;   ///< bytes of a text
  static constexpr std::size_t kMaxHeldBytes = 16 << 20;   ///< memory of one reading, charged to the account
  static constexpr std::uint64_t kMaxVisits = 20'000'000;  ///< values looked at in one reading

  /// Errors: kInvalidArgument, "cannot compile JSONPath "..": column N: ...".
  static Result<JsonPath> compile(std::string_view text);

  const std::string& text() const { return text_; }
  /// Whether it leads to one value at most.
  bool definite() const;

  /// Calls `results` for each value, in document order (unions: in the order of the union). A missing last member gives
  /// none. Errors: kProtocolViolation: no JSON; kNotFound: a member before the last is missing, or is no object, where
  /// the path so far leads to one value; kTooLarge: document, depth, visits; kResourceExhausted: the account or
  /// kMaxHeldBytes; any error of `results`.
  Status read(std::string_view document, memory::Account& account, JsonResults& results) const;

  // Inside of this folder.
  const JsonSteps& steps() const { return *steps_; }
  /// A failure of evaluation, with the path named.
  Status named(Status status) const;

 private:
  std::string text_;
  std::shared_ptr<const JsonSteps> steps_;
  std::shared_ptr<const JsonPlan> plan_;
};

}  // namespace holter::read
