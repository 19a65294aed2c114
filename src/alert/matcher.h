#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/alert.h"

namespace re2 {
class RE2;
}
namespace holter::expr {
class RegexPool;
}

namespace holter::alert {

inline constexpr std::size_t kMostMatchers = 64;        ///< in a list
inline constexpr std::size_t kMostMatcherBytes = 4096;  ///< names and values of a list together
inline constexpr std::size_t kMostMatcherText = 16384;  ///< a list as it is written: blanks and escapes, too

enum class MatchOp : std::uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };
/// "=", "!=", "=~", "!~".
std::string_view to_string(MatchOp op);

/// A condition on one label, as Alertmanager's documentation has it: a label that is missing is the empty text, and a
/// regular expression (RE2) must match the whole value. Frozen; copies share the compiled expression.
class Matcher {
 public:
  /// Name and value are UTF-8, and the name is not empty. With a `pool`, equal regular expressions are compiled once,
  /// and the pool's owner accounts for them. Errors: kInvalidArgument; kTooLarge for an expression that is too large,
  /// one that the pool has no place for, or a name and value above kMostMatcherBytes.
  static Result<Matcher> make(std::string name, MatchOp op, std::string value, expr::RegexPool* pool = nullptr);

  /// `value`: of the label with this name, "" where there is none.
  bool matches(std::string_view value) const;
  bool matches(const model::Labels& labels) const { return matches(model::label_of(labels, name_)); }

  const std::string& name() const { return name_; }
  MatchOp op() const { return op_; }
  const std::string& value() const { return value_; }
  /// For an account: what lies outside of the object, with expr::kRegexBytes for an expression that no pool has.
  std::size_t held_bytes() const;
  /// The same name, operator and value.
  bool operator==(const Matcher& other) const;

 private:
  Matcher(std::string name, MatchOp op, std::string value)
      : name_(std::move(name)), value_(std::move(value)), op_(op) {}

  std::string name_, value_;
  std::shared_ptr<const re2::RE2> regex_;
  MatchOp op_;
  bool pooled_ = false;
};

using Matchers = std::vector<Matcher>;

/// Reads one matcher: `severity=~"critical|emergency"`. Name and value may stand in double quotes, with \" \\ and \n,
/// or without where they have no blank and none of {}!=~,\"'` in them; a name in quotes may be any UTF-8. Errors as of
/// Matcher::make(), with the place.
Result<Matcher> parse_matcher(std::string_view text, expr::RegexPool* pool = nullptr);
/// Reads a list: `{a="b", c!~"d.*"}`, with braces or without; a comma may stand behind the last. An empty one matches
/// everything. Errors as of Matcher::make(), with the place; kTooLarge above the bounds above.
Result<Matchers> parse_matchers(std::string_view text, expr::RegexPool* pool = nullptr);

/// What parse_matcher() reads; values in quotes, names only where they need them.
std::string to_string(const Matcher& matcher);
/// What parse_matchers() reads, with braces.
std::string to_string(std::span<const Matcher> matchers);
/// Labels in the same form: `{a="b", c="d"}`. Different labels have different texts.
std::string to_string(const model::Labels& labels);

/// All of them match; so does an empty list.
bool matches(std::span<const Matcher> matchers, const model::Labels& labels);
/// For an account.
std::size_t held_bytes(const Matchers& matchers);
/// For an account: what labels hold beside the vector itself.
std::size_t held_bytes(const model::Labels& labels);

}  // namespace holter::alert
