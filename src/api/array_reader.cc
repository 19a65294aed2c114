#include "api/array_reader.h"

#include <fmt/format.h>

namespace holter::api {

Error ArrayReader::bad(std::string_view wanted) {
  ended_ = true;
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot read the content: {} is needed at byte {}", wanted, size_ - rest_.size())};
}

void ArrayReader::skip_blanks() {
  auto at = rest_.find_first_not_of(" \t\r\n");
  rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
}

bool ArrayReader::take(char c) {
  skip_blanks();
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

/// From a brace to the one that closes it; braces in texts do not count.
std::optional<std::string_view> ArrayReader::take_object() {
  skip_blanks();
  if (!rest_.starts_with('{')) return std::nullopt;
  std::size_t depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    char c = rest_[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) {
      auto object = rest_.substr(0, i + 1);
      rest_.remove_prefix(i + 1);
      return object;
    }
  }
  return std::nullopt;
}

Result<std::optional<std::string_view>> ArrayReader::next() {
  if (ended_) return std::nullopt;
  bool first = !begun_;
  if (first && !take('[')) return bad("an array of objects");
  begun_ = true;
  if (take(']')) {
    ended_ = true;
    skip_blanks();
    if (!rest_.empty()) return bad("nothing more");
    return std::nullopt;
  }
  if (!first && !take(',')) return bad("',' or ']'");
  auto object = take_object();
  if (!object) return bad("an object");
  return object;
}

}  // namespace holter::api
