#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace holter::catalog {

/// A secret inside of a JSON document: a member whose value is a string that begins with this, and goes on with a
/// sealed text as docs/formats/secrets.md has it: {"password":"sealed:v1.<key id>.<Base64>"}. It is written without
/// escapes, and it is a member of an object, for its name says what it is. Who stores documents must take no other text
/// that begins so from users: is_sealed_text() tells.
constexpr std::string_view kSealedPrefix = "sealed:";
constexpr std::size_t kMostSealedValues = 64;  ///< of one document

struct SealedValue {
  std::string field;  ///< the member's name
  std::string value;  ///< the sealed text, without the prefix
  friend bool operator==(const SealedValue&, const SealedValue&) = default;
};

/// The JSON string's text that stands for a sealed text; as long as `sealed` has only the characters of such
/// (letters, digits, '.', '-', '_'), it needs no escapes.
std::string to_sealed_text(std::string_view sealed);
/// Whether a string of a document begins as one that is sealed.
bool is_sealed_text(std::string_view text);

/// All sealed values of a document, in its order. Of the document only its strings are looked at. Errors:
/// kInvalidArgument for one in an array, one with other characters, one whose name has escapes or more than 256 bytes,
/// for more than kMostSealedValues, and for a string without an end; without any value.
Result<std::vector<SealedValue>> find_sealed_values(std::string_view json);

/// The document with `sealed` in the place of `old.value`, wherever a member of that name has it. std::nullopt when
/// none has.
std::optional<std::string> replace_sealed_value(std::string_view json, const SealedValue& old, std::string_view sealed);

}  // namespace holter::catalog
