#include "app/monitor_store.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/loaded.h"
#include "secrets/test_keys.h"

namespace holter::app {
namespace {

using define::YamlNode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Keep = MonitorStore::Keep;

YamlNode text(std::string value) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(value)};
}
YamlNode map(std::vector<std::pair<std::string, YamlNode>> members) {
  YamlNode node{.kind = YamlNode::Kind::kMap};
  for (auto& [key, value] : members) {
    node.keys.push_back({key});
    node.items.push_back(std::move(value));
  }
  return node;
}
YamlNode set_mark() {
  return map({{"set", text("true")}});
}

class MonitorStoreTest : public ::testing::Test {
 protected:
  MonitorStoreTest() {
    define::Problems problems;
    for (auto app : {"service/ping", "db/mysql"})
      definitions.add(define::load_definition(fmt::format("definitions/{}.yml", app), protocol_keys(), problems));
    EXPECT_TRUE(problems.ok());
  }

  static YamlNode mysql(YamlNode password, std::string host = "db.example") {
    return map({{"name", text("shop")},
                {"app", text("mysql")},
                {"interval", text("30s")},
                {"labels", map({{"site", text("lab")}})},
                {"annotations", map({{"runbook", text("https://wiki.example")}})},
                {"description", text("the shop's\ndatabase")},
                {"params", map({{"host", text(std::move(host))},
                                {"port", text("3306")},
                                {"username", text("watch")},
                                {"password", std::move(password)}})}});
  }
  /// As the catalog would have it.
  catalog::Monitor stored(YamlNode fields, std::uint64_t id = 7) {
    auto checked = store.read(std::move(fields), nullptr, Keep::kFresh);
    EXPECT_TRUE(checked) << checked.error().parameter << ": " << checked.error().detail;
    checked->stored.id = {id};
    checked->stored.version = 1;
    EXPECT_TRUE(MonitorStore::seal(*keyring, checked->stored, checked->fresh));
    return checked->stored;
  }
  static const catalog::MonitorParam& param(const catalog::Monitor& monitor, std::string_view field) {
    return *std::ranges::find(monitor.params, field, &catalog::MonitorParam::field);
  }

  define::Registry definitions;
  define::Config config;
  std::unique_ptr<secrets::Keyring> keyring = secrets::test::keyring_of(secrets::test::kUp);
  MonitorStore store{definitions, config, *keyring};
};

TEST_F(MonitorStoreTest, what_a_user_gave_comes_back_and_its_secret_is_sealed) {
  auto monitor = stored(mysql(text("hunter2")));
  EXPECT_EQ(monitor.name, "shop");
  EXPECT_EQ(monitor.app, "mysql");
  EXPECT_EQ(monitor.interval, seconds(30));
  EXPECT_EQ(monitor.description, "the shop's\ndatabase");
  EXPECT_EQ(monitor.owner, "api");
  EXPECT_TRUE(param(monitor, "password").sealed);
  EXPECT_THAT(param(monitor, "password").value, ::testing::Not(HasSubstr("hunter2")));
  auto opened = store.open(monitor);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ(*opened->param("password"), "hunter2");
  EXPECT_EQ(opened->id, monitor.id);
  auto fields = MonitorStore::fields_of(monitor);
  EXPECT_EQ(fields.find("params")->find("password")->find("set")->text, "true");
  auto again = store.read(fields, &monitor, Keep::kSealed);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->stored, monitor);
  EXPECT_TRUE(again->fresh.empty());
}

TEST_F(MonitorStoreTest, problems_name_the_field) {
  auto problem_of = [&](YamlNode fields) {
    auto checked = store.read(std::move(fields), nullptr, Keep::kFresh);
    return checked ? api::Problem{200, "", "", 0} : checked.error();
  };
  auto bad = mysql(text("x"));
  bad.items[6].items[1].text = "70000";
  auto problem = problem_of(bad);
  EXPECT_EQ(problem.status, 400U);
  EXPECT_EQ(problem.parameter, "params.port");
  EXPECT_EQ(problem_of(map({{"name", text("a")}, {"app", text("mysq")}})).parameter, "app");
  EXPECT_EQ(problem_of(map({{"name", text("a")}, {"app", text("ping")}})).parameter, "params.host");
  EXPECT_EQ(problem_of(map({{"description", map({})}})).parameter, "description");
  EXPECT_EQ(problem_of(map({{"annotations", text("x")}})).parameter, "annotations");
  EXPECT_EQ(problem_of(map({{"annotations", map({{"a", map({})}})}})).parameter, "annotations");
  EXPECT_EQ(problem_of(mysql(set_mark())).status, 422U);  // nothing is stored
  EXPECT_EQ(problem_of(mysql(set_mark())).parameter, "params.password");
}

TEST_F(MonitorStoreTest, a_stored_secret_stays_as_long_as_its_address_does) {
  auto before = stored(mysql(text("hunter2")));
  auto same = store.read(mysql(set_mark()), &before, Keep::kSealed);
  ASSERT_TRUE(same) << same.error().detail;
  EXPECT_EQ(param(same->stored, "password"), param(before, "password"));
  EXPECT_EQ(*same->model.param("password"), "hunter2");
  EXPECT_TRUE(same->fresh.empty());

  auto elsewhere = store.read(mysql(set_mark(), "evil.example"), &before, Keep::kSealed);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().status, 422U);
  EXPECT_EQ(elsewhere.error().parameter, "params.password");
  EXPECT_THAT(elsewhere.error().detail, HasSubstr("host"));
  auto other_port = mysql(set_mark());
  other_port.items[6].items[1].text = "3307";
  EXPECT_FALSE(store.read(other_port, &before, Keep::kSealed));
  EXPECT_TRUE(store.read(mysql(text("new"), "other.example"), &before, Keep::kSealed));
  auto without = mysql(YamlNode(), "other.example");
  EXPECT_TRUE(store.read(without, &before, Keep::kSealed));
}

