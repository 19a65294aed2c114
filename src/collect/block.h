#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/definition.h"

namespace holter::collect {

// What most protocols read from their block in the same way.

/// `timeout` of the block in ms: at least 1, at most 10 minutes; the format truncates fractions and falls back to the
/// default for what is blank or not a number.
milliseconds timeout_of(const model::Node& block, milliseconds otherwise = milliseconds(6000));

/// `host` without a scheme and without a port behind it; brackets around an IPv6 address stay.
struct Host {
  std::string name;
  std::string scheme;  ///< "http" or "https" when the text had one, else empty
};
/// Errors: kInvalidArgument when it is empty.
Result<Host> host_of(const model::Node& block);

/// A port of 1 to 65535. Errors: kInvalidArgument.
Result<std::uint16_t> port_of(const model::Node& block, std::uint16_t otherwise = 0);

/// Equality ignoring case (ASCII).
bool same_text(std::string_view a, std::string_view b);

/// Index of the alias that equals `name` ignoring case, or -1.
int find_alias(const std::vector<std::string>& aliases, std::string_view name);

}  // namespace holter::collect
