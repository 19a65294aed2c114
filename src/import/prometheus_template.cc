#include "import/prometheus_template.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "import/tree.h"

namespace holter::imports {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// What a tag of Mustache can name below "labels".
bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == ':' || c == '/' || c >= 0x80;
  });
}

/// An identifier, as a field of Go is: no other name can stand behind a dot.
bool is_field(std::string_view name) {
  return is_name(name) && name.find_first_of("-:/") == std::string_view::npos;
}

/// The tag of Mustache for what stands between "{{" and "}}"; empty when there is none.
std::string tag_of(std::string_view action) {
  if (action == "$value" || action == ".Value") return "{{values.value}}";
  for (std::string_view labels : {"$labels.", ".Labels."})
    if (action.starts_with(labels) && is_field(action.substr(labels.size())))
      return fmt::format("{{{{labels.{}}}}}", action.substr(labels.size()));
  constexpr std::string_view kIndex = "index ";
  if (!action.starts_with(kIndex)) return "";
  auto rest = trim(action.substr(kIndex.size()));
  for (std::string_view labels : {"$labels ", ".Labels "}) {
    if (!rest.starts_with(labels)) continue;
    auto name = trim(std::string_view(rest).substr(labels.size()));
    bool quoted = name.size() > 2 && (name.front() == '"' || name.front() == '`') && name.back() == name.front();
    if (quoted && is_name(std::string_view(name).substr(1, name.size() - 2)))
      return fmt::format("{{{{labels.{}}}}}", std::string_view(name).substr(1, name.size() - 2));
  }
  return "";
}

/// Where the action ends whose "{{" is at `begin`: the place of its "}}", which may stand in strings of it, too.
std::size_t end_of_action(std::string_view text, std::size_t begin) {
  char quote = '\0';
  for (auto at = begin + 2; at + 1 < text.size(); ++at) {
    char c = text[at];
    if (quote != '\0') {
      if (c == '\\' && quote == '"')
        ++at;
      else if (c == quote)
        quote = '\0';
    } else if (c == '"' || c == '`') {
      quote = c;
    } else if (c == '}' && text[at + 1] == '}') {
      return at;
    }
  }
  return std::string_view::npos;
}

/// With single braces, of which Mustache makes nothing, so that it is shown. Other delimiters, which could show it as
/// it is, are not for templates of Holter.
std::string as_text(std::string_view text) {
  std::string out;
  for (char c : text)
    if ((c != '{' && c != '}') || !out.ends_with(c)) out += c;
  return out;
}

void trim_end(std::string& text) {
  auto last = text.find_last_not_of(kBlanks);
  text.resize(last == std::string::npos ? 0 : last + 1);
}

}  // namespace

TranslatedTemplate translate_template(std::string_view text) {
  TranslatedTemplate out;
  while (!text.empty()) {
    auto begin = std::min(text.find("{{"), text.size());
    out.text += text.substr(0, begin);
    text.remove_prefix(begin);
    if (text.empty()) break;
    auto end = end_of_action(text, 0);
    if (end == std::string_view::npos) {  // no template of Go either
      out.kept.emplace_back(text);
      out.text += as_text(text);
      break;
    }
    auto whole = text.substr(0, end + 2);
    auto action = whole.substr(2, whole.size() - 4);
    text.remove_prefix(whole.size());
    bool trims_before = action.size() > 1 && action.front() == '-' && kBlanks.find(action[1]) != std::string_view::npos;
    bool trims_behind =
        action.size() > 1 && action.back() == '-' && kBlanks.find(action[action.size() - 2]) != std::string_view::npos;
    if (trims_before) action.remove_prefix(1);
    if (trims_behind && !action.empty()) action.remove_suffix(1);
    auto inside = trim(action);
    bool comment = inside.starts_with("/*") && inside.ends_with("*/");
    auto tag = comment ? "" : tag_of(inside);
    if (comment || !tag.empty()) {
      if (trims_before) trim_end(out.text);
      out.text += tag;
      if (trims_behind) text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    } else {
      out.kept.emplace_back(whole);
      out.text += as_text(whole);
    }
  }
  return out;
}

}  // namespace holter::imports
