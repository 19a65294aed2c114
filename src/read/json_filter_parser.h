#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "read/json_steps.h"

// Inside of this folder: the parts of the JSONPath compiler that its two files share.
namespace holter::read {

/// A place in the text of a path.
class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ == text_.size(); }
  /// The byte here; NUL at the end.
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  char next() { return text_[at_++]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  std::string_view rest() const { return text_.substr(at_); }
  /// What stands before the first of `stops`, or before the end.
  std::string_view until(std::string_view stops);
  Result<std::int64_t> integer();
  /// A text in single or double quotes; a backslash takes the meaning from the next byte.
  Result<std::string> quoted();
  Error error(std::string_view what) const;

  /// Filters may stand in filters.
  static constexpr int kMaxNesting = 16;
  int nesting = 0;

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Steps up to one of `stops` that stands outside of brackets, or to the end.
Result<JsonSteps> parse_json_steps(JsonCursor& at, std::string_view stops);
/// The condition after `?`, in parentheses or not.
Result<JsonFilter> parse_json_filter(JsonCursor& at);

}  // namespace holter::read
