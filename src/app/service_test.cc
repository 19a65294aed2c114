#include "app/service.h"

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace holter::app {
namespace {

/// Stands in for systemd with a watchdog of six seconds, which makes a beat each two.
class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    auto name = fmt::format("@holter-service-{}", ::getpid());
    sockaddr_un at{.sun_family = AF_UNIX, .sun_path = {}};
    name.copy(at.sun_path, name.size());
    at.sun_path[0] = '\0';
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "6000000", 1);
    notifier_ = Notifier::from_environment().value();
  }
  ~ServiceTest() override { ::close(socket_); }
  std::string heard() {
    std::array<char, 512> bytes{};
    auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return got < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }
  Service::Parts parts() {
    return {.describe = [] { return "up 3"; },
            .each_shard =
                [this](const auto& visit) {
                  visit("shard-0", ++moves_);
                  visit("shard-1", hangs_ ? 7 : ++moves_);
                }};
  }

  const int socket_;
  Notifier notifier_;
  boost::asio::io_context context_;
  std::uint64_t moves_ = 100;
  bool hangs_ = false;
};

TEST_F(ServiceTest, tells_ready_then_life_then_the_end) {
  Service service(notifier_, parts(), context_.get_executor());
  service.start();
  EXPECT_EQ(heard(), "READY=1\nSTATUS=up 3");
  context_.run_for(std::chrono::milliseconds(2500));
  EXPECT_EQ(heard(), "WATCHDOG=1\nSTATUS=up 3");
  service.reloading();
  EXPECT_TRUE(heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  service.reloaded();
  EXPECT_EQ(heard(), "READY=1\nSTATUS=up 3");
  service.stop();
  EXPECT_EQ(heard(), "STOPPING=1");
  service.stop();
  EXPECT_EQ(heard(), "");
}

TEST_F(ServiceTest, does_not_say_that_it_lives_while_a_shard_hangs) {
  Service service(notifier_, parts(), context_.get_executor());
  hangs_ = true;
  service.start();
  EXPECT_EQ(heard(), "READY=1\nSTATUS=up 3");
  testing::internal::CaptureStderr();
  context_.run_for(std::chrono::milliseconds(2500));
  EXPECT_NE(testing::internal::GetCapturedStderr().find("shard-1 has not moved for 2000 ms"), std::string::npos);
  EXPECT_EQ(heard(), "");
  hangs_ = false;
  context_.run_for(std::chrono::milliseconds(2500));
  EXPECT_EQ(heard(), "WATCHDOG=1\nSTATUS=up 3");
}

}  // namespace
}  // namespace holter::app
