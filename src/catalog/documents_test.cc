#include "catalog/documents.h"

#include <gmock/gmock.h>

#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DocumentsTest : public OpenCatalogFixture {
 protected:
  Result<DefinitionText> put(std::uint64_t base, const std::string& text, std::size_t keep = 3,
                             const std::string& app = "redis") {
    return database_->write<DefinitionText>(
        "eva", [&](Transaction& t) { return put_definition(t, app, base, text, {keep, most_}); });
  }
  Result<DefinitionText> remove(std::uint64_t base, const std::string& app = "redis") {
    return database_->write<DefinitionText>(
        "eva", [&](Transaction& t) { return delete_definition(t, app, base, {3, most_}); });
  }
  std::vector<std::uint64_t> versions() {
    std::vector<std::uint64_t> found;
    for (const auto& row : read_definition_versions(*database_, "redis").value()) found.push_back(row.version);
    return found;
  }
  Result<Setting> set(const std::string& name, const std::string& json, std::uint64_t version) {
    return database_->write<Setting>("eva",
                                     [&](Transaction& t) { return put_setting(t, {name, json, version, {}, {}}); });
  }
  std::size_t most_ = 100;  ///< definitions
};
HOLTER_ON_BOTH_ENGINES(DocumentsTest);

TEST_P(DocumentsTest, each_version_of_a_definition_stays_up_to_the_bound) {
  for (std::uint64_t base = 0; base < 5; ++base) {
    auto stored = put(base, fmt::format("text {}", base + 1));
    ASSERT_TRUE(stored.has_value()) << text_of(stored);
    EXPECT_EQ(stored->version, base + 1);
  }
  EXPECT_THAT(versions(), ElementsAre(5, 4, 3));
  EXPECT_EQ(find_definition(*database_, "redis")->text, "text 5");
  auto old = find_definition(*database_, "redis", 3).value();
  EXPECT_EQ(old, (DefinitionText{"redis", 3, false, "text 3", clock_.wall(), "eva"}));
  EXPECT_EQ(find_definition(*database_, "redis", 2).error().code(), ErrorCode::kNotFound);
}

TEST_P(DocumentsTest, a_change_of_an_old_version_is_refused) {
  ASSERT_TRUE(put(0, "one").has_value());
  EXPECT_EQ(text_of(put(0, "other")),
            "conflict: cannot store the definition 'redis': its newest version is 1, and the change is of 0");
  EXPECT_TRUE(put(1, "two").has_value());
}

TEST_P(DocumentsTest, a_deletion_is_a_version_and_numbers_go_on_after_it) {
  ASSERT_TRUE(put(0, "one").has_value());
  ASSERT_TRUE(put(0, "a", 3, "apache").has_value());
  ASSERT_TRUE(remove(1).has_value());
  EXPECT_EQ(find_definition(*database_, "redis").error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_definition(*database_, "redis", 1)->text, "one");
  EXPECT_EQ(remove(2).error().code(), ErrorCode::kNotFound);
  ASSERT_EQ(read_definitions(*database_)->size(), 1u);
  auto anew = put(0, "again");
  ASSERT_TRUE(anew.has_value()) << text_of(anew);
  EXPECT_EQ(anew->version, 3u);
  auto all = read_definitions(*database_).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].app, "apache");
  EXPECT_EQ(all[1].version, 3u);
}

TEST_P(DocumentsTest, a_definition_is_as_long_as_the_bound_at_most) {
  std::string text(kMostDefinitionText, 'x');
  auto stored = put(0, text);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  EXPECT_EQ(find_definition(*database_, "redis")->text, text);
  EXPECT_THAT(text_of(put(1, text + "x")), HasSubstr("262144 are the most"));
}

TEST_P(DocumentsTest, there_are_as_many_definitions_as_the_bound_at_most) {
  most_ = 2;
  ASSERT_TRUE(put(0, "one").has_value());
  ASSERT_TRUE(put(0, "one", 3, "apache").has_value());
  auto third = put(0, "one", 3, "nginx");
  EXPECT_EQ(third.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(text_of(third), HasSubstr("2 are the most"));
  EXPECT_TRUE(put(1, "two").has_value());
  ASSERT_TRUE(remove(1, "apache").has_value());
  EXPECT_TRUE(put(0, "one", 3, "nginx").has_value());
  EXPECT_EQ(put(0, "again", 3, "apache").error().code(), ErrorCode::kInvalidArgument);
}

TEST_P(DocumentsTest, of_deleted_ones_the_first_is_forgotten) {
  most_ = 2;
  for (std::string app : {"a", "b", "c"}) {
    ASSERT_TRUE(put(0, app, 3, app).has_value());
    clock_.advance(milliseconds(5));
    ASSERT_TRUE(remove(1, app).has_value());
  }
  EXPECT_TRUE(read_definition_versions(*database_, "a")->empty());
  EXPECT_EQ(read_definition_versions(*database_, "b")->size(), 2u);
  EXPECT_EQ(read_definition_versions(*database_, "c")->size(), 2u);
}

TEST_P(DocumentsTest, texts_are_read_in_pages_of_bytes) {
  for (std::string app : {"a", "b", "c", "d"}) ASSERT_TRUE(put(0, std::string(10, app[0]), 3, app).has_value());
  auto heads = read_definitions(*database_).value();
  ASSERT_EQ(heads.size(), 4u);
  auto page = read_definition_texts(*database_, heads, 15).value();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[1].text, "bbbbbbbbbb");
  EXPECT_EQ(page[1].version, 1u);
  EXPECT_EQ(read_definition_texts(*database_, std::span(heads).subspan(3), 1)->at(0).text, "dddddddddd");
  EXPECT_EQ(read_definition_texts(*database_, std::span(heads).subspan(2), 1)->size(), 1u);
  EXPECT_TRUE(read_definition_texts(*database_, {}, 100)->empty());
  heads[0].version = 7;  // gone meanwhile
  EXPECT_EQ(read_definition_texts(*database_, heads, 1)->at(0).text, "");
}

TEST_P(DocumentsTest, settings_are_changed_by_version) {
  auto first = set("retention", R"({"days": 30})", 0);
  ASSERT_TRUE(first.has_value()) << text_of(first);
  EXPECT_EQ(find_setting(*database_, "retention").value(), *first);
  EXPECT_EQ(set("retention", "{}", 0).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(set("retention", "{}", 1)->version, 2u);
  ASSERT_TRUE(set("a", "1", 0).has_value());
  auto all = read_settings(*database_).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "a");
  auto gone = database_->write<void>("eva", [](Transaction& t) { return delete_setting(t, "a"); });
  EXPECT_TRUE(gone.has_value());
  EXPECT_EQ(find_setting(*database_, "a").error().code(), ErrorCode::kNotFound);
}

TEST_P(DocumentsTest, sql_in_any_field_is_only_text) {
  const std::string evil = "x'); DROP TABLE settings; -- :name $1";
  ASSERT_TRUE(set(evil, evil, 0).has_value());
  EXPECT_EQ(find_setting(*database_, evil)->json, evil);
  ASSERT_TRUE(put(0, evil, 3, evil).has_value());
  EXPECT_EQ(find_definition(*database_, evil)->text, evil);
}

}  // namespace
}  // namespace holter::catalog
