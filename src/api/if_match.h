#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/message.h"
#include "api/owned_monitors.h"

namespace holter::api {

/// The version that a change is of, by If-Match (RFC 9110, section 13.1.1): one entity tag, or "*" for any, which is
/// nothing here. What cannot be a tag of this server matches nothing, as version 0 does. `what`: "a monitor". Problems:
/// 400; 428 where it is missing and `needed` (RFC 6585, section 3).
Answered<std::optional<std::uint64_t>> version_of(const Request& request, bool needed, std::string_view what);

}  // namespace holter::api
