#include "collect/layout.h"

#include <gtest/gtest.h>

#include "collect/test_fields.h"
#include "collect/test_refusals.h"

namespace holter::collect {
namespace {

using model::FieldType;
using testing::check_field;
using testing::check_filter;
using testing::check_lines;
using testing::RawRow;

/// The lines of all blocks of `kind` in a page.
std::vector<std::string> examples_of(const char* path, std::string_view kind) {
  std::vector<std::string> out;
  bool inside = false;
  for (auto& line : testing::table::lines_of(path)) {
    if (line.starts_with("```"))
      inside = line == fmt::format("```{}", kind);
    else if (inside)
      out.push_back(line);
  }
  return out;
}

TEST(Layout, agrees_with_the_golden_vectors) {
  EXPECT_GE(check_lines(testing::table::lines_of("src/collect/testdata/fields.txt"), &check_field), 110u);
}

TEST(Layout, does_what_the_page_says) {
  EXPECT_GE(check_lines(examples_of("docs/definitions.md", "fields"), &check_field), 20u);
  EXPECT_GE(check_lines(examples_of("docs/definitions.md", "filters"), &check_filter), 4u);
}

class LayoutTest : public ::testing::Test {
 protected:
  Layout make(std::vector<model::FieldDef> fields, const std::vector<std::string>& aliases,
              const std::vector<model::Calculate>& calculates = {}, const std::vector<std::string>& filters = {}) {
    set.fields = std::move(fields);
    auto layout = Layout::make(set, aliases, calculates, {}, filters).value();
    EXPECT_TRUE(scratch.prepare(layout, WallTime()));
    return layout;
  }

