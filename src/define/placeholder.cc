#include "define/placeholder.h"

#include <algorithm>

namespace holter::define {
namespace {

constexpr std::string_view kMark = "^_^";

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

}  // namespace

std::optional<Placeholder> find_placeholder(std::string_view text, std::size_t from) {
  for (auto at = text.find(kMark, from); at != std::string_view::npos; at = text.find(kMark, at + 1)) {
    auto name = text.substr(at + kMark.size());
    name = name.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(name, is_name_byte) - name.begin()));
    auto behind = at + kMark.size() + name.size();
    if (!name.empty() && text.substr(behind).starts_with(kMark)) return Placeholder{at, behind + kMark.size(), name};
  }
  return std::nullopt;
}

std::string_view whole_placeholder(std::string_view text) {
  if (!text.starts_with(kMark)) return {};
  auto found = find_placeholder(text);
  return found && found->begin == 0 && found->end == text.size() ? found->name : std::string_view{};
}

}  // namespace holter::define
