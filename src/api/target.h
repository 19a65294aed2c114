#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::api {

inline constexpr std::size_t kMaxTargetBytes = 8 * 1024;
inline constexpr std::size_t kMaxQueryParams = 64;

/// A request target taken apart. All texts are percent-decoded, valid UTF-8 and free of control bytes.
struct Target {
  /// "/api/v1/monitors" -> {"api", "v1", "monitors"}; "/" -> {}. An escaped slash stays inside its segment, and dot
  /// segments are ordinary names: nothing here is a path of a file system.
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;  ///< in the order given; '+' is a blank
  std::string host;                                        ///< of an absolute target, with the port; else empty
};

/// Reads the origin form ("/a?b=c") or the absolute form ("http://localhost/a"), RFC 9112 section 3.2.
/// Errors: kInvalidArgument for what is neither (also "*"), bad percent-encoding, control bytes, text that is not
/// UTF-8, more than kMaxTargetBytes or kMaxQueryParams.
Result<Target> parse_target(std::string_view text);

/// Whether the value of a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with or without a port.
/// A browser that was lured by DNS rebinding sends the attacker's name there.
bool is_loopback_host(std::string_view host);

}  // namespace holter::api
