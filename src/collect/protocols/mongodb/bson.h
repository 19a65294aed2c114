#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/charged_text.h"

namespace holter::collect::mongodb {

// BSON 1.1 (bsonspec.org): what commands are written in, and their answers.

/// Writes a document member by member; names hold no zeros.
class BsonWriter {
 public:
  BsonWriter& add(std::string_view name, std::string_view text);
  BsonWriter& add(std::string_view name, const char* text) { return add(name, std::string_view(text)); }
  BsonWriter& add(std::string_view name, std::int32_t value);
  BsonWriter& add(std::string_view name, bool value);
  BsonWriter& add_binary(std::string_view name, std::string_view bytes);
  BsonWriter& add(std::string_view name, const BsonWriter& document);

  std::string document() const;

 private:
  void begin(char type, std::string_view name);
  std::string members_;
};

/// A member of a document; its parts lie in the document.
struct BsonMember {
  std::uint8_t type = 0;
  std::string_view name;
  std::string_view bytes;  ///< of the value, as they stand there

  std::optional<std::string_view> text() const;    ///< of a string
  std::optional<std::string_view> binary() const;  ///< of any subtype
  std::optional<double> number() const;            ///< of a double, an integer or a boolean
};

/// Reads a document that a peer has sent, member by member.
class BsonReader {
 public:
  /// Errors: kProtocolViolation when the lengths of the document do not fit.
  static Result<BsonReader> of(std::string_view document);
  /// Nothing at the end. Errors: kProtocolViolation.
  Result<std::optional<BsonMember>> next();

 private:
  explicit BsonReader(std::string_view rest) : rest_(rest) {}
  std::string_view rest_;
};

/// The first member of that name. Errors: kProtocolViolation.
Result<std::optional<BsonMember>> find_member(std::string_view document, std::string_view name);

/// Appends the document to `out` as JSON: integers and doubles as numbers (1.0 stays 1.0), dates as RFC 3339, what JSON
/// has no word for as text: object ids, binary and decimal values in hexadecimal digits, NaN. Errors:
/// kProtocolViolation, also for more than kMostDepth documents in each other; those of ChargedText.
constexpr int kMostDepth = 32;
Status append_json(std::string_view document, net::ChargedText& out);

}  // namespace holter::collect::mongodb
