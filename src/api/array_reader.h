#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace holter::api {

/// Takes the objects out of the text of a JSON array one by one, so that a long array never stands in memory as a
/// tree. What is between the braces of an object is looked at only as far as finding its end needs.
/// Lifetime: the text must outlive it.
class ArrayReader {
 public:
  explicit ArrayReader(std::string_view text) : rest_(text), size_(text.size()) {}

  /// The next object's text; nothing at the end of the array. Errors: kInvalidArgument, naming the place, for what is
  /// no array of objects; the reader is at its end then.
  Result<std::optional<std::string_view>> next();

 private:
  void skip_blanks();
  bool take(char c);
  std::optional<std::string_view> take_object();
  Error bad(std::string_view wanted);

  std::string_view rest_;
  const std::size_t size_;
  bool begun_ = false, ended_ = false;
};

}  // namespace holter::api
