#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/code.h"

namespace holter::expr {

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kNumber,
    kText,
    kName,
    kOpen,
    kClose,
    kOpenList,
    kCloseList,
    kComma,
    kDot,
    kQuestion,
    kColon,
    kPlus,
    kMinus,
    kStar,
    kSlash,
    kPercent,
    kNot,
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kMatches,
    kNotMatches,
  };
  Kind kind = Kind::kEnd;
  Span span;
};

/// "cannot compile expression <text>, column N: <what>", N counted in characters from 1. `at` is a byte of `source`.
Error error_at(std::string_view source, std::size_t at, std::string_view what,
               ErrorCode code = ErrorCode::kInvalidArgument);

/// All tokens, the last of which is kEnd. `source` has at most kMaxSource bytes. Words that are operators (`and`...)
/// are kName: whether they are, the parser knows.
Result<std::vector<Token>> tokenize(std::string_view source);

/// The value of a kNumber token.
Result<Value> number_of(std::string_view source, Token token);
/// The content of a kText token: without quotes, escapes resolved.
Result<std::string> text_of(std::string_view source, Token token);

}  // namespace holter::expr
