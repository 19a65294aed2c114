#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "memory/account.h"
#include "read/row_sink.h"

namespace holter::read {

class PropertySink {
 public:
  virtual ~PropertySink() = default;
  /// Key and value without escapes, valid during the call. An error ends the reading and is handed on.
  virtual Status property(std::string_view key, std::string_view value) = 0;
};

inline constexpr std::size_t kMaxPropertyLine = 1 << 20;  ///< bytes of a key with its value, continued lines included

/// Reads text in the format of Java's Properties.load(): `key=value`, with `:` or blanks as separators, too; `#` and
/// `!` begin comments; a backslash at the end continues a line; escapes \t \n \r \f \uXXXX, and of any other byte
/// itself. Errors: kTooLarge beyond kMaxPropertyLine; kProtocolViolation for a wrong \uXXXX, with the line;
/// kResourceExhausted.
Status read_properties(std::string_view text, memory::Account& account, PropertySink& sink);

/// Rows of the parse type `config` (format section 5.1). Frozen; for any number of threads.
class PropertyRows {
 public:
  static constexpr std::size_t kMaxHeldBytes = 16 << 20;
  static constexpr std::size_t kMaxRows = 10'000;

  /// Without `script` there is one row; an alias is a full key, and the row exists when at least one key does. With a
  /// script `users` there is a row for each n with a key `users[n].<...>`, ascending, and an alias is what follows the
  /// point. Of several values of one key the last counts.
  PropertyRows(std::string_view script, std::vector<std::string> aliases);

  /// Errors: those of read_properties(); kProtocolViolation for a text of nothing but blanks; kTooLarge beyond
  /// kMaxRows; kResourceExhausted, also when the sink refuses.
  Status read(std::string_view text, memory::Account& account, RowSink& sink) const;

 private:
  friend class PropertyCells;
  std::string prefix_;  // `users[`; empty: one row
  std::vector<std::string> aliases_;
  std::vector<std::uint32_t> sorted_;  // columns by alias
};

}  // namespace holter::read
