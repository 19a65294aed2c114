#include "api/local_path.h"

#include <algorithm>

#include <fmt/format.h>

namespace holter::api {

std::string local_path(std::string_view text) {
  // Browsers leave out tabs and line breaks, so that "/\t/" is "//".
  bool odd = std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; });
  if (!text.starts_with('/') || text.starts_with("//") || odd) return "/";
  std::string path;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte == 0x20 || byte > 0x7e || std::string_view("\"<>^`{|}").contains(c))
      path += fmt::format("%{:02X}", byte);
    else
      path += c;
  }
  return path;
}

}  // namespace holter::api
