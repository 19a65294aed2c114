#pragma once

#include <string>
#include <string_view>

namespace holter::api {

/// A foreign text as a path of this server, fit for a Location field: "/a?b#c", with what no URL may have encoded. "/"
/// where it is anything else, above all what leads elsewhere: "//evil.example", "/\evil.example" (which browsers read
/// alike, URL Standard, 4.4).
std::string local_path(std::string_view text);

}  // namespace holter::api
