#include "base/utf8.h"

#include <cstdint>

namespace holter {

std::size_t utf8_sequence(std::string_view text) {
  auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0}; };
  auto continues = [&](std::size_t i, std::uint8_t least = 0x80, std::uint8_t most = 0xbf) {
    return byte(i) >= least && byte(i) <= most;
  };
  auto first = byte(0);
  if (text.empty()) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    std::uint8_t least = first == 0xe0 ? 0xa0 : 0x80;
    std::uint8_t most = first == 0xed ? 0x9f : 0xbf;
    return continues(1, least, most) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    std::uint8_t least = first == 0xf0 ? 0x90 : 0x80;
    std::uint8_t most = first == 0xf4 ? 0x8f : 0xbf;
    return continues(1, least, most) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::string_view as_utf8(std::string_view text, std::string& scratch) {
  std::size_t good = 0;
  while (good < text.size()) {
    auto length = utf8_sequence(text.substr(good));
    if (length == 0) break;
    good += length;
  }
  if (good == text.size()) return text;
  scratch.assign(text.substr(0, good));
  while (good < text.size()) {
    auto length = utf8_sequence(text.substr(good));
    if (length == 0)
      scratch += "\xef\xbf\xbd";
    else
      scratch += text.substr(good, length);
    good += length == 0 ? 1 : length;
  }
  return scratch;
}

}  // namespace holter
