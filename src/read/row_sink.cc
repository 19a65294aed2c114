#include "read/row_sink.h"

#include <algorithm>

namespace holter::read {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool is_request_alias(std::string_view alias) {
  return same_text(alias, "responseTime") || same_text(alias, "keyword");
}

}  // namespace holter::read
