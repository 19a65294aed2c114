#include "define/config_show.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::define {
namespace {

constexpr std::size_t kColumns = 118;

std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto end = std::min(text.find(between), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Nested maps, opened as the keys of the table need them.
class Sections {
 public:
  /// The lines that open the maps in which `path` lies.
  std::string open(const std::vector<std::string_view>& path) {
    std::size_t same = 0;
    while (same < open_.size() && same + 1 < path.size() && open_[same] == path[same]) ++same;
    open_.resize(same);
    std::string lines;
    for (; same + 1 < path.size(); ++same) {
      lines += fmt::format("{:{}}{}:\n", "", same * 2, path[same]);
      open_.push_back(path[same]);
    }
    return lines;
  }

 private:
  std::vector<std::string_view> open_;
};

/// Said in words: it depends on the machine, or means that there is none.
bool is_in_words(const ConfigKey& key) {
  return key.otherwise.find(' ') != std::string_view::npos;
}

/// Lines of a comment, as long as they may be.
std::string comment(std::string_view text, std::size_t indent) {
  std::string out, line;
  for (auto word : split(text, ' ')) {
    if (!line.empty() && indent + 2 + line.size() + 1 + word.size() > kColumns) {
      out += fmt::format("{:{}}# {}\n", "", indent, line);
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return out + fmt::format("{:{}}# {}\n", "", indent, line);
}

}  // namespace

std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view kPlain = "_./+-,:@%";
  auto is_plain = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPlain.find(c) != std::string_view::npos;
  };
  constexpr std::string_view kNotFirst = "-,:@%";
  if (!text.empty() && std::ranges::all_of(text, is_plain) && kNotFirst.find(text.front()) == std::string_view::npos &&
      !text.ends_with(':'))
    return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (byte < ' ' || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out + "\"";
}

std::string show_config(const GivenValues& given) {
  std::string out;
  Sections sections;
  for (const auto& key : config_keys()) {
    auto path = split(key.path, '.');
    out += sections.open(path);
    auto indent = (path.size() - 1) * 2;
    auto found = given.find(key.path);
    if (found == given.end() && is_in_words(key))
      out += fmt::format("{:{}}#{}:  # {}; default\n", "", indent, path.back(), key.otherwise);
    else if (found == given.end())
      out += fmt::format("{:{}}{}: {}  # default\n", "", indent, path.back(), yaml_scalar(key.otherwise));
    else
      out += fmt::format("{:{}}{}{}: {}  # {}\n", "", indent, key.secret ? "#" : "", path.back(),
                         key.secret ? "***" : yaml_scalar(found->second.text), excerpt(found->second.where, 300));
  }
  return out;
}

std::string default_config() {
  std::string out =
      "# Every key of Holter's configuration, commented out at its default. A variable of the environment wins over "
      "the\n"
      "# key; its name stands behind what the key is for. More: docs/configuration.md\n";
  Sections sections;
  for (const auto& key : config_keys()) {
    auto path = split(key.path, '.');
    auto indent = (path.size() - 1) * 2;
    out += "\n" + sections.open(path);
    out += comment(fmt::format("{} ({})", key.description, environment_name(key.path)), indent);
    if (is_in_words(key))
      out += fmt::format("{:{}}#{}:  # {}\n", "", indent, path.back(), key.otherwise);
    else
      out += fmt::format("{:{}}#{}: {}\n", "", indent, path.back(), yaml_scalar(key.otherwise));
  }
  return out;
}

}  // namespace holter::define
