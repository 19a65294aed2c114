#include "catalog/sealed_params.h"

#include <gmock/gmock.h>

#include "catalog/monitors.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

class SealedParamsTest : public CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    database_ = open();
    ASSERT_NE(database_, nullptr);
  }
  Monitor create(const std::string& name, std::vector<MonitorParam> params) {
    Monitor monitor;
    monitor.name = name;
    monitor.app = "ping";
    monitor.params = std::move(params);
    auto made = database_->write<Monitor>("eva", [&](Transaction& t) { return create_monitor(t, monitor); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(Monitor());
  }
  AlertObject receiver(const std::string& name, const std::string& json) {
    AlertObject object;
    object.kind = AlertObjectKind::kReceiver;
    object.name = name;
    object.json = json;
    auto made = database_->write<AlertObject>("eva", [&](Transaction& t) { return create_alert_object(t, object); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(AlertObject());
  }
  bool replace(const SealedParam& param, const std::string& value) {
    auto done =
        database_->write<bool>("command", [&](Transaction& t) { return replace_sealed_param(t, param, value); });
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done.value_or(false);
  }
  std::unique_ptr<Database> database_;
};

TEST_P(SealedParamsTest, are_read_in_pages_and_others_are_not_among_them) {
  std::vector<SealedParam> expected;
  for (int i = 0; i < 7; ++i) {
    std::string bytes("a\0b\xff", 4);
    auto made = create(std::to_string(i), {{"host", "host", "db"},
                                           {"password", "password", bytes + std::to_string(i), true},
                                           {"token", "password", "t" + std::to_string(i), true}});
    expected.push_back({made.id, "password", bytes + std::to_string(i)});
    expected.push_back({made.id, "token", "t" + std::to_string(i)});
  }
  create("without", {{"host", "host", "db"}});
  std::vector<SealedParam> all;
  for (SealedParam last;;) {
    auto page = read_sealed_params(*database_, last, 3);
    ASSERT_TRUE(page.has_value()) << text_of(page);
    if (page->empty()) break;
    EXPECT_LE(page->size(), 3U);
    last = page->back();
    all.insert(all.end(), page->begin(), page->end());
  }
  EXPECT_EQ(all, expected);
  EXPECT_EQ(count_sealed_params(*database_).value(), 14U);
}

TEST_P(SealedParamsTest, are_replaced_only_where_they_are_still_the_same) {
  auto monitor = create("db", {{"password", "password", "old", true}, {"user", "text", "old"}});
  SealedParam param{monitor.id, "password", "old"};
  EXPECT_TRUE(replace(param, "new"));
  EXPECT_FALSE(replace(param, "newer")) << "it is another one by now";
  EXPECT_FALSE(replace({monitor.id, "user", "old"}, "new")) << "it is not sealed";
  EXPECT_FALSE(replace({MonitorId{4711}, "password", "old"}, "new"));
  auto now = find_monitor(*database_, monitor.id).value();
  EXPECT_EQ(now.params.front().value, "new");
  EXPECT_TRUE(now.params.front().sealed);
  EXPECT_EQ(now.updated_by, "eva");
}

TEST_P(SealedParamsTest, who_has_read_the_old_value_cannot_write_it_back) {
  auto read = create("db", {{"password", "password", "old", true}});
  ASSERT_TRUE(replace({read.id, "password", "old"}, "new"));
  read.description = "an edit meanwhile";
  auto written = database_->write<Monitor>("eva", [&](Transaction& t) { return update_monitor(t, read); });
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(find_monitor(*database_, read.id)->params.front().value, "new");
}

TEST_P(SealedParamsTest, of_receivers_come_after_those_of_monitors_and_a_receivers_are_not_parted) {
  auto monitor = create("db", {{"password", "password", "old", true}});
  std::vector<SealedParam> expected{{monitor.id, "password", "old"}};
  for (int i = 0; i < 5; ++i) {
    auto made = receiver(fmt::format("r{}", i), R"({"url":"x","token":"sealed:v1.t","n":{"token":"sealed:v1.u"}})");
    expected.push_back({{}, "token", "v1.t", made.id});
    expected.push_back({{}, "token", "v1.u", made.id});
    receiver(fmt::format("without {}", i), R"({"url":"sealed"})");
  }
  std::vector<SealedParam> all;
  for (SealedParam last;;) {
    auto page = read_sealed_params(*database_, last, 2);
    ASSERT_TRUE(page.has_value()) << text_of(page);
    if (page->empty()) break;
    EXPECT_LE(page->size(), 3U);
    last = page->back();
    all.insert(all.end(), page->begin(), page->end());
  }
  EXPECT_EQ(all, expected);
  EXPECT_EQ(count_sealed_params(*database_).value(), 11U);
}

TEST_P(SealedParamsTest, of_a_receiver_are_replaced_in_its_document_which_is_another_version_then) {
  auto read = receiver("mail", R"({"a":"sealed:v1.x","b":"sealed:v1.x","c":"v1.x"})");
  SealedParam param{{}, "a", "v1.x", read.id};
  EXPECT_TRUE(replace(param, "v1.new"));
  EXPECT_FALSE(replace(param, "v1.newer")) << "it is another one by now";
  EXPECT_FALSE(replace({{}, "c", "v1.x", read.id}, "v1.new")) << "it is not sealed";
  EXPECT_FALSE(replace({{}, "a", "v1.x", AlertObjectId{4711}}, "v1.new"));
  auto now = find_alert_object(*database_, AlertObjectKind::kReceiver, read.id).value();
  EXPECT_EQ(now.json, R"({"a":"sealed:v1.new","b":"sealed:v1.x","c":"v1.x"})");
  EXPECT_EQ(now.updated_by, "eva");
  auto written = database_->write<AlertObject>("eva", [&](Transaction& t) { return update_alert_object(t, read); });
  ASSERT_FALSE(written.has_value()) << "who has read the old value cannot write it back";
  EXPECT_EQ(written.error().code(), ErrorCode::kConflict);
}

HOLTER_ON_BOTH_ENGINES(SealedParamsTest);

}  // namespace
}  // namespace holter::catalog
