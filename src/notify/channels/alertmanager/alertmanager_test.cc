#include <boost/json.hpp>

#include <gmock/gmock.h>

#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& alertmanager_plugin();

namespace {

using ::testing::HasSubstr;
using Kind = Outcome::Kind;

class AlertmanagerTest : public ::testing::Test {
 protected:
  Outcome send(const std::string& urls = "http://am-1:9093/, http://am-2:9093") {
    auto settings = check_settings(alertmanager_plugin(), Given{{"urls", urls}, {"expire_hours", "6"}}).value();
    return attempt(alertmanager_plugin(), settings, message_for(alertmanager_plugin(), wire_.now()), wire_);
  }
  std::string refused(const Given& given) {
    auto settings = check_settings(alertmanager_plugin(), given);
    return settings ? "" : settings.error().message();
  }
  FakeWire wire_;
};

TEST_F(AlertmanagerTest, tells_all_members_the_alerts_with_their_ends) {
  wire_.answer(200);
  wire_.answer(200);
  auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kDelivered) << outcome.answer;
  EXPECT_THAT(outcome.answer, HasSubstr("2 of 2 took it"));
  ASSERT_EQ(wire_.calls().size(), 2);
  EXPECT_EQ(wire_.calls()[0].url, "http://am-1:9093/api/v2/alerts");
  EXPECT_EQ(wire_.calls()[1].url, "http://am-2:9093/api/v2/alerts");
  EXPECT_EQ(wire_.calls()[0].body, wire_.calls()[1].body);
  auto alerts = boost::json::parse(wire_.calls()[0].body).as_array();
  ASSERT_EQ(alerts.size(), 3);
  EXPECT_EQ(alerts[0].at("startsAt").as_string(), "2023-11-14T20:43:20.000Z");
  EXPECT_EQ(alerts[0].at("endsAt").as_string(), "2023-11-15T04:13:20.000Z");
  EXPECT_EQ(alerts[2].at("endsAt").as_string(), "2023-11-14T22:12:20.000Z");
  EXPECT_EQ(alerts[1].at("labels").at("monitor").as_string(), "shop");
}

TEST_F(AlertmanagerTest, one_member_is_enough_and_the_others_are_reported) {
  wire_.fail({ErrorCode::kUnavailable, "connection refused"});
  wire_.answer(200);
  auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.answer, "1 of 2 took it; http://am-1:9093: connection refused; http://am-2:9093: HTTP 200");
}

TEST_F(AlertmanagerTest, tries_again_while_any_member_may_take_it_later) {
  wire_.answer(400, "bad data");
  wire_.answer(503);
  EXPECT_EQ(send().kind, Kind::kRetry);
  wire_.answer(400, "bad data");
  wire_.answer(401);
  auto never = send();
  EXPECT_EQ(never.kind, Kind::kGiveUp);
  EXPECT_THAT(never.answer, HasSubstr("0 of 2 took it; http://am-1:9093: HTTP 400: bad data"));
}

TEST_F(AlertmanagerTest, refuses_settings_that_cannot_work) {
  EXPECT_THAT(refused({{"urls", "am-1:9093"}}), HasSubstr("'urls' has one that is not like http://host:9093"));
  EXPECT_THAT(refused({{"urls", " , "}}), HasSubstr("'urls' names 0 members"));
  EXPECT_THAT(refused({{"urls", "http://a,http://b,http://c,http://d,http://e,http://f,http://g,http://h,http://i"}}),
              HasSubstr("names 9 members"));
  EXPECT_THAT(refused({{"urls", "http://a"}, {"expire_hours", "0"}}), HasSubstr("'expire_hours' is not within"));
  EXPECT_THAT(refused({{"urls", "http://a"}, {"user", "u"}}), HasSubstr("belong together"));
}

}  // namespace
}  // namespace holter::notify
