#include "read/xml_expression.h"

#include <fmt/format.h>

#include "base/units.h"
#include "read/xml_rows.h"

namespace holter::read {
namespace {

constexpr int kMaxSlashes = 10;
constexpr int kMaxStars = 5;
constexpr int kMaxNesting = 32;
/// Each can lead from every node to every other: with one in a condition or a column, time grows as the square.
constexpr std::string_view kFarAxes[] = {"descendant", "preceding", "following", "ancestor", "parent"};

bool stands_alone(std::string_view rest) {
  const auto next = rest.find_first_not_of(" \t\r\n");
  return next == std::string_view::npos || rest[next] == '|';
}

/// Why what stands at the front of `text` is not allowed where only what is near may be looked at; empty: it is.
std::string_view looks_far(std::string_view text, char before) {
  const bool in_name = (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z') || before == '-';
  if (text.starts_with("..")) return "'..'";
  if (in_name) return {};
  for (auto axis : kFarAxes)
    if (text.starts_with(axis) && text.substr(axis.size()).starts_with(axis == "parent" ? "::" : "")) {
      const auto rest = text.substr(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"));
      if (rest.starts_with("::")) return axis;
    }
  return {};
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
      const auto far = looks_far(here, before);
      const bool absolute = c == '/' && (before == '\0' || std::string_view("[(|,=<>+-!").contains(before));
      if (!far.empty() || absolute || (conditions > 0 && here.starts_with("//")))
        return xpath_error(text, i,
                           conditions > 0 ? "a condition may look at children and attributes only"
                                          : "a column may look at what is below its node only");
    }
    if (c != ' ' && c != '\t') before = c;
  }
  return {};
}

}  // namespace holter::read
