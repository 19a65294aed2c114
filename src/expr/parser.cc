#include "expr/parser.h"

#include <fmt/format.h>

#include "base/units.h"
#include "expr/program.h"
#include "expr/types.h"

namespace holter::expr {
namespace {

/// Counts how deep the source nests while it lives.
class Deeper {
 public:
  explicit Deeper(std::size_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  std::size_t& depth_;
};

struct Word {
  std::string_view word;
  Op op;
};

std::optional<Op> op_of(std::string_view text, std::initializer_list<Word> words) {
  for (const auto& word : words)
    if (word.word == text) return word.op;
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const Code>> Parser::run() && {
  TRY(auto whole, expression());
  if (!is(Kind::kEnd)) return fail(peek(), fmt::format("expected an operator or the end, found {}", found()));
  if (scope_.result != Type::kUnknown && whole.type != Type::kUnknown && whole.type != scope_.result)
    return fail(tokens_[0], fmt::format("the whole must be of type {}, and it is of type {}{}",
                                        to_string(scope_.result), to_string(whole.type),
                                        scope_.result == Type::kBoolean ? ": compare it with something" : ""));
  return std::move(emitter_).finish(whole.type);
}

Result<Operand> Parser::expression() {
  Deeper deeper(depth_);
  if (depth_ > kMaxDepth)
    return fail(peek(), fmt::format("this is inside of {} others; that many are the most", kMaxDepth),
                ErrorCode::kTooLarge);
  TRY(auto first, disjunction());
  return is(Kind::kQuestion) ? branches(first) : Result<Operand>(first);
}

/// `a ? x : b ? y : z`: a loop, so that a long chain is not deep.
Result<Operand> Parser::branches(Operand condition) {
  const Operand whole = condition;
  std::vector<std::size_t> to_end;
  Type type = Type::kNull;
  while (is(Kind::kQuestion)) {
    const Token question = take();
    TRY_OK(check(question, cannot_decide(condition.type)));
    auto otherwise = emitter_.jump(Op::kJumpIfFalse, condition.span);
    TRY(auto chosen, expression());
    type = either(type, chosen.type);
    TRY_OK(expect(Kind::kColon, "\":\" and what holds otherwise"));
    to_end.push_back(emitter_.jump(Op::kJump, chosen.span));
    emitter_.forget_branch();
    emitter_.land(otherwise);
    TRY(condition, disjunction());
  }
  for (auto jump : to_end) emitter_.land(jump);
  return Operand{either(type, condition.type), whole.begin, since(whole.span)};
}

/// A chain of one of the two operators that need not look at their right side.
Result<Operand> Parser::chain(Kind sign, std::string_view word, Op op, Result<Operand> (Parser::*side)()) {
  TRY(auto left, (this->*side)());
  while (is(sign) || is_word(word)) {
    const Token token = take();
    TRY_OK(check(token, cannot_decide(left.type)));
    auto jump = emitter_.jump(op, left.span);
    TRY(auto right, (this->*side)());
    TRY_OK(check(token, cannot_decide(right.type)));
    left = emitter_.unary(Op::kToBoolean, {right.type, left.begin, left.span}, Type::kBoolean, since(left.span));
    emitter_.land(jump);
  }
  return left;
}

Result<Operand> Parser::disjunction() {
  return chain(Kind::kOr, "or", Op::kOr, &Parser::conjunction);
}

Result<Operand> Parser::conjunction() {
  return chain(Kind::kAnd, "and", Op::kAnd, &Parser::equality);
}

std::optional<Op> Parser::equality_op() const {
  if (is(Kind::kEqual)) return Op::kEqual;
  if (is(Kind::kNotEqual)) return Op::kNotEqual;
  return is(Kind::kName) ? op_of(text(peek()), {{"eq", Op::kEqual}, {"ne", Op::kNotEqual}}) : std::nullopt;
}

Result<Operand> Parser::equality() {
  TRY(auto left, relation());
  auto op = equality_op();
  if (!op) return left;
  TRY_OK(check_not(left, peek()));
  const Token at = take();
  TRY(auto right, relation());
  if (equality_op()) return fail(peek(), "comparisons do not chain; join them by &&, or use parentheses");
  return emit_binary(*op, left, right, at);
}

std::optional<Op> Parser::relation_op() const {
  switch (peek().kind) {
    case Kind::kLess:
      return Op::kLess;
    case Kind::kLessEqual:
      return Op::kLessEqual;
    case Kind::kGreater:
      return Op::kGreater;
    case Kind::kGreaterEqual:
      return Op::kGreaterEqual;
    case Kind::kName:
      return op_of(text(peek()),
                   {{"lt", Op::kLess}, {"le", Op::kLessEqual}, {"gt", Op::kGreater}, {"ge", Op::kGreaterEqual}});
    default:
      return std::nullopt;
  }
}

bool Parser::is_not_in() const {
  return is_word("not") && peek(1).kind == Kind::kName && text(peek(1)) == "in";
}

bool Parser::is_relation() const {
  return relation_op() || is(Kind::kMatches) || is(Kind::kNotMatches) || is_word("in") || is_not_in();
}

Result<Operand> Parser::relation() {
  TRY(auto left, sum());
  if (!is_relation()) return left;
  TRY_OK(check_not(left, peek()));
  const auto op = relation_op();
  const Token at = take();
  Operand out;
  if (op) {
    TRY(auto right, sum());
    TRY(out, emit_binary(*op, left, right, at));
  } else if (at.kind == Kind::kMatches || at.kind == Kind::kNotMatches) {
    TRY(out, pattern_match(left, at.kind == Kind::kMatches));
  } else {
    const bool negated = text(at) == "not";
    if (negated) take();
    TRY(out, membership(left, !negated));
  }
  if (is_relation()) return fail(peek(), "comparisons do not chain; join them by &&, or use parentheses");
  return out;
}

Result<Operand> Parser::pattern_match(const Operand& left, bool wanted) {
  TRY_OK(check(tokens_[at_ - 1], cannot_read_text(left.type)));
  TRY(auto regex, pattern());
  return emitter_.unary(wanted ? Op::kMatches : Op::kNotMatches, left, Type::kBoolean, since(left.span), regex);
}

/// `x in [a, b]`: compares one by one and stops at the first that is equal.
Result<Operand> Parser::membership(const Operand& left, bool wanted) {
  const bool brackets = is(Kind::kOpenList);
  if (!brackets && !is(Kind::kOpen))
    return fail(peek(), fmt::format("expected a list as [1, 2] after \"in\", found {}", found()));
  const auto close = brackets ? Kind::kCloseList : Kind::kClose;
  std::vector<std::size_t> to_end;
  do {
    take();
    const Token at = peek();
    TRY(auto element, expression());
    TRY_OK(check(at, cannot_compute(Op::kEqual, left.type, element.type)));
    to_end.push_back(emitter_.jump(Op::kInOne, {left.span.begin, element.span.end}));
  } while (is(Kind::kComma));
  TRY_OK(expect(close, brackets ? "\",\" or \"]\"" : "\",\" or \")\""));
  const auto span = since(left.span);
  emitter_.in_none(span);
  for (auto jump : to_end) emitter_.land(jump);
  Operand out{Type::kBoolean, left.begin, span};
  return wanted ? out : emitter_.unary(Op::kNot, out, Type::kBoolean, span);
}

Result<Operand> Parser::sum() {
  TRY(auto left, product());
  while (is(Kind::kPlus) || is(Kind::kMinus)) {
    const Token at = take();
    TRY(auto right, product());
    TRY(left, emit_binary(at.kind == Kind::kPlus ? Op::kAdd : Op::kSubtract, left, right, at));
  }
  return left;
}

std::optional<Op> Parser::factor_op() const {
  if (is(Kind::kStar)) return Op::kMultiply;
  if (is(Kind::kSlash)) return Op::kDivide;
  if (is(Kind::kPercent)) return Op::kRemainder;
  return is(Kind::kName) ? op_of(text(peek()), {{"div", Op::kDivide}, {"mod", Op::kRemainder}}) : std::nullopt;
}

Result<Operand> Parser::product() {
  TRY(auto left, sign());
  while (auto op = factor_op()) {
    const Token at = take();
    TRY(auto right, sign());
    TRY(left, emit_binary(*op, left, right, at));
  }
  return left;
}

Result<Operand> Parser::sign() {
  const Token at = peek();
  const bool negation = is(Kind::kNot) || is_word("not");
  if (!negation && !is(Kind::kMinus)) return primary();
  Deeper deeper(depth_);
  if (depth_ > kMaxDepth)
    return fail(at, fmt::format("this is inside of {} others; that many are the most", kMaxDepth),
                ErrorCode::kTooLarge);
  take();
  TRY(auto operand, sign());
  TRY_OK(check(at, negation ? cannot_decide(operand.type) : cannot_negate(operand.type)));
  auto out = negation ? emitter_.unary(Op::kNot, operand, Type::kBoolean, since(at.span))
                      : emitter_.unary(Op::kNegate, operand, Type::kNumber, since(at.span));
  out.bare_not = negation;
  return out;
}

Result<Operand> Parser::primary() {
  const Token at = peek();
  switch (at.kind) {
    case Kind::kNumber: {
      take();
      TRY(auto value, number_of(source_, at));
      return emitter_.constant(value, at.span);
    }
    case Kind::kText: {
      take();
      TRY(auto value, text_of(source_, at));
      return emitter_.constant(Value::of(std::string_view(value)), at.span);
    }
    case Kind::kName:
      return name();
    case Kind::kOpen: {
      take();
      TRY(auto inside, expression());
      TRY_OK(expect(Kind::kClose, "an operator or \")\""));
      inside.bare_not = false;
      inside.span = since(at.span);
      if (is(Kind::kDot)) return fail(peek(), "only json:apply(...) has members");
      return inside;
    }
    default:
      return fail(at, fmt::format("expected a name, number, text, function, \"(\", \"-\" or \"!\", found {}", found()));
  }
}

Status Parser::expect(Kind kind, std::string_view what) {
  if (!is(kind)) return fail(peek(), fmt::format("expected {}, found {}", what, found()));
  take();
  return {};
}

std::string Parser::found() const {
  if (is(Kind::kEnd)) return "the end";
  return fmt::format("\"{}\"", excerpt(text(peek()), 40));
}

Status Parser::check(const Token& at, const std::optional<std::string>& problem) const {
  if (scope_.dialect != Dialect::kRule || !problem) return {};
  return fail(at, *problem);
}

/// `!a == b` means (!a) == b, and few who write it know.
Status Parser::check_not(const Operand& left, const Token& at) const {
  if (!left.bare_not) return {};
  return fail(at,
              fmt::format("\"{}\" after ! needs parentheses: !(a {} b) or (!a) {} b", text(at), text(at), text(at)));
}

Result<Operand> Parser::emit_binary(Op op, const Operand& left, const Operand& right, const Token& at) {
  TRY_OK(check(at, cannot_compute(op, left.type, right.type)));
  return emitter_.binary(op, left, right, result_type(op, left.type, right.type), since(left.span));
}

}  // namespace holter::expr
