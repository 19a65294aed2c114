#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace holter::collect::sftp {

// What a server sends, without the length in front.

inline std::string u32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}
inline std::string text(std::string_view value) {
  return u32(static_cast<std::uint32_t>(value.size())).append(value);
}
inline std::string version(std::uint32_t number) {
  return "\x02" + u32(number);
}
inline std::string status(std::uint32_t id, std::uint32_t code, std::string_view message) {
  return "\x65" + u32(id) + u32(code) + text(message) + text("en");
}
inline std::string handle(std::uint32_t id, std::string_view name) {
  return "\x66" + u32(id) + text(name);
}
inline std::string attributes(std::uint32_t id, std::string_view rest) {
  return ("\x69" + u32(id)).append(rest);
}
/// With the length.
inline std::string packet(std::string_view body) {
  return text(body);
}

}  // namespace holter::collect::sftp