TEST_F(MonitorStoreTest, an_address_that_is_left_out_is_its_default) {
  auto fields = mysql(text("hunter2"));
  auto& params = fields.items[6];
  params.keys.erase(params.keys.begin() + 1);
  params.items.erase(params.items.begin() + 1);
  auto before = stored(fields);
  params.items[2] = set_mark();
  EXPECT_TRUE(store.read(fields, &before, Keep::kSealed));
  EXPECT_TRUE(store.read(mysql(set_mark()), &before, Keep::kSealed));  // 3306 is the default
}

TEST_F(MonitorStoreTest, a_secret_for_another_monitor_is_sealed_anew) {
  auto before = stored(mysql(text("hunter2")));
  auto copy = store.read(mysql(set_mark()), &before, Keep::kFresh);
  ASSERT_TRUE(copy) << copy.error().detail;
  EXPECT_THAT(copy->fresh, ElementsAre("password"));
  copy->stored.id = {8};
  ASSERT_TRUE(MonitorStore::seal(*keyring, copy->stored, copy->fresh));
  EXPECT_EQ(*store.open(copy->stored)->param("password"), "hunter2");
  // What was sealed for one opens for no other.
  auto stolen = before;
  stolen.id = {9};
  auto opened = store.open(stolen);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(MonitorStoreTest, a_secret_that_cannot_be_opened_must_be_given_again) {
  auto before = stored(mysql(text("hunter2")));
  auto other_key = secrets::test::keyring_of(secrets::test::kDown);
  MonitorStore without_key(definitions, config, *other_key);
  EXPECT_FALSE(without_key.open(before));
  auto kept = without_key.read(mysql(set_mark()), &before, Keep::kSealed);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().status, 422U);
  EXPECT_EQ(kept.error().parameter, "params.password");
  EXPECT_TRUE(without_key.read(mysql(text("new")), &before, Keep::kSealed));
}

TEST_F(MonitorStoreTest, patches_are_laid_over_what_is_there) {
  auto before = stored(mysql(text("hunter2")));
  auto patched = [&](YamlNode patch) {
    auto checked =
        store.read(MonitorStore::patched(MonitorStore::fields_of(before), std::move(patch)), &before, Keep::kSealed);
    EXPECT_TRUE(checked) << checked.error().parameter << ": " << checked.error().detail;
    return checked ? checked->stored : catalog::Monitor();
  };
  EXPECT_EQ(patched(map({})), before);
  auto labelled = patched(map({{"labels", map({{"team", text("db")}, {"site", YamlNode()}})}}));
  EXPECT_EQ(labelled.labels, (model::Labels{{"team", "db"}}));
  EXPECT_EQ(param(labelled, "password"), param(before, "password"));
  EXPECT_EQ(patched(map({{"description", YamlNode()}})).description, "");
  auto renewed = patched(map({{"params", map({{"password", text("new")}})}}));
  EXPECT_EQ(param(renewed, "password").value, "new");
  EXPECT_EQ(param(renewed, "username").value, "watch");
  auto cron = patched(map({{"cron", text("0 0 8 * * *")}, {"timezone", text("Europe/Berlin")}}));
  EXPECT_EQ(cron.cron, "CRON_TZ=Europe/Berlin 0 0 8 * * *");
  before = cron;
  EXPECT_EQ(patched(map({{"timezone", text("Asia/Tokyo")}})).cron, "CRON_TZ=Asia/Tokyo 0 0 8 * * *");
  EXPECT_EQ(patched(map({{"cron", YamlNode()}})).cron, "");
  auto by_interval = patched(map({{"interval", text("5m")}}));
  EXPECT_EQ(by_interval.cron, "");
  EXPECT_EQ(by_interval.interval, std::chrono::minutes(5));
}

TEST_F(MonitorStoreTest, one_whose_definition_is_gone_has_a_stand_in) {
  auto before = stored(mysql(text("hunter2")));
  before.app = "gone";
  auto opened = store.open(before);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("cannot find the application 'gone'"));
  auto stand_in = store.stand_in(before);
  EXPECT_EQ(stand_in.name, "shop");
  EXPECT_EQ(stand_in.definition->app, "gone");
  EXPECT_TRUE(stand_in.paused);
  EXPECT_TRUE(stand_in.definition->sets.empty());
  EXPECT_EQ(store.stand_in(before).definition, stand_in.definition);
  // Its parameters are shown all the same, and of secrets only that they are set.
  for (const auto& shown : store.params_of(before)) EXPECT_EQ(shown.value.empty(), shown.secret) << shown.field;
}

TEST_F(MonitorStoreTest, settings_that_forbid_a_stored_one_are_told) {
  auto before = stored(mysql(text("hunter2")));
  config.collect.min_interval = std::chrono::minutes(1);
  auto opened = store.open(before);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message(), HasSubstr("interval: "));
}

TEST(StoredCron, keeps_its_zone) {
  EXPECT_EQ(stored_cron("0 0 8 * * *", ""), "0 0 8 * * *");
  auto [cron, zone] = cron_of(stored_cron("0 0 8 * * *", "Europe/Berlin"));
  EXPECT_EQ(cron, "0 0 8 * * *");
  EXPECT_EQ(zone, "Europe/Berlin");
  EXPECT_EQ(cron_of("@hourly").cron, "@hourly");
  EXPECT_EQ(cron_of("").cron, "");
}

}  // namespace
}  // namespace holter::app
