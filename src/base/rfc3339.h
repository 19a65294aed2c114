#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace holter {

/// A time as RFC 3339 has it: "2026-11-24T10:00:00Z", with a fraction (digits beyond milliseconds are dropped), with an
/// offset, with a blank for the T. A blank for the '+' of the offset is taken, too: that is what a query makes of it.
/// std::nullopt for anything else, and for days that there are not. Its counterpart is format_time() (base/units.h).
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace holter
