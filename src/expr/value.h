#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/check.h"

namespace holter::expr {

/// What an expression reads and yields: null, 64-bit integer, double, boolean, or a view of a text. 16 bytes; a text is
/// not owned: it lives in the caller's slots, in the program, or in the scratch memory.
class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kInteger, kDouble, kBoolean, kText };

  constexpr Value() = default;
  static constexpr Value of(std::signed_integral auto value) {
    Value v(Kind::kInteger);
    v.integer_ = value;
    return v;
  }
  static constexpr Value of(double value) {
    Value v(Kind::kDouble);
    v.number_ = value;
    return v;
  }
  static constexpr Value of(bool value) {
    Value v(Kind::kBoolean);
    v.integer_ = value ? 1 : 0;
    return v;
  }
  /// `text` has less than 4 GiB.
  static constexpr Value of(std::string_view text) {
    CHECK(text.size() <= std::numeric_limits<std::uint32_t>::max());
    Value v(Kind::kText);
    v.length_ = static_cast<std::uint32_t>(text.size());
    v.text_ = text.data();
    return v;
  }
  /// Without it a literal would become a boolean.
  static constexpr Value of(const char* text) { return of(std::string_view(text)); }

  constexpr Kind kind() const { return kind_; }
  constexpr bool is_null() const { return kind_ == Kind::kNull; }
  constexpr bool is_text() const { return kind_ == Kind::kText; }
  constexpr bool is_boolean() const { return kind_ == Kind::kBoolean; }
  constexpr bool is_integer() const { return kind_ == Kind::kInteger; }
  constexpr bool is_double() const { return kind_ == Kind::kDouble; }
  constexpr bool is_number() const { return is_integer() || is_double(); }

  // Each is for values of that kind only.
  constexpr std::int64_t integer() const { return integer_; }
  constexpr double number() const { return number_; }
  constexpr bool boolean() const { return integer_ != 0; }
  constexpr std::string_view text() const { return {text_, length_}; }
  /// Integers and doubles.
  constexpr double as_double() const { return is_double() ? number_ : static_cast<double>(integer_); }

  /// Same kind and same content; NaN is like NaN, and 1 is not like 1.0. For tests and tables, not for `==` of the
  /// language.
  bool same_as(const Value& other) const;

 private:
  constexpr explicit Value(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::kNull;
  std::uint32_t length_ = 0;
  union {
    std::int64_t integer_ = 0;
    double number_;
    const char* text_;
  };
};

/// Most bytes of a number or boolean as text.
inline constexpr std::size_t kMaxScalarText = 32;

/// The value as the language writes it when it becomes text: `12`, `12.0`, `1.0E10` (as Java's String.valueOf), `true`,
/// `null`, and a text as it is. Numbers are written into `buffer`; the rest is a view.
std::string_view to_text(const Value& value, char (&buffer)[kMaxScalarText]);

/// As a literal of the language: texts in double quotes, escaped; what can be compiled again gives the same value
/// (NaN and infinities, for which there is no literal, excepted).
std::string to_literal(const Value& value);

}  // namespace holter::expr
