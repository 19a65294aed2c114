#include "collect/expand.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "memory/account.h"

namespace holter::collect {
namespace {

using model::Node;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Node map(std::vector<std::pair<std::string, Node>> entries) {
  Node node{.kind = Node::Kind::kMap};
  for (auto& [key, value] : entries) {
    node.keys.push_back(key);
    node.items.push_back(std::move(value));
  }
  return node;
}
Node list(std::vector<Node> items) {
  return {.kind = Node::Kind::kList, .text = {}, .items = std::move(items), .keys = {}};
}
Node text(std::string value) {
  return Node::of_text(std::move(value));
}

class ExpandTest : public testing::Test {
 protected:
  ExpandTest() {
    sets_.resize(4);
    for (std::size_t i = 0; i < sets_.size(); ++i)
      sets_[i] = {.name = "set" + std::to_string(i), .priority = static_cast<int>(i), .fields = {{.field = "id"}}};
  }
  /// A table of one text column.
  RawTable table(const std::vector<std::string>& rows) {
    RawTable out;
    out.charge_to(answers_);
    out.reset(1);
    for (const auto& row : rows) {
      EXPECT_TRUE(out.add_row());
      if (row != "-") EXPECT_TRUE(out.set(0, std::string_view(row)));
    }
    return out;
  }
  static Layout one(const std::string& field, bool number = false) {
    return Layout::of({{.name = field, .number = number}});
  }
  Status add(int set, const std::string& field, const std::vector<std::string>& rows) {
    return environment_.add(sets_[static_cast<std::size_t>(set)], one(field), table(rows), names_, scratch_,
                            WallTime());
  }
  Environment::Runs runs(const std::vector<std::string>& names) {
    auto found = environment_.runs(names, level_);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().message());
    return found ? *found : Environment::Runs{};
  }
  std::string refusal(const std::vector<std::string>& names) {
    auto found = environment_.runs(names, level_);
    return found ? "no error" : found.error().message();
  }

