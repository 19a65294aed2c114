#include <boost/json.hpp>

#include <gmock/gmock.h>

#include "notify/test_channel.h"

namespace holter::notify {

const PluginInfo& exec_plugin();

namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Kind = Outcome::Kind;

class ExecTest : public ::testing::Test {
 protected:
  Outcome send(bool allowed = true) {
    auto settings =
        check_settings(exec_plugin(), Given{{"program", "/bin/tell"}, {"arguments", "--to\nops team\r\n\n$HOME"}})
            .value();
    if (allowed) settings.set("allowed", "true");
    return attempt(exec_plugin(), settings, message_for(exec_plugin(), wire_.now()), wire_);
  }
  FakeWire wire_;
};

TEST_F(ExecTest, runs_nothing_unless_the_configuration_allows_it) {
  auto outcome = send(false);
  EXPECT_EQ(outcome.kind, Kind::kGiveUp);
  EXPECT_THAT(outcome.answer, HasSubstr("the configuration does not allow it"));
  EXPECT_TRUE(wire_.commands().empty());
}

TEST_F(ExecTest, users_cannot_allow_themselves) {
  auto settings = check_settings(exec_plugin(), Given{{"program", "/bin/tell"}, {"allowed", "true"}});
  ASSERT_FALSE(settings.has_value());
  EXPECT_THAT(settings.error().message(), HasSubstr("'allowed' is no field of channel exec"));
}

TEST_F(ExecTest, gives_json_and_variables_and_no_shell) {
  wire_.answer(CommandAnswer{0, "told\n"});
  auto outcome = send();
  EXPECT_EQ(outcome.kind, Kind::kDelivered);
  EXPECT_EQ(outcome.answer, "exit 0: told");
  const auto& call = wire_.commands().at(0);
  EXPECT_THAT(call.arguments, ElementsAre("/bin/tell", "--to", "ops team", "", "$HOME"));
  EXPECT_THAT(call.environment, Contains(Pair("HOLTER_STATUS", "firing")));
  EXPECT_THAT(call.environment, Contains(Pair("HOLTER_ALERTS", "3")));
  EXPECT_THAT(call.environment, Contains(Pair("HOLTER_FIRING", "2")));
  EXPECT_EQ(boost::json::parse(call.input).at("key").as_string(), "key-1");
}

TEST_F(ExecTest, tells_what_to_do_from_the_status) {
  for (int status : {64, 77, 78, 126, 127}) {
    wire_.answer(CommandAnswer{status, ""});
    EXPECT_EQ(send().kind, Kind::kGiveUp) << status;
  }
  for (int status : {1, 75, 137}) {
    wire_.answer(CommandAnswer{status, "x"});
    EXPECT_EQ(send().kind, Kind::kRetry) << status;
  }
  wire_.fail({ErrorCode::kTimeout, "cannot run the command: no answer in time"});
  EXPECT_EQ(send().kind, Kind::kRetry);
  wire_.fail({ErrorCode::kInvalidArgument, "cannot start /bin/tell: No such file or directory"});
  EXPECT_EQ(send().kind, Kind::kGiveUp);
}

TEST_F(ExecTest, refuses_a_program_that_is_no_path) {
  auto settings = check_settings(exec_plugin(), Given{{"program", "tell"}});
  ASSERT_FALSE(settings.has_value());
  EXPECT_THAT(settings.error().message(), HasSubstr("not a path that begins with /"));
}

}  // namespace
}  // namespace holter::notify
