#include "catalog/rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::catalog {
namespace {

Error broken(std::string_view what, std::string_view text, std::string_view rule) {
  std::string scratch;
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot take the {} '{}': {}", what, as_utf8(text.substr(0, 60), scratch), rule)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Status check_text(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() > most)  // not quoted: it may be a secret
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot take the {}: it has {} bytes, and {} are the most", what, text.size(), most));
  for (std::size_t at = 0; at < text.size();) {
    auto length = text[at] == '\0' ? 0 : utf8_sequence(text.substr(at));
    if (length == 0)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot take the {}: byte {} is {}", what, at, text[at] == '\0' ? "NUL" : "no UTF-8"));
    at += length;
  }
  return {};
}

Status check_name(std::string_view what, std::string_view text, std::size_t most) {
  TRY_OK(check_text(what, text, most));
  if (text.empty()) return Error(ErrorCode::kInvalidArgument, fmt::format("cannot take the {}: it is empty", what));
  if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return broken(what, text, "it has a control character");
  if (text.front() == ' ' || text.back() == ' ') return broken(what, text, "it begins or ends with a blank");
  return {};
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (unsigned char c : bytes) {
    text += kDigits[c >> 4];
    text += kDigits[c & 15];
  }
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    auto high = hex_digit(text[at]);
    auto low = at + 1 < text.size() ? hex_digit(text[at + 1]) : -1;
    if (high < 0 || low < 0)
      return Error(ErrorCode::kCorruption, "cannot read sealed bytes: they are no hexadecimal text");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace holter::catalog
