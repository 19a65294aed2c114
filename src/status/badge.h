#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "status/state.h"

namespace holter::status {

struct Badge {
  std::string label, value;
  std::string_view colour;  ///< of the value's side, "#rrggbb"
};

/// What a badge says of a state, in Chinese where `language` is one of zh, else in English.
Badge status_badge(std::string_view label, State state, std::string_view language);
Badge uptime_badge(std::string_view label, std::optional<double> availability, std::string_view language);

/// A badge as SVG 1.1: two fields with a text each, as wide as the texts are thought to be. No scripts, no styles, no
/// references; well-formed whatever the texts hold. Labels and values are cut at kMostBadgeText characters.
std::string write_badge(const Badge& badge);
inline constexpr std::size_t kMostBadgeText = 60;

/// About how wide a text is in an 11 px sans-serif, in px: the widths of Verdana by groups of characters; a wide
/// character (CJK) is 11.
unsigned text_width(std::string_view text);

}  // namespace holter::status
