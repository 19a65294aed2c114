#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "expr/evaluate.h"
#include "expr/number_text.h"
#include "expr/operate.h"

namespace holter::expr {
namespace {

/// An expression as a tree, and the values of its names: what the compiler must agree with.
struct Tree {
  enum class Kind { kLeaf, kUnary, kBinary, kAnd, kOr, kBranch } kind = Kind::kLeaf;
  Op op = Op::kAdd;
  std::string name;  ///< leaf: of the variable; empty: the literal
  Value value;
  std::vector<Tree> parts;
};

struct Operator {
  Op op;
  std::string_view text;
  int level;
};
constexpr Operator kOperators[] = {{Op::kEqual, "==", 4},     {Op::kNotEqual, "!=", 4}, {Op::kLess, "<", 5},
                                   {Op::kLessEqual, "<=", 5}, {Op::kGreater, ">", 5},   {Op::kGreaterEqual, ">=", 5},
                                   {Op::kAdd, "+", 6},        {Op::kAdd, "+", 6},       {Op::kSubtract, "-", 6},
                                   {Op::kMultiply, "*", 7},   {Op::kDivide, "/", 7},    {Op::kRemainder, "%", 7}};

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  Tree tree(int depth) {
    auto dice = pick(depth == 0 ? 3 : 10);
    if (dice < 3) return leaf();
    if (dice == 3) return {Tree::Kind::kUnary, pick(2) ? Op::kNegate : Op::kNot, {}, {}, {tree(depth - 1)}};
    if (dice == 4)
      return {pick(2) ? Tree::Kind::kAnd : Tree::Kind::kOr, {}, {}, {}, {tree(depth - 1), tree(depth - 1)}};
    if (dice == 5) return {Tree::Kind::kBranch, {}, {}, {}, {tree(depth - 1), tree(depth - 1), tree(depth - 1)}};
    return {
        Tree::Kind::kBinary, kOperators[pick(std::size(kOperators))].op, {}, {}, {tree(depth - 1), tree(depth - 1)}};
  }

  Value value() {
    static constexpr std::string_view kTexts[] = {
        "", "1", "2.5", "abc", "true", "False", "-7", "9223372036854775807", "é\n\"\\"};
    static constexpr double kDoubles[] = {0.0, 1.0, -2.5, 1e300, 0.1, 1e7, 123456789.0};
    static constexpr std::int64_t kIntegers[] = {0, 1, -1, 2, 3, 100, INT64_MAX, INT64_MIN};
    switch (pick(8)) {
      case 0:
        return {};
      case 1:
        return Value::of(pick(2) == 1);
      case 2:
      case 3:
        return Value::of(kTexts[pick(std::size(kTexts))]);
      case 4:
      case 5:
        return Value::of(kDoubles[pick(std::size(kDoubles))]);
      default:
        return Value::of(kIntegers[pick(std::size(kIntegers))]);
    }
  }
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

 private:
  Tree leaf() {
    static constexpr std::string_view kNames[] = {"a", "b.c", "$.d.1m"};
    if (pick(2) == 0) return {Tree::Kind::kLeaf, {}, std::string(kNames[pick(3)]), {}, {}};
    return {Tree::Kind::kLeaf, {}, {}, value(), {}};
  }

  std::mt19937 random_;
};

const std::vector<Scope::Name> kNames = {{"a"}, {"b.c"}, {"$.d.1m"}};

Value slot_of(std::string_view name, const std::vector<Value>& slots) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i].name == name) return slots[i];
  return {};
}

