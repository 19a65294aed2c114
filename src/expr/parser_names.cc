#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "expr/parser.h"
#include "expr/program.h"
#include "expr/types.h"

namespace holter::expr {
namespace {

constexpr std::size_t kMostNamesShown = 20;
// Comparing for "did you mean" takes |a| * |b| steps for each name: no more than makes sense.
constexpr std::size_t kMostCompared = 100;
constexpr std::size_t kMostNamesCompared = 1000;
constexpr std::initializer_list<std::string_view> kFunctions = {"now",     "equals", "contains",  "exists",
                                                                "matches", "get",    "json:apply"};

/// What stands for itself, and is no name.
bool is_literal(std::string_view word) {
  return word == "null" || word == "true" || word == "false";
}

std::string list_of_names(const std::vector<Scope::Name>& names) {
  if (names.empty()) return "no names are in scope";
  std::string out = "in scope: ";
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamesShown); ++i)
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ", ", excerpt(names[i].name, 60));
  if (names.size() > kMostNamesShown)
    fmt::format_to(std::back_inserter(out), " and {} more", names.size() - kMostNamesShown);
  return out;
}

}  // namespace

bool Parser::is_function(std::size_t ahead, std::string_view name) const {
  return peek(ahead).kind == Kind::kName && text(peek(ahead)) == name && peek(ahead + 1).kind == Kind::kOpen;
}

Result<Operand> Parser::name() {
  if (peek(1).kind == Kind::kOpen) return call();
  if (text(peek()) == "json" && peek(1).kind == Kind::kColon && is_function(2, "apply")) return call();
  const Token at = take();
  const auto word = text(at);
  if (word == "null") return emitter_.constant({}, at.span);
  if (is_literal(word)) return emitter_.constant(Value::of(word == "true"), at.span);
  return variable(word, at.span, at);
}

Result<Operand> Parser::variable(std::string_view name, Span span, const Token& at) {
  auto found = std::ranges::find(scope_.names, name, &Scope::Name::name);
  if (found == scope_.names.end()) return unknown_name(name, at);
  if (is(Kind::kDot)) return fail(peek(), "only json:apply(...) has members");
  return emitter_.slot(static_cast<std::uint16_t>(found - scope_.names.begin()), found->type, span);
}

Error Parser::unknown_name(std::string_view name, const Token& at) const {
  std::string hint;
  const auto rest = source_.substr(at.span.begin);
  std::string_view whole;  // the longest name in scope that stands here but is not written like a name
  for (const auto& known : scope_.names)
    if (known.name.size() > std::max(name.size(), whole.size()) && rest.starts_with(known.name)) whole = known.name;
  std::vector<std::string_view> names;
  if (name.size() <= kMostCompared)
    for (const auto& known : scope_.names)
      if (known.name.size() <= kMostCompared && names.size() < kMostNamesCompared) names.push_back(known.name);
  if (!whole.empty())
    hint = fmt::format("; for \"{0}\" write get('{0}')", excerpt(whole, 60));
  else if (auto near = nearest_in(name, names); !near.empty())
    hint = fmt::format(", did you mean \"{}\"?", excerpt(near, 60));
  return fail(at, fmt::format("unknown name \"{}\"{}; {}", excerpt(name, 60), hint, list_of_names(scope_.names)),
              ErrorCode::kNotFound);
}

