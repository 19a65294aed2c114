#include "expr/program.h"

#include <thread>

#include <gtest/gtest.h>

#include "expr/evaluate.h"
#include "expr/explain.h"
#include "expr/fake_json.h"
#include "testing/allocated.h"

namespace holter::expr {
namespace {

Scope scope_of(std::vector<Scope::Name> names, Dialect dialect = Dialect::kDefinition) {
  return {.names = std::move(names), .dialect = dialect};
}

std::string error_of(std::string_view text, const Scope& scope, ErrorCode code) {
  auto program = compile(text, scope);
  if (program) return "it compiles";
  EXPECT_EQ(program.error().code(), code) << program.error().message();
  return program.error().message();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Program, tells_an_unknown_name_from_other_errors) {
  auto scope = scope_of({{"used"}, {"total"}});
  EXPECT_EQ(
      error_of("(used / totl) * 100", scope, ErrorCode::kNotFound),
      "cannot compile expression \"(used / totl) * 100\", column 9: unknown name \"totl\", did you mean \"total\"?; in "
      "scope: used, total");
  EXPECT_EQ(
      error_of("used /", scope, ErrorCode::kInvalidArgument),
      "cannot compile expression \"used /\", column 7: expected a name, number, text, function, \"(\", \"-\" or \"!\", "
      "found the end");
}

TEST(Program, lists_at_most_twenty_names_in_scope) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back("field" + std::to_string(i));
  Scope scope;
  for (const auto& name : names) scope.names.push_back({name});
  auto message = error_of("x", scope, ErrorCode::kNotFound);
  EXPECT_TRUE(message.ends_with("field18, field19 and 30 more")) << message;
}

TEST(Program, looks_for_the_nearest_name_in_bounded_time) {
  const std::string word(kMaxSource, 'x');
  std::vector<std::string> names;
  for (std::size_t i = 0; i < Scope::kMaxNames; ++i) names.push_back(std::string(200, 'y') + std::to_string(i));
  Scope scope;
  for (const auto& name : names) scope.names.push_back({name});
  EXPECT_NE(error_of(word, scope, ErrorCode::kNotFound).find(" and 65515 more"), std::string::npos);  // else: minutes
  scope.names.push_back({"one more"});
  EXPECT_TRUE(error_of("1", scope, ErrorCode::kTooLarge).ends_with("65536 names are in scope; 65535 are the most"));
}

TEST(Program, reads_only_the_slots_that_it_names) {
  auto program = compile("c + get('a') + c", scope_of({{"a"}, {"b"}, {"c"}, {"d"}})).value();
  EXPECT_EQ(std::vector(program.slots().begin(), program.slots().end()), (std::vector<std::uint16_t>{2, 0}));
  EXPECT_EQ(program.slot_count(), 3u);
  EXPECT_FALSE(program.uses_now());
  EXPECT_FALSE(program.uses_json());
  EXPECT_TRUE(compile("now()", {}).value().uses_now());
}

TEST(Program, knows_the_type_of_its_result_as_far_as_the_scope_tells) {
  auto scope = scope_of({{"n", Type::kNumber}, {"t", Type::kText}, {"u"}});
  EXPECT_EQ(compile("n * 2", scope)->type(), Type::kNumber);
  EXPECT_EQ(compile("n + t", scope)->type(), Type::kText);
  EXPECT_EQ(compile("n + u", scope)->type(), Type::kUnknown);
  EXPECT_EQ(compile("n > 2", scope)->type(), Type::kBoolean);
  EXPECT_EQ(compile("n > 2 ? n : null", scope)->type(), Type::kNumber);
  EXPECT_EQ(compile("n > 2 ? n : t", scope)->type(), Type::kUnknown);
  EXPECT_EQ(compile("null", scope)->type(), Type::kNull);
}

TEST(Program, refuses_a_rule_that_is_no_condition) {
  auto scope = scope_of({{"n", Type::kNumber}}, Dialect::kRule);
  scope.result = Type::kBoolean;
  EXPECT_TRUE(
      error_of("n + 1", scope, ErrorCode::kInvalidArgument)
          .ends_with(
              "column 1: the whole must be of type boolean, and it is of type number: compare it with something"));
  EXPECT_TRUE(compile("n > 1", scope).has_value());
}

TEST(Program, refuses_json_where_no_reader_is_promised) {
  EXPECT_TRUE(
      error_of("json:apply('{}').a", {}, ErrorCode::kInvalidArgument).ends_with("there is no json:apply() here"));
}

TEST(Program, refuses_text_beyond_its_limit) {
  EXPECT_TRUE(compile("1" + repeated(" ", kMaxSource - 1), {}).has_value());
  auto message = error_of("1" + repeated(" ", kMaxSource), {}, ErrorCode::kTooLarge);
  EXPECT_TRUE(message.ends_with("it has 4097 bytes; 4096 are the most")) << message;
}

TEST(Program, refuses_nesting_beyond_its_limit) {
  EXPECT_TRUE(compile(repeated("(", kMaxDepth - 1) + "1" + repeated(")", kMaxDepth - 1), {}).has_value());
  auto message = error_of(repeated("(", kMaxDepth) + "1" + repeated(")", kMaxDepth), {}, ErrorCode::kTooLarge);
  EXPECT_TRUE(message.ends_with("column 65: this is inside of 64 others; that many are the most")) << message;
  EXPECT_TRUE(error_of(repeated("-", kMaxDepth) + "1", {}, ErrorCode::kTooLarge).find("that many are the most") !=
              std::string::npos);
  EXPECT_TRUE(error_of(repeated("(", kMaxSource), {}, ErrorCode::kTooLarge).find("that many") != std::string::npos);
  EXPECT_TRUE(error_of(repeated("true?", 800) + "1", {}, ErrorCode::kTooLarge).find("that many") != std::string::npos);
}

TEST(Program, takes_long_chains_that_do_not_nest) {
  auto scope = scope_of({{"v"}});
  std::string chain;
  for (int i = 0; i < 100; ++i) chain += "v == " + std::to_string(i) + " ? 't" + std::to_string(i) + "' : ";
  auto program = compile(chain + "'none'", scope);
  ASSERT_TRUE(program.has_value()) << program.error().message();
  Scratch scratch;
  EXPECT_EQ(evaluate(*program, std::vector{Value::of(99.0)}, scratch).value.text(), "t99");
  EXPECT_EQ(evaluate(*program, std::vector{Value::of(100.0)}, scratch).value.text(), "none");
  EXPECT_TRUE(compile("v" + repeated("+v", 400), scope).has_value());
}

TEST(Program, refuses_more_code_than_its_limit) {
  auto message = error_of("v" + repeated("+v", 1000), scope_of({{"v"}}), ErrorCode::kTooLarge);
  EXPECT_TRUE(message.ends_with("it has 2001 instructions; 1024 are the most")) << message;
  std::string many = "v";
  for (int i = 0; i < 520; ++i) many += "," + std::to_string(i);
  message = error_of("v in [" + many + "]", scope_of({{"v"}}), ErrorCode::kTooLarge);
  EXPECT_NE(message.find(" are the most"), std::string::npos) << message;
}

TEST(Program, refuses_more_regular_expressions_than_its_limit) {
  std::string many = "'a' =~ 'a0'";
  for (std::size_t i = 1; i < kMaxRegexes; ++i) many += " || 'a' =~ 'a" + std::to_string(i) + "'";
  auto program = compile(many + " || 'b' =~ 'a1'", {});  // equal ones count once
  ASSERT_TRUE(program.has_value()) << program.error().message();
  EXPECT_GE(program->held_bytes(), kMaxRegexes * kRegexBytes);
  EXPECT_NE(error_of(many + " || 'a' =~ 'b'", {}, ErrorCode::kTooLarge).find("more than 16 different regular"),
            std::string::npos);
}

TEST(Program, refuses_a_regular_expression_that_would_be_huge) {
  EXPECT_NE(error_of(R"('a' =~ '((a{100}){100}){10}')", {}, ErrorCode::kInvalidArgument).find("no regular expression"),
            std::string::npos);
  EXPECT_NE(error_of(R"('a' =~ '(\pL{90}){9}')", {}, ErrorCode::kTooLarge).find("no regular expression"),
            std::string::npos);
}

TEST(Program, computes_constant_parts_once) {
  EXPECT_EQ(compile("60 * 60 * 24", {})->instructions(), 1u);
  EXPECT_EQ(compile("v / (60 * 60 * 24)", scope_of({{"v"}}))->instructions(), 3u);
  EXPECT_EQ(compile("'a' + 'b' + -1", {})->instructions(), 1u);
  EXPECT_EQ(compile("1 / 0", {})->instructions(), 3u);
  EXPECT_EQ(compile("60 * 60 * 24", {.fold = false})->instructions(), 5u);
}

TEST(Program, shows_its_code) {
  auto program =
      compile("(used / total) * 100 > 90 && state =~ 'up'", scope_of({{"used"}, {"total"}, {"state"}})).value();
  EXPECT_EQ(to_text(program),
            "   0 slot     #0    used\n"
            "   1 slot     #1    total\n"
            "   2 /           used / total\n"
            "   3 constant 100    100\n"
            "   4 *           (used / total) * 100\n"
            "   5 constant 90    90\n"
            "   6 >           (used / total) * 100 > 90\n"
            "   7 &&       -> 11    (used / total) * 100 > 90\n"
            "   8 slot     #2    state\n"
            "   9 =~       \"up\"    state =~ 'up'\n"
            "  10 truth       (used / total) * 100 > 90 && state =~ 'up'\n");
}

TEST(Program, holds_few_bytes_and_counts_them) {
  auto scope = scope_of({{"used"}, {"total"}});
  auto program = compile("(used / total) * 100", scope).value();
  EXPECT_LE(program.held_bytes(), 512u);
  EXPECT_GE(program.held_bytes(), sizeof(std::string));
  // What was allocated is what is counted, but for the blocks of the allocator.
  std::vector<Program> many;
  many.reserve(1000);
  auto before = testing::allocated_bytes();
  std::size_t counted = 0;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(compile("(used / total) * 100", scope).value());
    counted += many.back().held_bytes();
  }
  auto allocated = testing::allocated_bytes() - before;
  EXPECT_LE(allocated, counted + 1000 * 200);
}

