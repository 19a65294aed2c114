#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holter::doctor {

enum class Level : std::uint8_t {
  kOk,
  kWarning,  ///< Holter runs, but something will not work, or not for long
  kError,    ///< `holter serve` would not start, or would lose what it measures
};

/// "ok", "warning", "error"
std::string_view to_string(Level level);

/// What one check found.
struct Finding {
  std::string check;  ///< its name, the same in every run: "data_dir"
  Level level = Level::kOk;
  std::string text;    ///< what is so, with the figures
  std::string advice;  ///< what to do, commands on lines of their own; empty when kOk

  bool operator==(const Finding&) const = default;
};

}  // namespace holter::doctor
