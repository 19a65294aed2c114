#include "define/placeholder.h"

namespace holter::define {
namespace {

constexpr std::string_view kMark = "^_^";

}  // namespace

std::optional<Placeholder> find_placeholder(std::string_view text, std::size_t from) {
  return model::find_marked_name(text, kMark, from);
}

std::string_view whole_placeholder(std::string_view text) {
  if (!text.starts_with(kMark)) return {};
  auto found = find_placeholder(text);
  return found && found->begin == 0 && found->end == text.size() ? found->name : std::string_view{};
}

}  // namespace holter::define
