#include "notify/template_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::notify {
namespace {

constexpr std::size_t kDeepest = 8;

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n\v\f");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n\v\f") - begin + 1);
}

class Checker {
 public:
  Checker(std::string_view text, const KnownNames& names, bool may_be_raw)
      : text_(text), names_(names), may_be_raw_(may_be_raw) {}

  Result<TemplateText> check() {
    while (at_ < text_.size()) {
      auto begin = std::min(text_.find("{{", at_), text_.size());
      add_plain(text_.substr(at_, begin - at_));
      at_ = begin;
      if (at_ < text_.size()) TRY_OK(read_tag());
    }
    if (!open_.empty())
      return wrong_at(open_.back().line, fmt::format("section '{}' is not closed", name_of(open_.back())));
    TemplateText checked{.text = {}, .literals = literals_};
    for (const auto& piece : pieces_) checked.text += piece;
    return checked;
  }

 private:
  struct Section {
    std::string_view name;
    std::size_t line;
    std::size_t piece;  // where the charge goes
    std::size_t literals = 0;
  };

  static std::string name_of(const Section& section) { return excerpt(section.name); }
  static Error wrong_at(std::size_t line, std::string_view why) {
    return {ErrorCode::kInvalidArgument, fmt::format("line {}: {}", line, why)};
  }
  Error wrong(std::string_view why) const { return wrong_at(line_, why); }

  void add_plain(std::string_view plain) {
    pieces_.emplace_back(plain);
    (open_.empty() ? literals_ : open_.back().literals) += plain.size();
    line_ += static_cast<std::size_t>(std::ranges::count(plain, '\n'));
  }

  Status read_tag() {
    bool triple = text_.substr(at_).starts_with("{{{");
    std::string_view closing = triple ? "}}}" : "}}";
    auto begin = at_ + (triple ? 3 : 2);
    auto end = text_.find(closing, begin);
    if (end == std::string_view::npos) return wrong("'{{' is not closed");
    auto inside = trimmed(text_.substr(begin, end - begin));
    auto tag = text_.substr(at_, end + closing.size() - at_);
    char kind = triple ? '&' : inside.empty() ? ' ' : inside.front();
    auto lines = static_cast<std::size_t>(std::ranges::count(tag, '\n'));
    auto next = at_ + tag.size();
    if (std::string_view("#^/!").contains(kind)) {
      if (auto behind = behind_line(next); behind > next) {
        ++lines;
        next = behind;
      }
    }
    at_ = next;
    TRY_OK(take_tag(kind, triple, inside, tag));
    line_ += lines;
    return {};
  }

  /// A tag that makes no text and stands alone on its line takes the line with it, as the specification of Mustache has
  /// it; the library does so only for sections that are passed through. `end`: behind the tag. Where the next line
  /// begins, or `end` when the tag is not alone.
  std::size_t behind_line(std::size_t end) {
    auto blank = [](std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; };
    auto last = text_.substr(0, at_).rfind('\n');
    auto before = text_.substr(0, at_).substr(last == std::string_view::npos ? 0 : last + 1);
    auto newline = std::min(text_.find('\n', end), text_.size());
    auto after = text_.substr(end, newline - end);
    if (after.ends_with('\r')) after.remove_suffix(1);
    if (!blank(before) || !blank(after)) return end;
    auto& plain = pieces_.back();
    plain.resize(plain.size() - before.size());
    return std::min(newline + 1, text_.size());
  }

  Status take_tag(char kind, bool triple, std::string_view inside, std::string_view tag) {
    bool marked = !triple && std::string_view("#^/&!>=").contains(kind);
    auto name = marked ? trimmed(inside.substr(1)) : inside;
    if (kind == '!') return {};
    if (kind == '>' || kind == '=') return wrong(fmt::format("a tag of the kind '{{{{{}' is not allowed", kind));
    if (kind == '&' && !may_be_raw_) return wrong("unescaped values are not allowed here");
    if (kind == '/') return close(name, tag);
    TRY_OK(check_name(name));
    pieces_.emplace_back(tag);
    if (kind == '#' || kind == '^') {
      if (open_.size() >= kDeepest) return wrong(fmt::format("sections are more than {} deep", kDeepest));
      open_.push_back({name, line_, pieces_.size()});
      pieces_.emplace_back();
      sections_.push_back(kind == '#' ? name : std::string_view());
    }
    return {};
  }

  Status check_name(std::string_view name) const {
    if (name.empty()) return wrong("a tag without a name");
    if (names_.knows(name, sections_)) return {};
    auto near = names_.near(name);
    return wrong(fmt::format("'{}' is not known here{}", excerpt(name),
                             near.empty() || near == name ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }

  Status close(std::string_view name, std::string_view tag) {
    if (open_.empty()) return wrong(fmt::format("'{}' closes no section", excerpt(name)));
    if (open_.back().name != name)
      return wrong(
          fmt::format("'{}' closes section '{}' of line {}", excerpt(name), name_of(open_.back()), open_.back().line));
    pieces_[open_.back().piece] = charge(open_.back().literals);
    pieces_.emplace_back(tag);
    pieces_.push_back(charge(0));
    open_.pop_back();
    sections_.pop_back();
    return {};
  }

  static std::string charge(std::size_t bytes) { return fmt::format("{{{{{}{}}}}}", kChargeMark, bytes); }

  const std::string_view text_;
  const KnownNames& names_;
  const bool may_be_raw_;
  std::size_t at_ = 0, line_ = 1, literals_ = 0;
  std::vector<Section> open_;
  std::vector<std::string_view> sections_;  // of open_, "" for inverted ones
  std::vector<std::string> pieces_;
};

}  // namespace

Result<TemplateText> check_template(std::string_view text, const KnownNames& names, bool may_be_raw) {
  return Checker(text, names, may_be_raw).check();
}

}  // namespace holter::notify
