#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace holter::expr {

class RegexPool;

/// What is known of a value before it is there.
enum class Type : std::uint8_t { kUnknown, kNumber, kText, kBoolean, kNull };
std::string_view to_string(Type type);

/// Both dialects have the same grammar and yield the same values. In rules, what cannot be right by its types is an
/// error when compiled; in definitions, whose files come from elsewhere, it is a missing value when evaluated.
enum class Dialect : std::uint8_t { kDefinition, kRule };

/// The names that may stand in an expression, and what else it may use. The index of a name is its slot: where
/// evaluate() finds its value. Of equal names the first counts. Texts must live until compile() returns.
struct Scope {
  struct Name {
    std::string_view name;
    Type type = Type::kUnknown;
  };
  std::vector<Name> names;  ///< at most kMaxNames
  Dialect dialect = Dialect::kDefinition;
  Type result = Type::kUnknown;  ///< rules: what the whole must be; kUnknown: anything
  bool json = false;             ///< json:apply() may be used: the caller hands a JsonLookup to each evaluation
  RegexPool* regexes = nullptr;  ///< shares regular expressions with other programs; nullptr: has its own
  bool fold = true;  ///< compute constant parts once, when compiled; false only to test that it changes nothing

  static constexpr std::size_t kMaxNames = 65'535;
};

}  // namespace holter::expr