Result<Operand> Parser::call() {
  const Token function = take();
  std::string name(text(function));
  if (is(Kind::kColon)) {
    take();
    name += ":";
    name += text(take());
  }
  TRY_OK(expect(Kind::kOpen, "\"(\""));
  Operand out;
  if (name == "now") {
    TRY_OK(expect(Kind::kClose, "\")\", since now() takes no argument"));
    out = emitter_.now(since(function.span));
  } else if (name == "exists") {
    TRY(auto operand, expression());
    TRY_OK(expect(Kind::kClose, "\")\" after the one argument of exists()"));
    out = emitter_.unary(Op::kExists, operand, Type::kBoolean, since(function.span));
  } else if (name == "equals" || name == "contains") {
    TRY(out, call_texts(function, name == "equals" ? Op::kEquals : Op::kContains));
  } else if (name == "matches") {
    TRY(out, call_matches(function));
  } else if (name == "get") {
    TRY(out, call_get(function));
  } else if (name == "json:apply") {
    return call_json(function);
  } else {
    auto near = nearest(name, kFunctions);
    return fail(function, fmt::format("unknown function \"{}\"{}; functions are {}", excerpt(name, 60),
                                      near.empty() ? "" : fmt::format(", did you mean \"{}\"?", near),
                                      fmt::join(kFunctions, ", ")));
  }
  if (is(Kind::kDot)) return fail(peek(), "only json:apply(...) has members");
  return out;
}

/// get('a-b'): a name that is not written like one.
Result<Operand> Parser::call_get(const Token& function) {
  const Token at = peek();
  if (!is(Kind::kText)) return fail(at, fmt::format("expected a name in quotes, as get('a-b'), found {}", found()));
  take();
  TRY(auto name, text_of(source_, at));
  TRY_OK(expect(Kind::kClose, "\")\" after the one argument of get()"));
  return variable(name, since(function.span), at);
}

Result<Operand> Parser::call_texts(const Token& function, Op op) {
  const Token first = peek();
  TRY(auto left, expression());
  if (op != Op::kEquals || left.type != Type::kNull) TRY_OK(check(first, cannot_read_text(left.type)));
  TRY_OK(expect(Kind::kComma, fmt::format("\",\" and the second argument of {}()", text(function))));
  const Token second = peek();
  TRY(auto right, expression());
  if (op != Op::kEquals || right.type != Type::kNull) TRY_OK(check(second, cannot_read_text(right.type)));
  TRY_OK(expect(Kind::kClose, fmt::format("\")\" after the two arguments of {}()", text(function))));
  return emitter_.binary(op, left, right, Type::kBoolean, since(function.span));
}

Result<Operand> Parser::call_matches(const Token& function) {
  const Token first = peek();
  TRY(auto subject, expression());
  TRY_OK(check(first, cannot_read_text(subject.type)));
  TRY_OK(expect(Kind::kComma, "\",\" and the second argument of matches()"));
  TRY(auto regex, pattern());
  TRY_OK(expect(Kind::kClose, "\")\" after the two arguments of matches()"));
  return emitter_.unary(Op::kMatches, subject, Type::kBoolean, since(function.span), regex);
}

/// A regular expression: a literal, so that it is compiled once.
Result<std::uint16_t> Parser::pattern() {
  const Token at = peek();
  if (!is(Kind::kText)) return fail(at, fmt::format("expected a regular expression in quotes, found {}", found()));
  take();
  TRY(auto text, text_of(source_, at));
  auto regex = emitter_.add_regex(text);
  if (!regex) return fail(at, regex.error().message(), regex.error().code());
  return *regex;
}

/// json:apply(x).a.b: the path is known now, so the reader gets it in one piece.
Result<Operand> Parser::call_json(const Token& function) {
  if (!scope_.json) return fail(function, "there is no json:apply() here");
  const Token first = peek();
  TRY(auto document, expression());
  TRY_OK(check(first, cannot_read_text(document.type)));
  TRY_OK(expect(Kind::kClose, "\")\" after the one argument of json:apply()"));
  auto path = emitter_.add_path();
  while (is(Kind::kDot)) {
    take();
    if (!is(Kind::kName)) return fail(peek(), fmt::format("expected the name of a member, found {}", found()));
    auto names = text(take());  // "a.b" is one token
    for (auto dot = names.find('.'); dot != std::string_view::npos; dot = names.find('.')) {
      emitter_.path(path).emplace_back(names.substr(0, dot));
      names.remove_prefix(dot + 1);
    }
    emitter_.path(path).emplace_back(names);
  }
  const auto type = emitter_.path(path).empty() ? Type::kText : Type::kUnknown;
  return emitter_.unary(Op::kJson, document, type, since(function.span), path);
}

}  // namespace holter::expr
