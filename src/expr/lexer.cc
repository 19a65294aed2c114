#include "expr/lexer.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"
#include "base/utf8.h"
#include "expr/number_text.h"
#include "expr/program.h"

namespace holter::expr {
namespace {

using Kind = Token::Kind;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
/// Also the bytes of letters beyond ASCII: field names are in any language.
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80);
}
bool in_name(char c) {
  return starts_name(c) || is_digit(c) || c == '@';
}

struct Symbol {
  std::string_view text;
  Kind kind;
};
// The longer before its beginning.
constexpr Symbol kSymbols[] = {
    {"&&", Kind::kAnd},     {"||", Kind::kOr},         {"==", Kind::kEqual},     {"!=", Kind::kNotEqual},
    {"=~", Kind::kMatches}, {"!~", Kind::kNotMatches}, {"<=", Kind::kLessEqual}, {">=", Kind::kGreaterEqual},
    {"<", Kind::kLess},     {">", Kind::kGreater},     {"(", Kind::kOpen},       {")", Kind::kClose},
    {"[", Kind::kOpenList}, {"]", Kind::kCloseList},   {",", Kind::kComma},      {".", Kind::kDot},
    {"?", Kind::kQuestion}, {":", Kind::kColon},       {"+", Kind::kPlus},       {"-", Kind::kMinus},
    {"*", Kind::kStar},     {"/", Kind::kSlash},       {"%", Kind::kPercent},    {"!", Kind::kNot},
};

