#include "alert/matcher.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "base/utf8.h"
#include "expr/program.h"
#include "expr/regex_pool.h"

namespace holter::alert {
namespace {

constexpr std::array<std::string_view, 4> kOps{"=", "!=", "=~", "!~"};

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_regex(MatchOp op) {
  return op == MatchOp::kRegex || op == MatchOp::kNotRegex;
}

/// A name as Prometheus' data model has it: needs no quotes anywhere.
bool is_plain(std::string_view name) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !letter(name[0])) return false;
  return std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  out += '"';
}

void append_name(std::string& out, std::string_view name) {
  if (is_plain(name))
    out += name;
  else
    append_quoted(out, name);
}

std::size_t heap_bytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

/// Reads matchers from a text; `at` is where it stands.
class Reader {
 public:
  Reader(std::string_view text, expr::RegexPool* pool) : text_(text), pool_(pool) {}

  Result<Matcher> matcher() {
    const auto begin = at_;
    TRY(auto name, word("a label's name"));
    skip_blanks();
    TRY(auto op, this->op());
    skip_blanks();
    TRY(auto value, word("a value"));
    auto made = Matcher::make(std::move(name), op, std::move(value), pool_);
    if (made) return made;
    return Error(made.error().code(), fmt::format("{} (at byte {})", made.error().message(), begin));
  }

  Result<Matchers> list() {
    Matchers out;
    std::size_t bytes = 0;
    skip_blanks();
    const bool braces = take('{');
    for (skip_blanks(); at_ < text_.size() && text_[at_] != '}'; skip_blanks()) {
      if (out.size() == kMostMatchers)
        return Error(ErrorCode::kTooLarge, fmt::format("cannot use more than {} matchers", kMostMatchers));
      TRY(auto next, matcher());
      bytes += next.name().size() + next.value().size();
      if (bytes > kMostMatcherBytes)
        return Error(ErrorCode::kTooLarge,
                     fmt::format("cannot use matchers of more than {} bytes together", kMostMatcherBytes));
      out.push_back(std::move(next));
      skip_blanks();
      if (!take(',')) break;
    }
    if (braces && !take('}')) return wrong("a comma or '}' is missing");
    TRY_OK(end());
    return out;
  }

  Status end() {
    skip_blanks();
    if (at_ == text_.size()) return {};
    return wrong(fmt::format("'{}' is one too many", excerpt(text_.substr(at_), 20)));
  }
  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").contains(text_[at_])) ++at_;
  }

 private:
  Error wrong(std::string_view why) const {
    return {ErrorCode::kInvalidArgument,
            fmt::format("cannot read the matchers '{}' at byte {}: {}", excerpt(text_), at_, why)};
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<MatchOp> op() {
    for (auto op : {MatchOp::kNotEqual, MatchOp::kRegex, MatchOp::kNotRegex, MatchOp::kEqual}) {
      auto sign = to_string(op);
      if (!text_.substr(at_).starts_with(sign)) continue;
      at_ += sign.size();
      return op;
    }
    return wrong("one of = != =~ !~ is missing");
  }

  Result<std::string> word(std::string_view what) {
    if (take('"')) return quoted();
    constexpr std::string_view kReserved = " \t\r\n{}!=~,\\\"'`";
    auto word = text_.substr(at_, text_.find_first_of(kReserved, at_) - at_);
    if (word.empty()) return wrong(fmt::format("{} is missing; the empty text is written \"\"", what));
    at_ += word.size();
    return std::string(word);
  }

  Result<std::string> quoted() {
    std::string out;
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n') return wrong("a line ends within quotes; it is written \\n");
      ++at_;
      if (c == '"') return out;
      if (c == '\\') {
        char escaped = at_ < text_.size() ? text_[at_] : '\0';
        if (escaped != '"' && escaped != '\\' && escaped != 'n')
          return wrong("only \\\", \\\\ and \\n are escapes; a backslash is written \\\\");
        ++at_;
        c = escaped == 'n' ? '\n' : escaped;
      }
      out += c;
    }
    return wrong("the closing quote is missing");
  }

  const std::string_view text_;
  expr::RegexPool* const pool_;
  std::size_t at_ = 0;
};

