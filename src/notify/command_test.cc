#include "notify/command.h"

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "testing/run_task.h"

namespace holter::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CommandTest : public ::testing::Test {
 protected:
  Result<CommandAnswer> run(CommandCall call, milliseconds limit = seconds(20)) {
    return testing::run_task(context_,
                             run_command(std::move(call), testing::soon(limit), context_.get_executor(), &account_));
  }
  Result<CommandAnswer> shell(std::string script, std::string input = {}, milliseconds limit = seconds(20)) {
    return run({.arguments = {"/bin/sh", "-c", std::move(script)},
                .input = std::move(input),
                .environment = {{"HOLTER_A", "b c"}}},
               limit);
  }
  void TearDown() override { EXPECT_EQ(account_.used(), 0); }
  boost::asio::io_context context_;
  memory::Account account_{"commands", nullptr, 1 << 20};
};

TEST_F(CommandTest, gives_input_and_environment_and_takes_both_outputs_and_the_status) {
  auto answer = shell("cat; echo \"$HOLTER_A\"; echo error >&2; exit 7", "input ").value();
  EXPECT_EQ(answer.status, 7);
  EXPECT_EQ(answer.output, "input b c\nerror\n");
}

TEST_F(CommandTest, the_environment_is_not_ours) {
  ASSERT_EQ(::setenv("HOLTER_SECRET_OF_TEST", "x", 1), 0);
  EXPECT_THAT(shell("env").value().output, Not(HasSubstr("HOLTER_SECRET_OF_TEST")));
  EXPECT_EQ(shell("ls /proc/self/fd | wc -l").value().output, "4\n") << "three streams, and that of ls";
}

TEST_F(CommandTest, bears_a_command_that_reads_nothing) {
  EXPECT_EQ(shell("exit 3", std::string(1 << 20, 'x')).value().status, 3);
}

TEST_F(CommandTest, long_inputs_and_outputs_go_side_by_side) {
  auto answer = shell("cat", std::string(200'000, 'x')).value();
  EXPECT_EQ(answer.status, 0);
  EXPECT_EQ(answer.output, std::string(kMostCommandOutput, 'x'));
}

TEST_F(CommandTest, kills_the_whole_group_at_the_deadline) {
  auto late = shell("sleep 300 & echo $!; wait", "", milliseconds(300));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  // Those that a command leaves behind end with it, too.
  auto left = shell("sleep 300 & echo $!").value();
  auto pid = std::atoi(left.output.c_str());
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(testing::run_until(context_, [&] {
    auto state = shell(fmt::format("cut -d' ' -f3 /proc/{}/stat 2>/dev/null || echo gone", pid)).value().output;
    return state == "gone\n" || state == "Z\n";
  }));
}

TEST_F(CommandTest, tells_a_signal) {
  EXPECT_EQ(shell("kill -TERM $$").value().status, 128 + SIGTERM);
}

TEST_F(CommandTest, says_what_cannot_be_started) {
  auto missing = run({.arguments = {"/nonexistent/tell"}, .input = {}, .environment = {}});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(missing.error().message(), HasSubstr("cannot start /nonexistent/tell: No such file"));
  EXPECT_EQ(run({}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(CommandTest, output_is_on_the_account) {
  account_.set_limit(16 * 1024);
  auto much = shell("head -c 60000 /dev/zero");
  ASSERT_FALSE(much.has_value());
  EXPECT_EQ(much.error().code(), ErrorCode::kResourceExhausted);
}

}  // namespace
}  // namespace holter::notify