/// Walks the tree: the meaning of the language, without compiler and machine.
Reason walk(const Tree& tree, const std::vector<Value>& slots, TextArena& texts, Value& result) {
  auto condition = [&](const Tree& part, bool& truth) {
    Value value;
    auto reason = walk(part, slots, texts, value);
    return reason == Reason::kNone ? to_boolean(value, truth) : reason;
  };
  bool truth = false;
  switch (tree.kind) {
    case Tree::Kind::kLeaf:
      result = tree.name.empty() ? tree.value : slot_of(tree.name, slots);
      return Reason::kNone;
    case Tree::Kind::kUnary: {
      Value value;
      if (auto reason = walk(tree.parts[0], slots, texts, value); reason != Reason::kNone) return reason;
      if (tree.op == Op::kNegate) return negate(value, result);
      auto reason = to_boolean(value, truth);
      result = Value::of(!truth);
      return reason;
    }
    case Tree::Kind::kBinary: {
      Value left;
      Value right;
      if (auto reason = walk(tree.parts[0], slots, texts, left); reason != Reason::kNone) return reason;
      if (auto reason = walk(tree.parts[1], slots, texts, right); reason != Reason::kNone) return reason;
      return binary(tree.op, left, right, texts, result);
    }
    case Tree::Kind::kAnd:
    case Tree::Kind::kOr: {
      auto reason = condition(tree.parts[0], truth);
      if (reason == Reason::kNone && truth == (tree.kind == Tree::Kind::kAnd)) reason = condition(tree.parts[1], truth);
      result = Value::of(truth);
      return reason;
    }
    case Tree::Kind::kBranch:
      break;
  }
  if (auto reason = condition(tree.parts[0], truth); reason != Reason::kNone) return reason;
  return walk(tree.parts[truth ? 1 : 2], slots, texts, result);
}

int level_of(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::kBranch:
      return 1;
    case Tree::Kind::kOr:
      return 2;
    case Tree::Kind::kAnd:
      return 3;
    case Tree::Kind::kUnary:
      return 8;
    case Tree::Kind::kLeaf:
      return 9;
    case Tree::Kind::kBinary:
      break;
  }
  for (const auto& op : kOperators)
    if (op.op == tree.op) return op.level;
  return 0;
}

/// As source. `all`: parentheses around everything; else only where the precedence asks for them. `named`: names stand
/// as names; else as the literals of their values.
struct Printer {
  bool all = false;
  bool named = true;
  const std::vector<Value>* slots = nullptr;

  std::string print(const Tree& tree, int least = 0) const {
    auto text = bare(tree);
    // A negative number is written with a sign, which is an operator.
    bool negative = tree.kind == Tree::Kind::kLeaf && text.starts_with('-');
    bool wrapped = level_of(tree) < least || (negative && least > 8);
    return all || wrapped ? "(" + text + ")" : text;
  }
  std::string bare(const Tree& tree) const {
    switch (tree.kind) {
      case Tree::Kind::kLeaf:
        if (tree.name.empty()) return to_literal(tree.value);
        return named ? tree.name : to_literal(slot_of(tree.name, *slots));
      case Tree::Kind::kUnary:
        // "!a == b" is refused, so a negation is written with its parentheses.
        return tree.op == Op::kNegate ? "-" + print(tree.parts[0], 8) : "(!" + print(tree.parts[0], 8) + ")";
      case Tree::Kind::kAnd:
        return print(tree.parts[0], 3) + " && " + print(tree.parts[1], 4);
      case Tree::Kind::kOr:
        return print(tree.parts[0], 2) + " || " + print(tree.parts[1], 3);
      case Tree::Kind::kBranch:
        return print(tree.parts[0], 2) + " ? " + print(tree.parts[1]) + " : " + print(tree.parts[2]);
      case Tree::Kind::kBinary:
        break;
    }
    const int level = level_of(tree);
    std::string_view sign;
    for (const auto& op : kOperators)
      if (op.op == tree.op) sign = op.text;
    // Comparisons do not chain, so neither side may be one of the same level.
    return print(tree.parts[0], level <= 5 ? level + 1 : level) + " " + std::string(sign) + " " +
           print(tree.parts[1], level + 1);
  }
};