  model::SetDef set{.name = "s"};
  memory::Account account{"scratch", nullptr, 1 << 20};
  Layout::Scratch scratch{account};
};

TEST_F(LayoutTest, takes_the_unit_of_each_row_for_itself) {
  auto layout = make({{.field = "size", .type = FieldType::kNumber, .unit = "MB"}}, {"size"});
  RawTable table;
  table.reset(1);
  for (const char* text : {"1GB", "7", "1024KB"}) {
    ASSERT_TRUE(table.add_row());
    ASSERT_TRUE(table.set(0, std::string_view(text)));
  }
  EXPECT_EQ(layout.value(table, 0, 0, scratch).number, 1024);
  EXPECT_EQ(layout.value(table, 1, 0, scratch).number, 7) << "not the unit of the row before";
  EXPECT_EQ(layout.value(table, 2, 0, scratch).number, 1);
}

TEST_F(LayoutTest, keeps_a_wrong_calculation_as_a_field_that_is_null_with_the_reason) {
  auto layout = make({{.field = "usage", .type = FieldType::kNumber}, {.field = "used", .type = FieldType::kNumber}},
                     {"used", "total"}, {{"usage", "(used / totl) * 100"}});
  EXPECT_EQ(layout.fields()[0].defect,
            "cannot compile expression \"(used / totl) * 100\", column 9: unknown name \"totl\", did you mean "
            "\"total\"?; in scope: used, total");
  RawRow row("used=1, total=2");
  EXPECT_TRUE(layout.value(row.raw, 0, 0, scratch).is_null);
  EXPECT_EQ(layout.value(row.raw, 0, 1, scratch).number, 1);
  EXPECT_EQ(layout.explain(row.raw, 0, 0, scratch).why, layout.fields()[0].defect);
}

TEST_F(LayoutTest, keeps_a_row_for_which_one_of_its_filters_is_true) {
  auto layout = make({{.field = "disk"}, {.field = "used", .type = FieldType::kNumber}, {.field = "path"}},
                     {"disk", "used", "mount"}, {{"path", "'/' + mount"}},
                     {"used / 0 > 1", "used > 90", "path == '/home' && disk =~ 'sd.*'"});
  EXPECT_TRUE(layout.filtered());
  EXPECT_TRUE(layout.keeps(RawRow("disk='sda', used=95, mount='x'").raw, 0, scratch));
  EXPECT_TRUE(layout.keeps(RawRow("disk='sda', used=5, mount='home'").raw, 0, scratch));
  EXPECT_FALSE(layout.keeps(RawRow("disk='nvme0', used=5, mount='home'").raw, 0, scratch));
  EXPECT_FALSE(layout.keeps(RawRow("disk='sda', used=null, mount='x'").raw, 0, scratch)) << "null is not true";
}

TEST_F(LayoutTest, refuses_a_wrong_filter_by_set_text_and_column) {
  set.fields = {{.field = "used", .type = FieldType::kNumber}};
  auto layout = Layout::make(set, {"used"}, {}, {}, {"usd > 90"});
  ASSERT_FALSE(layout.has_value());
  EXPECT_EQ(layout.error().code(), ErrorCode::kNotFound);
  for (auto part : {"filter of set s", "\"usd > 90\"", "column 1", "did you mean \"used\"?"})
    EXPECT_NE(layout.error().message().find(part), std::string::npos) << layout.error().message();
}

TEST_F(LayoutTest, charges_its_scratch_and_says_when_the_account_refuses) {
  auto layout = make({{.field = "x", .type = FieldType::kNumber}}, {"a"}, {{"x", "a + 1"}});
  EXPECT_GT(account.used(), 128u << 10);
  memory::Account small("small", nullptr, 64 << 10);
  Layout::Scratch refused(small);
  EXPECT_FALSE(refused.prepare(layout, WallTime()));
  EXPECT_EQ(small.used(), 0u);
  auto plain = Layout::make(set, {"x"}, {}, {}).value();
  EXPECT_TRUE(refused.prepare(plain, WallTime())) << "renames need nothing";
}

#if !__has_feature(thread_sanitizer)
TEST_F(LayoutTest, allocates_nothing_for_rows_once_it_is_warm) {
  std::vector<model::FieldDef> fields = {{.field = "size", .type = FieldType::kNumber, .unit = "MB"},
                                         {.field = "name"},
                                         {.field = "usage", .type = FieldType::kNumber, .unit = "%"},
                                         {.field = "joined"},
                                         {.field = "at", .type = FieldType::kTime},
                                         {.field = "role"}};
  auto layout =
      make(std::move(fields), {"size", "name", "used", "total", "at", "info"},
           {{"usage", "(used / total) * 100"}, {"joined", "name + '-' + used"}, {"role", "json:apply(info).role"}},
           {"usage > 1 && joined != ''"});
  RawRow row(R"(size="23.5KB", name="a name that is too long for a short string", used=2310, total=7821, at="12:30:00",
                info='{"role": "a leader with a name too long for a short string"}')");
  std::size_t values = 0;
  auto all = [&] {
    if (!layout.keeps(row.raw, 0, scratch)) return;
    for (std::size_t i = 0; i < layout.fields().size(); ++i)
      values += layout.value(row.raw, 0, i, scratch).is_null ? 0 : 1;
  };
  all();  // the first texts take the memory for all
  testing::t_refusals = {.armed = true, .first = ~std::size_t{0}};
  for (int i = 0; i < 100; ++i) all();
  testing::t_refusals.armed = false;
  EXPECT_EQ(testing::t_refusals.seen, 0u);
  EXPECT_EQ(values, 606u);
}
#endif

TEST_F(LayoutTest, counts_what_it_holds) {
  auto plain = make({{.field = "x", .type = FieldType::kNumber}}, {"a"});
  auto computing = make({{.field = "x", .type = FieldType::kNumber}}, {"a"}, {{"x", "a + 1"}});
  auto matching = make({{.field = "x", .type = FieldType::kNumber}}, {"a"}, {{"x", "a =~ 'b' ? 1 : 2"}});
  EXPECT_GT(plain.held_bytes(), sizeof(Layout));
  EXPECT_GT(computing.held_bytes(), plain.held_bytes());
  EXPECT_GT(matching.held_bytes(), computing.held_bytes() + expr::kRegexBytes);
  EXPECT_EQ(computing.own_bytes(), 0u);
  computing.set_own();
  EXPECT_EQ(computing.own_bytes(), computing.held_bytes());
}

TEST_F(LayoutTest, explains_a_computed_value_step_by_step) {
  model::SetDef set{.name = "s", .fields = {{.field = "size", .type = FieldType::kNumber, .unit = "MB"}}};
  auto layout = Layout::make(set, {"used", "blocks"}, {{"size", "used / 3 + blocks"}}, {{"size", "KB", "MB"}}).value();
  ASSERT_TRUE(scratch.prepare(layout, WallTime()));
  RawRow row("used='1GB', blocks=2");
  auto told = layout.explain(row.raw, 0, 0, scratch);
  EXPECT_EQ(told.lines(), (std::vector<std::string>{
                              "used = \"1GB\"",
                              "blocks = 2",
                              "used / 3 = 0.3333333333333333",
                              "used / 3 + blocks = 2.3333333333333335",
                              "GB -> MB: times 1024",
                              "rounded to 4 decimals",
                              "size = 2389.3333",
                          }));
  EXPECT_EQ(told.expression, "used / 3 + blocks");
  EXPECT_EQ(told.found, "2.3333333333333335");
  EXPECT_EQ(told.from, "GB");
  EXPECT_EQ(told.to, "MB");
}

TEST_F(LayoutTest, explains_why_there_is_no_value) {
  auto layout = make({{.field = "n", .type = FieldType::kNumber},
                      {.field = "t", .type = FieldType::kTime},
                      {.field = "x", .type = FieldType::kNumber},
                      {.field = "none"},
                      {.field = "m", .type = FieldType::kNumber},
                      {.field = "key", .type = FieldType::kSecret},
                      {.field = "nul"}},
                     {"n", "t", "m", "key"}, {{"x", "m / 0"}, {"nul", "null"}});
  RawRow row("n='abc', t='25:00', m=null, key='geheim'");
  auto why = [&](std::size_t field) { return layout.explain(row.raw, 0, field, scratch).why; };
  EXPECT_EQ(why(0), "cannot use \"abc\" for the field 'n': a finite number, alone or with a unit, is needed");
  EXPECT_EQ(why(1), "cannot use \"25:00\" for the field 't': a time of day, HH:mm[:ss], is needed");
  EXPECT_EQ(why(2), "cannot compute m / 0: null operand, m is null");
  EXPECT_EQ(why(3), "cannot fill the field 'none': no column has its name and no calculation is for it");
  EXPECT_EQ(why(4), "cannot fill the field 'm': 'm' is null in this row");
  EXPECT_EQ(why(6), "cannot fill the field 'nul': its calculation yields null");
  auto secret = layout.explain(row.raw, 0, 5, scratch);
  EXPECT_EQ(secret.result, "(secret)");
  EXPECT_TRUE(secret.cells.empty());
}

TEST_F(LayoutTest, explains_hostile_texts_cut_and_without_control_bytes) {
  auto layout = make({{.field = "t"}}, {"t"});
  RawTable table;
  table.reset(1);
  ASSERT_TRUE(table.add_row());
  ASSERT_TRUE(table.set(0, std::string(100'000, '\x1b')));
  auto told = layout.explain(table, 0, 0, scratch);
  for (const auto& line : told.lines()) {
    EXPECT_LT(line.size(), 1000u);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace holter::collect