  memory::Budget budget_{1 << 20};
  memory::Account& account_ = budget_.account("rounds");
  memory::Account& answers_ = budget_.account("answers");
  std::vector<model::SetDef> sets_;
  std::vector<std::string> names_{"id", "token", "state"};
  Layout::Scratch scratch_{answers_};
  Environment environment_{account_};
  int level_ = 10;
};

TEST_F(ExpandTest, finds_references_in_every_text_but_not_in_keys) {
  model::ResolvedSet set{
      .set = nullptr,
      .aliases = {"$.^o^a^o^"},
      .calculates = {{"x", "y='^o^b.1^o^'"}},
      .units = {{"^o^c^o^", "B", "^o^d-e^o^"}},
      .block = map({{"^o^key^o^", text("^o^f^o^ ^o^a^o^")}, {"l", list({text("^o^g_^o^"), text("^o^bad name^o^")})}})};
  EXPECT_THAT(references(set), ElementsAre("f", "a", "g_", "b.1", "c", "d-e"));
  set.block = map({{"url", text("/containers/^_^id^_^")}});
  set.aliases = {"^o^^o^", "^o^x"};
  set.calculates = {};
  set.units = {};
  EXPECT_THAT(references(set), IsEmpty());
}

TEST_F(ExpandTest, replaces_what_is_known_and_leaves_the_rest) {
  model::ResolvedSet set{.set = sets_.data(),
                         .aliases = {"^o^id^o^", "^o^none^o^", "a ^o^none^o^ b"},
                         .calculates = {{"id", "^o^id^o^"}},
                         .units = {{"size", "^o^id^o^", "MB"}},
                         .block = map({{"url", text("/c/^o^id^o^/^o^other^o^")},
                                       {"token", text("^o^none^o^")},
                                       {"^o^id^o^", list({text("^o^none^o^"), text("x^o^id^o^^o^id^o^")})}})};
  auto out = substitute(set, {{"id", "17"}, {"none", std::nullopt}});
  EXPECT_EQ(out.set, set.set);
  EXPECT_THAT(out.aliases, ElementsAre("17", "", "a  b"));
  EXPECT_EQ(out.calculates[0], (model::Calculate{"id", "17"}));
  EXPECT_EQ(out.units[0], (model::UnitRule{"size", "17", "MB"}));
  EXPECT_EQ(out.block,
            map({{"url", text("/c/17/^o^other^o^")}, {"token", Node{}}, {"^o^id^o^", list({Node{}, text("x1717")})}}));
}

TEST_F(ExpandTest, a_value_within_quotes_of_a_calculation_stays_one_text) {
  model::ResolvedSet set{.set = sets_.data(),
                         .aliases = {},
                         .calculates = {{"s", R"(state='^o^s^o^' + "^o^s^o^")"}},
                         .units = {},
                         .block = {}};
  auto of = [&set](const std::string& value) { return substitute(set, {{"s", value}}).calculates[0].expression; };
  EXPECT_EQ(of("runnable"), R"(state='runnable' + "runnable")");
  EXPECT_EQ(of(R"(it's "x")"), R"(state='it\'s \"x\"' + "it\'s \"x\"")");
  EXPECT_EQ(of(R"(a\b\#c)"), R"(state='a\\b\\\u0023c' + "a\\b\\\u0023c")");
  EXPECT_EQ(of("' + now() + '"), R"(state='\' + now() + \'' + "\' + now() + \'")");
  set.calculates[0].expression = R"('it\'s ^o^s^o^' + ^o^s^o^)";  // outside of quotes a value is a name or a number
  EXPECT_EQ(of("a'b"), R"('it\'s a\'b' + a'b)");
}

TEST_F(ExpandTest, one_row_stands_for_itself_in_all_later_levels) {
  ASSERT_TRUE(add(0, "token", {"t0"}));
  ASSERT_TRUE(add(1, "id", {"1", "2", "-"}));
  auto found = runs({"token"});
  EXPECT_EQ(found.count, 1u);
  EXPECT_EQ(found.note(), "");
  EXPECT_THAT(environment_.variables(found, 0), ElementsAre(Pair("token", "t0")));
  found = runs({"id", "token"});
  ASSERT_EQ(found.count, 3u);
  EXPECT_THAT(environment_.variables(found, 1), ElementsAre(Pair("id", "2"), Pair("token", "t0")));
  EXPECT_THAT(environment_.variables(found, 2), ElementsAre(Pair("id", std::nullopt), Pair("token", "t0")));
}

TEST_F(ExpandTest, at_most_fifty_rows_are_asked_for_and_the_rest_is_told) {
  ASSERT_TRUE(add(1, "id", std::vector<std::string>(73, "c")));
  auto found = runs({"id"});
  EXPECT_EQ(found.count, 50u);
  EXPECT_EQ(found.note(), "asked for the first 50 of 73 rows of set1");
}

TEST_F(ExpandTest, no_rows_are_no_runs) {
  ASSERT_TRUE(add(1, "id", {}));
  auto found = runs({"id"});
  EXPECT_EQ(found.count, 0u);
  EXPECT_EQ(found.note(), "asked for none: set1 has no rows");
}

TEST_F(ExpandTest, all_sets_of_a_level_are_searched_and_the_nearest_level_first) {
  sets_[1].priority = sets_[2].priority = 1;
  ASSERT_TRUE(add(0, "id", {"far"}));
  ASSERT_TRUE(add(2, "id", {"b1", "b2"}));  // ends first
  ASSERT_TRUE(add(1, "state", {"s1", "s2"}));
  EXPECT_EQ(runs({"id"}).of, "set2");
  ASSERT_TRUE(add(1, "id", {"a1", "a2", "a3"}));  // in the order of the definition, whatever ends first
  EXPECT_EQ(runs({"id"}).of, "set1");
  environment_.add_failed(sets_[1], model::ResultCode::kUnconnectable,
                          "refused");  // what failed has nothing to give when another has
  EXPECT_EQ(runs({"id"}).of, "set2");
}

TEST_F(ExpandTest, sets_of_the_same_level_are_no_source) {
  ASSERT_TRUE(add(1, "id", {"1", "2"}));
  level_ = 1;
  EXPECT_EQ(refusal({"id"}), "cannot ask: no set of an earlier level has given ^o^id^o^");
  level_ = 2;
  EXPECT_EQ(runs({"id"}).count, 2u);
}

TEST_F(ExpandTest, says_why_a_set_cannot_be_asked) {
  EXPECT_EQ(refusal({"id"}), "cannot ask: no set of an earlier level has given ^o^id^o^");
  environment_.add_failed(sets_[1], model::ResultCode::kUnconnectable, "connection refused");
  EXPECT_EQ(refusal({"id"}), "cannot ask: ^o^id^o^ is of set1, which failed: connection refused");
  ASSERT_TRUE(add(1, "id", {"1", "2"}));
  ASSERT_TRUE(add(2, "state", {"a", "b"}));
  EXPECT_EQ(refusal({"id", "state"}),
            "cannot ask: ^o^id^o^ is of set1 and ^o^state^o^ of set2, and both have several rows");
}

TEST_F(ExpandTest, keeps_only_what_is_referred_to_and_numbers_as_they_are_shown) {
  RawTable raw;
  raw.charge_to(answers_);
  raw.reset(2);
  ASSERT_TRUE(raw.add_row());
  raw.set(0, 0.123456);
  ASSERT_TRUE(raw.set(1, std::string(5000, 'x')));
  auto layout = Layout::of({{.name = "id", .number = true}, {.name = "big"}});
  ASSERT_TRUE(environment_.add(sets_[1], layout, raw, names_, scratch_, WallTime()));
  EXPECT_LT(environment_.bytes(), 1000u);
  EXPECT_THAT(environment_.variables(runs({"id"}), 0), ElementsAre(Pair("id", "0.1235")));
  EXPECT_THAT(refusal({"big"}), HasSubstr("no set of an earlier level has given ^o^big^o^"));
}

TEST_F(ExpandTest, bytes_are_charged_bounded_and_given_back) {
  auto before = account_.used();
  ASSERT_TRUE(add(1, "id", std::vector<std::string>(50, std::string(1000, 'x'))));
  EXPECT_GT(environment_.bytes(), 50'000u);
  EXPECT_GE(account_.used(), before + environment_.bytes());
  ASSERT_TRUE(add(1, "id", {"1", "2"}));  // in place of the first
  EXPECT_LT(environment_.bytes(), 1000u);
  EXPECT_THAT(add(2, "id", {std::string(Environment::kLongestValue + 1, 'x')}).error().message(),
              HasSubstr("at most 16384 are taken"));
  EXPECT_THAT(refusal({"id"}), HasSubstr("at most 16384 are taken"));
  account_.set_limit(20'000);
  auto refused = add(3, "id", std::vector<std::string>(50, std::string(1000, 'x')));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_LT(environment_.bytes(), 1000u);
  environment_.clear();
  EXPECT_EQ(account_.used(), before);
}

TEST_F(ExpandTest, the_reserve_pays_when_the_account_refuses) {
  auto& reserve = budget_.account("critical");
  account_.set_limit(100);
  Environment critical{account_, &reserve};
  ASSERT_TRUE(critical.add(sets_[1], one("id"), table({"1", "2"}), names_, scratch_, WallTime()));
  EXPECT_GE(reserve.used(), critical.bytes());
}

}  // namespace
}  // namespace holter::collect
