#include "read/json_filter_parser.h"

#include <charconv>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "expr/number_text.h"

namespace holter::read {
namespace {

using Kind = JsonFilter::Kind;

constexpr std::size_t kMaxParts = 64;
constexpr std::string_view kEndOfOperand = ")]=!<>&| ,\t";

struct Operator {
  std::string_view text;
  Kind kind;
};
// Longer ones first.
constexpr Operator kOperators[] = {{"===", Kind::kEqual},  {"==", Kind::kEqual},     {"!==", Kind::kUnequal},
                                   {"!=", Kind::kUnequal}, {"<=", Kind::kLessEqual}, {">=", Kind::kGreaterEqual},
                                   {"=~", Kind::kMatches}, {"<", Kind::kLess},       {">", Kind::kGreater}};

Result<JsonFilter> parse_or(JsonCursor& at);

Result<std::shared_ptr<const re2::RE2>> parse_regex(JsonCursor& at) {
  if (!at.take('/')) return at.error("expected /regex/ after '=~'");
  std::string pattern;
  while (!at.at_end() && at.peek() != '/') {
    const char c = at.next();
    if (c == '\\' && at.peek() == '/') continue;  // `\/` is a slash
    pattern += c;
    if (c == '\\' && !at.at_end()) pattern += at.next();
  }
  if (!at.take('/')) return at.error("the regular expression has no closing '/'");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(256 << 10);
  std::string flags;
  for (; std::string_view("ismux").contains(at.peek()) && !at.at_end(); at.next()) {
    if (at.peek() == 'i') options.set_case_sensitive(false);
    if (at.peek() == 's') options.set_dot_nl(true);
    if (at.peek() == 'x' || at.peek() == 'u' || at.peek() == 'm')
      return at.error("the flags of a regular expression are i and s");
  }
  auto compiled = std::make_shared<re2::RE2>(pattern, options);
  if (!compiled->ok())
    return at.error(fmt::format("wrong regular expression /{}/: {}", excerpt(pattern, 60), compiled->error()));
  return std::shared_ptr<const re2::RE2>(std::move(compiled));
}

/// A number or one of null, true, false.
Result<JsonOperand> parse_bare_literal(JsonCursor& at) {
  JsonOperand out;
  const auto word = at.until(kEndOfOperand);
  if (word == "null") {
    out.kind = JsonOperand::Kind::kNull;
  } else if (word == "true" || word == "false") {
    out.kind = word == "true" ? JsonOperand::Kind::kTrue : JsonOperand::Kind::kFalse;
  } else if (auto number = expr::parse_number(word)) {
    out.kind = JsonOperand::Kind::kNumber;
    out.text = word;
  } else {
    return at.error(
        fmt::format("expected a path, a number, a text in quotes, true, false or null, not \"{}\"", excerpt(word, 40)));
  }
  return out;
}

Result<JsonOperand> parse_operand(JsonCursor& at) {
  at.skip_blanks();
  JsonOperand out;
  if (at.peek() == '@' || at.peek() == '$') {
    out.kind = JsonOperand::Kind::kPath;
    TRY(out.path, parse_json_steps(at, kEndOfOperand));
    return out;
  }
  if (at.peek() == '\'' || at.peek() == '"') {
    out.kind = JsonOperand::Kind::kString;
    TRY(out.text, at.quoted());
    return out;
  }
  return parse_bare_literal(at);
}

bool needs_root(const JsonOperand& operand) {
  if (operand.kind != JsonOperand::Kind::kPath) return false;
  if (operand.path.from_root) return true;
  for (const auto& step : operand.path.steps)
    if (step.filter && step.filter->needs_root) return true;
  return false;
}

Status check_comparable(const JsonCursor& at, const JsonOperand& operand) {
  if (operand.kind != JsonOperand::Kind::kPath || operand.path.function != JsonFunction::kNone) return {};
  if (operand.path.definite()) return {};
  return at.error("a path that is compared must lead to one value: no '*', '..', slice, union or filter in it");
}

Result<JsonFilter> parse_comparison(JsonCursor& at) {
  JsonFilter out;
  TRY(out.left, parse_operand(at));
  at.skip_blanks();
  const Operator* found = nullptr;
  for (const auto& known : kOperators)
    if (found == nullptr && at.take(known.text)) found = &known;
  if (found == nullptr) {
    if (out.left.kind != JsonOperand::Kind::kPath)
      return at.error("expected one of == != < <= > >= =~ after a literal");
    out.needs_root = needs_root(out.left);
    return out;
  }
  out.kind = found->kind;
  TRY_OK(check_comparable(at, out.left));
  at.skip_blanks();
  if (out.kind == Kind::kMatches) {
    TRY(out.pattern, parse_regex(at));
  } else {
    TRY(out.right, parse_operand(at));
    TRY_OK(check_comparable(at, out.right));
  }
  out.needs_root = needs_root(out.left) || needs_root(out.right);
  return out;
}

Result<JsonFilter> parse_unary(JsonCursor& at) {
  at.skip_blanks();
  const bool negated = at.peek() == '!';
  if (!negated && at.peek() != '(') return parse_comparison(at);
  if (++at.nesting > JsonCursor::kMaxNesting) return at.error("a filter nests 16 levels deep at most");
  at.next();
  JsonFilter inner;
  if (negated) {
    TRY(inner, parse_unary(at));
  } else {
    TRY(inner, parse_or(at));
    at.skip_blanks();
    if (!at.take(')')) return at.error("expected ')', '&&' or '||'");
  }
  --at.nesting;
  if (!negated) return inner;
  JsonFilter out;
  out.kind = Kind::kNot;
  out.needs_root = inner.needs_root;
  out.parts.push_back(std::move(inner));
  return out;
}

Result<JsonFilter> parse_list(JsonCursor& at, Kind kind, std::string_view sign,
                              Result<JsonFilter> (*part)(JsonCursor&)) {
  TRY(auto first, part(at));
  at.skip_blanks();
  if (!at.rest().starts_with(sign)) return first;
  JsonFilter out;
  out.kind = kind;
  out.needs_root = first.needs_root;
  out.parts.push_back(std::move(first));
  while (at.take(sign)) {
    if (out.parts.size() == kMaxParts) return at.error("a filter has 64 parts at most");
    TRY(auto more, part(at));
    out.needs_root |= more.needs_root;
    out.parts.push_back(std::move(more));
    at.skip_blanks();
  }
  return out;
}

Result<JsonFilter> parse_and(JsonCursor& at) {
  return parse_list(at, Kind::kAnd, "&&", parse_unary);
}

Result<JsonFilter> parse_or(JsonCursor& at) {
  return parse_list(at, Kind::kOr, "||", parse_and);
}

}  // namespace

std::string_view JsonCursor::until(std::string_view stops) {
  const auto found = rest().substr(0, rest().find_first_of(stops));
  at_ += found.size();
  return found;
}

Result<std::int64_t> JsonCursor::integer() {
  std::int64_t value = 0;
  auto [end, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  // The bounds keep sums of an index and a length within 64 bits.
  if (failure != std::errc() || value > (std::int64_t{1} << 53) || value < -(std::int64_t{1} << 53))
    return error("expected a whole number");
  at_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

Result<std::string> JsonCursor::quoted() {
  const char quote = peek();
  if (quote != '\'' && quote != '"') return error("expected a name in quotes");
  next();
  std::string out;
  while (!at_end() && peek() != quote) {
    char c = next();
    if (c == '\\' && !at_end()) c = next();
    out += c;
  }
  if (!take(quote)) return error("the quoted text has no end");
  return out;
}

Error JsonCursor::error(std::string_view what) const {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot compile JSONPath \"{}\": column {}: {}", excerpt(text_, 120), at_ + 1, what)};
}

Result<JsonFilter> parse_json_filter(JsonCursor& at) {
  if (++at.nesting > JsonCursor::kMaxNesting) return at.error("a filter nests 16 levels deep at most");
  TRY(auto out, parse_or(at));
  --at.nesting;
  return out;
}

}  // namespace holter::read