TEST(ExprProperty, random_expressions_mean_the_same_however_they_are_written) {
  Generator generator(20261124);
  std::size_t with_value = 0;
  constexpr std::size_t kRounds = 20'000;
  for (std::size_t round = 0; round < kRounds; ++round) {
    auto tree = generator.tree(5);
    std::vector<Value> slots{generator.value(), generator.value(), generator.value()};
    TextArena texts;
    Value expected;
    auto reason = walk(tree, slots, texts, expected);
    with_value += reason == Reason::kNone;
    const std::string sources[] = {Printer{}.print(tree), Printer{.all = true}.print(tree),
                                   Printer{.named = false, .slots = &slots}.print(tree)};
    for (const auto& source : sources) {
      for (bool fold : {true, false}) {
        auto program = compile(source, {.names = kNames, .fold = fold});
        if (!program && program.error().code() == ErrorCode::kTooLarge) continue;
        ASSERT_TRUE(program.has_value()) << program.error().message();
        Scratch scratch;
        auto outcome = evaluate(*program, slots, scratch);
        ASSERT_EQ(to_string(outcome.reason), to_string(reason)) << source;
        if (outcome.ok())
          ASSERT_TRUE(outcome.value.same_as(expected))
              << source << "\n got " << to_literal(outcome.value) << ", expected " << to_literal(expected);
      }
    }
  }
  EXPECT_GT(with_value, kRounds / 5);  // else the property says little
}

/// A value of the type, or null.
Value value_of(Type type, Generator& generator) {
  if (generator.pick(8) == 0) return {};
  while (true) {
    auto value = generator.value();
    if (type == Type::kNumber ? value.is_number() : type == Type::kText ? value.is_text() : value.is_boolean())
      return value;
  }
}

TEST(ExprProperty, a_rule_that_compiles_never_fails_by_its_types) {
  Generator generator(8);
  const std::vector<Scope::Name> typed = {{"a", Type::kNumber}, {"b.c", Type::kText}, {"$.d.1m", Type::kBoolean}};
  std::size_t compiled = 0;
  std::size_t refused = 0;
  for (std::size_t round = 0; round < 100'000; ++round) {
    auto source = Printer{}.print(generator.tree(3));
    if (source.contains('?')) continue;  // the type of two branches may be unknown
    auto program = compile(source, {.names = typed, .dialect = Dialect::kRule});
    ++(program ? compiled : refused);
    if (!program) continue;
    std::vector<Value> slots;
    for (const auto& name : typed) slots.push_back(value_of(name.type, generator));
    Scratch scratch;
    auto outcome = evaluate(*program, slots, scratch);
    ASSERT_TRUE(outcome.reason != Reason::kWrongType && outcome.reason != Reason::kNotNumber &&
                outcome.reason != Reason::kNotBoolean)
        << source << ": " << to_string(outcome.reason);
    if (!outcome.ok() || outcome.value.is_null() || program->type() == Type::kUnknown) continue;
    const auto type = outcome.value.is_number() ? Type::kNumber
                      : outcome.value.is_text() ? Type::kText
                                                : Type::kBoolean;
    ASSERT_EQ(to_string(program->type()), to_string(type)) << source;
  }
  EXPECT_GT(compiled, 10'000u);
  EXPECT_GT(refused, 10'000u);
}

TEST(ExprProperty, numbers_survive_being_text) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    auto bits = random();
    double number = 0;
    std::memcpy(&number, &bits, sizeof(number));
    if (i % 2 == 0) number = static_cast<double>(static_cast<std::int64_t>(bits) >> (i % 60)) / 100;
    if (!std::isfinite(number)) continue;
    char buffer[kMaxScalarText];
    auto text = write_double(number, buffer);
    auto back = parse_number(text);
    ASSERT_TRUE(back.has_value() && back->is_double()) << text;
    ASSERT_EQ(back->number(), number) << text;
  }
}

}  // namespace
}  // namespace holter::expr
