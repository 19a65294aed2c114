#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/row_sink.h"

namespace re2 {
class RE2;
}

namespace holter::read {

/// Rows of any text by a regular expression: the parse type `regex`, an extension of the definition format. A row for
/// each match that is not empty, in order, without overlaps; an alias is a named group, nothing where the group took no
/// part. RE2's syntax, linear time. Compiled once; frozen; for any number of threads.
class RegexRows {
 public:
  static constexpr std::size_t kMaxRows = 10'000;

  struct Summary {
    std::size_t rows = 0;
    std::size_t matches = 0;  ///< those beyond kMaxRows are left out
  };

  /// Errors: kInvalidArgument: an empty or wrong expression, or one without a named group; kTooLarge.
  static Result<RegexRows> compile(std::string_view expression, std::vector<std::string> aliases);

  /// Errors: kProtocolViolation: no match at all, which is an answer of another kind; kResourceExhausted when the sink
  /// refuses.
  Result<Summary> read(std::string_view text, RowSink& sink) const;

 private:
  std::shared_ptr<const re2::RE2> expression_;
  std::vector<int> groups_;  // of each column; -1: none
  int most_group_ = 0;
};

}  // namespace holter::read
