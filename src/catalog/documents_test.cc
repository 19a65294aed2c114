#include "catalog/documents.h"

#include <gmock/gmock.h>

#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DocumentsTest : public CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (!HasFatalFailure()) database_ = open();
    ASSERT_NE(database_, nullptr);
  }
  Result<DefinitionText> put(std::uint64_t base, const std::string& text, std::size_t keep = 3,
                             const std::string& app = "redis") {
    return database_->write<DefinitionText>("eva",
                                            [&](Transaction& t) { return put_definition(t, app, base, text, keep); });
  }
  Result<DefinitionText> remove(std::uint64_t base) {
    return database_->write<DefinitionText>("eva", [&](Transaction& t) { return delete_definition(t, "redis", base); });
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
  std::unique_ptr<Database> database_;
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

TEST_P(DocumentsTest, a_definition_may_be_as_long_as_a_mebibyte) {
  std::string text(1 << 20, 'x');
  auto stored = put(0, text);
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  EXPECT_EQ(find_definition(*database_, "redis")->text, text);
  EXPECT_THAT(text_of(put(1, text + "x")), HasSubstr("1048576 are the most"));
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
