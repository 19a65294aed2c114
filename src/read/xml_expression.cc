#include "read/xml_expression.h"

#include <fmt/format.h>

#include "base/units.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

constexpr int kMaxSlashes = 10;
constexpr int kMaxStars = 5;
constexpr int kMaxNesting = 32;
bool stands_alone(std::string_view rest) {
  const auto next = rest.find_first_not_of(" \t\r\n");
  return next == std::string_view::npos || rest[next] == '|';
}

std::string_view without_blanks_at_end(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The name or number at the end of `text`.
std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && !std::string_view(" \t\r\n/[](),|=<>+*!:@'\"").contains(text[begin - 1])) --begin;
  return text.substr(begin);
}

/// Whether the axis before `::` leads from a node to others that are near: any other can lead from every node to every
/// other, and in a condition or a column time would grow as the square.
bool is_near_axis(std::string_view before, bool in_condition) {
  const auto axis = last_word(without_blanks_at_end(before));
  if (axis == "child" || axis == "attribute" || axis == "self") return true;
  return !in_condition && (axis == "descendant" || axis == "descendant-or-self");
}

/// Whether one side of a comparison is a single value: each node of one set is compared with each of the other.
bool has_single_side(std::string_view before, std::string_view after) {
  before = without_blanks_at_end(before);
  const auto word = last_word(before);
  if (before.ends_with(')') || before.ends_with('\'') || before.ends_with('"') || (!word.empty() && is_digit(word[0])))
    return true;
  const auto first = after.find_first_not_of(" \t\r\n=");
  if (first == std::string_view::npos) return false;
  after.remove_prefix(first);
  if (after[0] == '\'' || after[0] == '"' || after[0] == '-' || is_digit(after[0])) return true;
  const auto end = after.find_first_not_of("abcdefghijklmnopqrstuvwxyz-");
  return end != 0 && end != std::string_view::npos && after[end] == '(';
}

}  // namespace

Error xpath_error(std::string_view text, std::size_t at, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot compile XPath \"{}\": column {}: {}", excerpt(text, 120), at + 1, what)};
}

Status check_xpath(std::string_view text, bool column) {
  if (text.size() > XmlRows::kMaxExpression) return xpath_error(text, 0, "it is longer than 4096 bytes");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return xpath_error(text, 0, "it is empty");
  if (text.contains('\0')) return xpath_error(text, text.find('\0'), "a NUL");
  if (text.contains('$')) return xpath_error(text, text.find('$'), "variables are not known");
  int slashes = 0, stars = 0, conditions = 0, nesting = 0;
  char before = '\0';  // the last byte that is not a blank
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'' || c == '"') {
      const auto end = text.find(c, i + 1);
      if (end == std::string_view::npos) return xpath_error(text, i, "the quoted text has no end");
      i = end;
      before = c;
      continue;
    }
    conditions += c == '[' ? 1 : c == ']' ? -1 : 0;
    nesting += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
    if (nesting > kMaxNesting) return xpath_error(text, i, "it nests deeper than 32 levels");
    if (c == '/' && ++slashes > kMaxSlashes) return xpath_error(text, i, "it has more than 10 '/'");
    if (c == '*' && ++stars > kMaxStars) return xpath_error(text, i, "it has more than 5 '*'");
    const auto here = text.substr(i);
    for (std::string_view all : {"//*", "//node()"})
      if (here.starts_with(all) && stands_alone(here.substr(all.size())))
        return xpath_error(text, i, "it would lead to every node");
    if (conditions > 0 || column) {
      const bool absolute = c == '/' && (before == '\0' || std::string_view("[(|,=<>+-!").contains(before));
      const bool far = here.starts_with("..") || absolute || (conditions > 0 && here.starts_with("//")) ||
                       (here.starts_with("::") && !is_near_axis(text.substr(0, i), conditions > 0));
      if (far)
        return xpath_error(text, i,
                           conditions > 0 ? "a condition may look at children and attributes only"
                                          : "a column may look at what is below its node only");
    }
    const bool compares = c == '<' || c == '>' || (c == '=' && !std::string_view("<>").contains(before));
    if (compares && !has_single_side(text.substr(0, before == '!' ? i - 1 : i), here.substr(1)))
      return xpath_error(text, i, "one side of a comparison must be a number, a text or a function");
    if (c != ' ' && c != '\t') before = c;
  }
  return {};
}

}  // namespace holter::read