TEST(Evaluate, allocates_nothing_on_the_common_path) {
  auto scope = scope_of({{"used"}, {"total"}, {"state"}});
  auto number = compile("(used / total) * 100 > 90 && exists(state) || state in ['up', 'down']", scope).value();
  auto text = compile("state + '-' + used", scope).value();
  std::vector<Value> slots{Value::of(3.0), Value::of(4.0), Value::of("a state that is longer than a small string")};
  Scratch scratch;
  ASSERT_TRUE(evaluate(text, slots, scratch).ok());  // takes the arena
  auto before = testing::allocated_bytes();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(evaluate(number, slots, scratch).ok());
    ASSERT_TRUE(evaluate(text, slots, scratch).ok());
  }
  EXPECT_EQ(testing::allocated_bytes(), before);
  EXPECT_EQ(scratch.held_bytes(), sizeof(Scratch) + TextArena::kCapacity);
}

TEST(Evaluate, refuses_texts_beyond_its_arena) {
  auto scope = scope_of({{"t"}});
  auto doubled = compile("t + t", scope).value();
  Scratch scratch;
  std::string half(TextArena::kCapacity / 2, 'x');
  std::vector<Value> slots{Value::of(std::string_view(half))};
  EXPECT_EQ(evaluate(doubled, slots, scratch).value.text().size(), TextArena::kCapacity);
  half += 'x';
  slots[0] = Value::of(std::string_view(half));
  EXPECT_EQ(evaluate(doubled, slots, scratch).reason, Reason::kTooLong);
}

