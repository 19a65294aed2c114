#pragma once

#include <string_view>

namespace holter::api {

/// The program's version, from project(VERSION) in CMakeLists.txt.
inline constexpr std::string_view kVersion = HOLTER_VERSION;

}  // namespace holter::api
