#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "status/json_reader.h"

namespace holter::status {

inline constexpr std::size_t kMostLogoBytes = 64 * 1024;
inline constexpr std::size_t kMostLogoText = (kMostLogoBytes + 2) / 3 * 4;  ///< the same in base64

struct Logo {
  std::string bytes;
  std::string_view content_type;  ///< "image/png", "image/jpeg" or "image/webp"; a literal
};

/// Of base64 (RFC 4648, section 4, with its padding). What it is, its first bytes say; nothing but PNG, JPEG and WebP
/// is taken: SVG could hold scripts. The member of a fault is "logo".
Checked<Logo> read_logo(std::string_view base64);

/// std::nullopt for anything that is not exactly base64 with its padding.
std::optional<std::string> decode_base64(std::string_view text);
/// What the picture is; empty: none of those that are taken.
std::string_view picture_type(std::string_view bytes);

}  // namespace holter::status