std::string_view hint_for(char c) {
  switch (c) {
    case '=':
      return "; == compares, and there is no assignment";
    case '&':
      return "; && is the logical and";
    case '|':
      return "; || is the logical or";
    default:
      return "";
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    TRY_OK(check_bytes());
    std::vector<Token> tokens;
    while (true) {
      while (at_ < source_.size() && std::string_view(" \t\r\n").contains(source_[at_])) ++at_;
      if (at_ == source_.size()) break;
      TRY(auto token, next(tokens));
      at_ = token.span.end;
      tokens.push_back(token);
    }
    tokens.push_back(token_to(Kind::kEnd, at_));
    return tokens;
  }

 private:
  char peek(std::size_t at) const { return at < source_.size() ? source_[at] : '\0'; }
  Token token_to(Kind kind, std::size_t end) const {
    return {kind, {static_cast<std::uint16_t>(at_), static_cast<std::uint16_t>(end)}};
  }

  Status check_bytes() const {
    for (std::size_t at = 0; at < source_.size();) {
      auto length = utf8_sequence(source_.substr(at));
      if (length == 0) return error_at(source_, at, "this byte is not UTF-8");
      at += length;
    }
    return {};
  }

  Result<Token> next(const std::vector<Token>& before) {
    const char c = source_[at_];
    // After a value a point begins a member: json:apply(x).a
    const bool after_value = !before.empty() && before.back().kind == Kind::kClose;
    if (is_digit(c) || (c == '.' && is_digit(peek(at_ + 1)) && !after_value)) return number();
    if (starts_name(c)) return name();
    if (c == '"' || c == '\'') return text(c);
    for (const auto& symbol : kSymbols)
      if (source_.substr(at_).starts_with(symbol.text)) return token_to(symbol.kind, at_ + symbol.text.size());
    return error_at(source_, at_,
                    fmt::format("unexpected character \"{}\"{}", excerpt(source_.substr(at_, 1)), hint_for(c)));
  }

  /// Segments joined by points are one name; those after the first may begin with a digit: $.os.load_average.1m
  Token name() const {
    auto end = at_;
    while (true) {
      while (end < source_.size() && in_name(source_[end])) ++end;
      if (peek(end) != '.' || !in_name(peek(end + 1))) return token_to(Kind::kName, end);
      ++end;
    }
  }

  Result<Token> number() const {
    auto end = at_;
    auto digits = [&] {
      while (is_digit(peek(end))) ++end;
    };
    if (source_.substr(at_).starts_with("0x") || source_.substr(at_).starts_with("0X")) {
      end += 2;
      while (std::string_view("0123456789abcdefABCDEF").contains(peek(end)) && end < source_.size()) ++end;
    } else {
      digits();
      if (peek(end) == '.' && is_digit(peek(end + 1))) {
        ++end;
        digits();
      }
      if (peek(end) == 'e' || peek(end) == 'E') {
        auto sign = std::string_view("+-").contains(peek(end + 1)) && end + 1 < source_.size() ? 1u : 0u;
        if (is_digit(peek(end + 1 + sign))) {
          end += 1 + sign;
          digits();
        }
      }
      if (std::string_view("lLdDfF").contains(peek(end)) && end < source_.size()) ++end;
    }
    if (end < source_.size() && in_name(source_[end])) {
      while (end < source_.size() && in_name(source_[end])) ++end;
      return error_at(source_, at_,
                      fmt::format("\"{}\" is neither a number nor a name; a name does not begin with a digit",
                                  excerpt(source_.substr(at_, end - at_), 40)));
    }
    return token_to(Kind::kNumber, end);
  }

  Result<Token> text(char quote) const {
    for (auto end = at_ + 1; end < source_.size(); ++end) {
      if (source_[end] == quote) return token_to(Kind::kText, end + 1);
      if (source_[end] == '\\') ++end;
    }
    return error_at(source_, at_, fmt::format("the text that begins here has no closing {}", quote));
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

void append_utf8(std::string& out, std::uint32_t code) {
  auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xe0 | code >> 12);
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
    }
    put(0x80 | (code >> 6 & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

/// The four hexadecimal digits at the front of `text`.
std::optional<std::uint32_t> four_hex(std::string_view text) {
  std::uint32_t code = 0;
  if (text.size() < 4) return std::nullopt;
  auto [end, failure] = std::from_chars(text.data(), text.data() + 4, code, 16);
  return failure == std::errc{} && end == text.data() + 4 ? std::optional(code) : std::nullopt;
}

/// \uXXXX, or a pair of them for what is beyond U+FFFF; `text` begins behind the first \u. nullopt: neither.
std::optional<std::uint32_t> unicode_escape(std::string_view text, std::size_t& length) {
  auto code = four_hex(text);
  length = 4;
  if (!code || *code < 0xd800 || *code > 0xdfff) return code;
  auto low = *code < 0xdc00 && text.substr(4).starts_with("\\u") ? four_hex(text.substr(6)) : std::nullopt;
  if (!low || *low < 0xdc00 || *low > 0xdfff) return std::nullopt;
  length = 10;
  return 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
}

}  // namespace

Error error_at(std::string_view source, std::size_t at, std::string_view what, ErrorCode code) {
  auto before = source.substr(0, at);
  auto column =
      1 + std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
  return {code, fmt::format("cannot compile expression \"{}\", column {}: {}", excerpt(source), column, what)};
}

Result<std::vector<Token>> tokenize(std::string_view source) {
  CHECK(source.size() <= kMaxSource);
  return Lexer(source).run();
}

Result<Value> number_of(std::string_view source, Token token) {
  auto text = source.substr(token.span.begin, token.span.end - token.span.begin);
  auto fail = [&](std::string_view why) {
    return error_at(source, token.span.begin, fmt::format("\"{}\" {}", excerpt(text, 40), why));
  };
  if (text.starts_with("0x") || text.starts_with("0X")) {
    std::int64_t value = 0;
    auto [end, failure] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
    if (failure != std::errc{} || text.size() == 2) return fail("is no hexadecimal number of at most 63 bits");
    return Value::of(value);
  }
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1]))
    return fail("begins with 0, which in JEXL means octal; leave it out");
  const bool suffixed_integer = text.ends_with('l') || text.ends_with('L');
  const bool suffixed_double = std::string_view("dDfF").contains(text.back());
  if (suffixed_integer || suffixed_double) text.remove_suffix(1);
  auto value = parse_number(text);
  if (!value) return fail("is too large for a number");
  if (suffixed_integer && !value->is_integer()) return fail("is no integer of 64 bits, as the L says");
  if (suffixed_double) return Value::of(value->as_double());
  return *value;
}

Result<std::string> text_of(std::string_view source, Token token) {
  std::string out;
  auto end = static_cast<std::size_t>(token.span.end) - 1;
  for (std::size_t at = token.span.begin + 1u; at < end; ++at) {
    if (source[at] != '\\') {
      out += source[at];
      continue;
    }
    const char c = source[++at];
    constexpr std::string_view kEscapes = "\\\\\"\"''n\nr\rt\t";
    std::size_t known = 0;
    while (known < kEscapes.size() && kEscapes[known] != c) known += 2;
    if (known < kEscapes.size()) {
      out += kEscapes[known + 1];
    } else if (c == 'u') {
      std::size_t length = 0;
      auto code = unicode_escape(source.substr(at + 1, end - at - 1), length);
      if (!code) return error_at(source, at - 1, "\\u takes four hexadecimal digits; beyond U+FFFF a pair of \\u");
      append_utf8(out, *code);
      at += length;
    } else {
      out += '\\';  // as JEXL: the backslash of \d in a regular expression need not be doubled
      out += c;
    }
  }
  return out;
}

}  // namespace holter::expr
