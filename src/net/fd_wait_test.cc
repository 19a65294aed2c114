#include "net/fd_wait.h"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/deadline.h"
#include "testing/run_task.h"

namespace holter::net {
namespace {

class FdWaitTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  void TearDown() override {
    for (int fd : ends_)
      if (fd >= 0) close(fd);
  }
  Status wait(FdWait& watch, FdWait::For what) {
    return testing::run_task(context_, watch.wait(what, runtime::deadline_in(milliseconds(50)), "talk"));
  }
  boost::asio::io_context context_{1};
  int ends_[2] = {-1, -1};
};

TEST_F(FdWaitTest, tells_when_a_descriptor_is_ready) {
  FdWait watch(context_.get_executor(), ends_[0]);
  EXPECT_TRUE(wait(watch, FdWait::For::kWritable));
  EXPECT_TRUE(wait(watch, FdWait::For::kEither));
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  EXPECT_TRUE(wait(watch, FdWait::For::kReadable));
}

TEST_F(FdWaitTest, ends_at_the_deadline_with_what_was_waited_for) {
  FdWait watch(context_.get_executor(), ends_[0]);
  auto waited = wait(watch, FdWait::For::kReadable);
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(waited.error().message(), "cannot talk: no answer in time");
  ASSERT_EQ(write(ends_[1], "x", 1), 1);
  EXPECT_TRUE(wait(watch, FdWait::For::kReadable));  // and it can be used on
}

TEST_F(FdWaitTest, leaves_the_descriptor_open) {
  {
    FdWait watch(context_.get_executor(), ends_[0]);
  }
  EXPECT_EQ(write(ends_[0], "x", 1), 1);
}

TEST_F(FdWaitTest, refuses_what_is_no_descriptor) {
  FdWait watch(context_.get_executor(), -1);
  EXPECT_EQ(wait(watch, FdWait::For::kReadable).error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace holter::net