TEST(Evaluate, grows_a_joined_text_in_place) {
  auto scope = scope_of({{"t"}});
  auto program = compile("t" + repeated("+t", 63), scope).value();
  std::string piece(1000, 'x');
  Scratch scratch;
  auto outcome = evaluate(program, std::vector{Value::of(std::string_view(piece))}, scratch);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value.text(), std::string(64'000, 'x'));
}

TEST(Evaluate, refuses_to_look_for_a_text_beyond_its_limit) {
  auto program = compile("contains(t, n)", scope_of({{"t"}, {"n"}})).value();
  std::string text(1 << 20, 'a');
  std::string needle(4096, 'a');
  Scratch scratch;
  needle.back() = 'b';
  std::vector<Value> slots{Value::of(std::string_view(text)), Value::of(std::string_view(needle))};
  EXPECT_FALSE(evaluate(program, slots, scratch).value.boolean());  // in linear time: quadratic is 4e9 steps
  needle += 'b';
  slots[1] = Value::of(std::string_view(needle));
  EXPECT_EQ(evaluate(program, slots, scratch).reason, Reason::kTooLong);
}

TEST(Evaluate, takes_invalid_utf8_and_nul_bytes_from_slots) {
  auto scope = scope_of({{"t"}});
  Scratch scratch;
  std::vector<Value> slots{Value::of(std::string_view("\xff\0x", 3))};
  EXPECT_EQ(evaluate(compile("t + 'y'", scope).value(), slots, scratch).value.text(), std::string_view("\xff\0xy", 4));
  EXPECT_FALSE(evaluate(compile("t =~ '.*'", scope).value(), slots, scratch).value.boolean());
  EXPECT_EQ(evaluate(compile("t * 2", scope).value(), slots, scratch).reason, Reason::kNotNumber);
}

TEST(Program, refuses_source_that_is_no_utf8) {
  EXPECT_TRUE(error_of("1 + '\xff'", {}, ErrorCode::kInvalidArgument).ends_with("column 6: this byte is not UTF-8"));
}

TEST(Program, is_shared_by_threads) {
  auto program = compile("t =~ 'eth[0-9]+' ? v * 2 : v", scope_of({{"t"}, {"v"}})).value();
  std::vector<std::jthread> threads;
  std::vector<double> sums(4);
  for (std::size_t n = 0; n < sums.size(); ++n)
    threads.emplace_back([copy = program, n, &sums] {
      Scratch scratch;
      for (int i = 0; i < 500; ++i) {
        auto name = "eth" + std::to_string(i);
        std::vector<Value> slots{Value::of(std::string_view(name)), Value::of(1.0)};
        sums[n] += evaluate(copy, slots, scratch).value.number();
      }
    });
  threads.clear();
  EXPECT_EQ(sums, std::vector<double>(4, 1000.0));
}

}  // namespace
}  // namespace holter::expr
