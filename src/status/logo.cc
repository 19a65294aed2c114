#include "status/logo.h"

#include <cstdint>

#include <fmt/format.h>

namespace holter::status {
namespace {

/// 0 to 63; 64: no such character.
std::uint32_t value_of(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  auto digits = text.substr(0, text.size() - padding);
  std::string out;
  out.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : digits) {
    auto value = value_of(c);
    if (value > 63) return std::nullopt;
    bits = (bits << 6 | value) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xff);
  }
  // What is left over must be 0, so that one text stands for one picture.
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return out;
}

std::string_view picture_type(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff"sv)) return "image/jpeg";
  constexpr std::size_t kHead = 12;  // "RIFF", the length, "WEBP"
  if (bytes.size() > kHead && bytes.starts_with("RIFF"sv) && bytes.substr(8, 4) == "WEBP"sv) return "image/webp";
  return "";
}

Checked<Logo> read_logo(std::string_view base64) {
  Fault too_long{"logo", fmt::format("cannot take a logo of more than {} bytes", kMostLogoBytes)};
  if (base64.size() > kMostLogoText) return std::unexpected(too_long);
  auto bytes = decode_base64(base64);
  if (!bytes) return std::unexpected(Fault{"logo", "cannot read it: base64 with its padding is needed"});
  if (bytes->size() > kMostLogoBytes) return std::unexpected(too_long);
  auto type = picture_type(*bytes);
  if (type.empty()) return std::unexpected(Fault{"logo", "cannot use this picture: a PNG, JPEG or WebP is needed"});
  return Logo{std::move(*bytes), type};
}

}  // namespace holter::status
