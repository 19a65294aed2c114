#include "model/marked_name.h"

#include <algorithm>

namespace holter::model {
namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

}  // namespace

std::optional<MarkedName> find_marked_name(std::string_view text, std::string_view mark, std::size_t from) {
  for (auto at = text.find(mark, from); at != std::string_view::npos; at = text.find(mark, at + 1)) {
    auto name = text.substr(at + mark.size());
    name = name.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(name, is_name_byte) - name.begin()));
    auto behind = at + mark.size() + name.size();
    if (!name.empty() && text.substr(behind).starts_with(mark)) return MarkedName{at, behind + mark.size(), name};
  }
  return std::nullopt;
}

}  // namespace holter::model