Status check_length(std::string_view text) {
  if (text.size() <= kMostMatcherText) return {};
  return Error(ErrorCode::kTooLarge,
               fmt::format("cannot read matchers of {} bytes; {} are the most", text.size(), kMostMatcherText));
}

}  // namespace

std::string_view to_string(MatchOp op) {
  return kOps[static_cast<std::size_t>(op)];
}

Result<Matcher> Matcher::make(std::string name, MatchOp op, std::string value, expr::RegexPool* pool) {
  if (name.empty()) return Error(ErrorCode::kInvalidArgument, "cannot match a label without a name");
  if (!is_utf8(name) || !is_utf8(value))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot match label '{}': name and value must be UTF-8", excerpt(name)));
  if (name.size() + value.size() > kMostMatcherBytes)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot match label '{}': name and value have more than {} bytes",
                                                   excerpt(name), kMostMatcherBytes));
  Matcher matcher(std::move(name), op, std::move(value));
  if (is_regex(op)) {
    auto compiled = pool != nullptr ? pool->get(matcher.value_) : expr::compile_regex(matcher.value_);
    if (!compiled)
      return Error(compiled.error().code(),
                   fmt::format("cannot match label '{}': {}", excerpt(matcher.name_), compiled.error().message()));
    matcher.regex_ = std::move(*compiled);
    matcher.pooled_ = pool != nullptr;
  }
  return matcher;
}

bool Matcher::matches(std::string_view value) const {
  switch (op_) {
    case MatchOp::kEqual:
      return value == value_;
    case MatchOp::kNotEqual:
      return value != value_;
    case MatchOp::kRegex:
      return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_);
    case MatchOp::kNotRegex:
      return !re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_);
  }
  return false;
}

std::size_t Matcher::held_bytes() const {
  return heap_bytes(name_) + heap_bytes(value_) + (regex_ && !pooled_ ? expr::kRegexBytes : 0);
}

bool Matcher::operator==(const Matcher& other) const {
  return op_ == other.op_ && name_ == other.name_ && value_ == other.value_;
}

Result<Matcher> parse_matcher(std::string_view text, expr::RegexPool* pool) {
  TRY_OK(check_length(text));
  Reader reader(text, pool);
  reader.skip_blanks();
  TRY(auto matcher, reader.matcher());
  TRY_OK(reader.end());
  return matcher;
}

Result<Matchers> parse_matchers(std::string_view text, expr::RegexPool* pool) {
  TRY_OK(check_length(text));
  return Reader(text, pool).list();
}

std::string to_string(const Matcher& matcher) {
  std::string out;
  append_name(out, matcher.name());
  out += to_string(matcher.op());
  append_quoted(out, matcher.value());
  return out;
}

std::string to_string(std::span<const Matcher> matchers) {
  std::string out = "{";
  for (const auto& matcher : matchers) {
    if (out.size() > 1) out += ", ";
    out += to_string(matcher);
  }
  return out += '}';
}

std::string to_string(const model::Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ", ";
    append_name(out, name);
    out += '=';
    append_quoted(out, value);
  }
  return out += '}';
}

bool matches(std::span<const Matcher> matchers, const model::Labels& labels) {
  return std::ranges::all_of(matchers, [&](const Matcher& matcher) { return matcher.matches(labels); });
}

std::size_t held_bytes(const Matchers& matchers) {
  auto bytes = matchers.capacity() * sizeof(Matcher);
  for (const auto& matcher : matchers) bytes += matcher.held_bytes();
  return bytes;
}

std::size_t held_bytes(const model::Labels& labels) {
  auto bytes = labels.capacity() * sizeof(model::Labels::value_type);
  for (const auto& [name, value] : labels) bytes += heap_bytes(name) + heap_bytes(value);
  return bytes;
}

}  // namespace holter::alert
