#include "base/notify.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace holter {
namespace {

/// Stands in for systemd: a datagram socket at `address` ('@': abstract).
class Manager {
 public:
  explicit Manager(std::string address)
      : address_(std::move(address)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(at.sun_path, address_.data(), address_.size());
    if (address_[0] == '@') at.sun_path[0] = '\0';
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&at), size), 0) << address_;
    ::setenv("NOTIFY_SOCKET", address_.c_str(), 1);
  }
  ~Manager() {
    ::close(socket_);
    if (address_[0] != '@') std::filesystem::remove(address_);
  }
  std::string heard() {
    std::array<char, 512> bytes{};
    auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    return got < 0 ? "(nothing)" : std::string(bytes.data(), static_cast<std::size_t>(got));
  }

 private:
  const std::string address_;
  const int socket_;
};

std::string path() {
  return fmt::format("{}/holter-notify-{}", std::filesystem::temp_directory_path().string(), ::getpid());
}

TEST(Notifier, tells_the_manager_by_its_path_or_abstract_name) {
  for (const auto& address : {path(), fmt::format("@holter-notify-{}", ::getpid())}) {
    Manager manager(address);
    auto notifier = Notifier::from_environment();
    ASSERT_TRUE(notifier.has_value());
    ASSERT_TRUE(notifier->send("READY=1\nSTATUS=watches 3 monitors").has_value());
    EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=watches 3 monitors");
    ASSERT_TRUE(notifier->send_reloading().has_value());
    EXPECT_TRUE(manager.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr) << "a child would speak in our name";
  }
}

TEST(Notifier, says_nothing_where_nobody_listens) {
  ::unsetenv("NOTIFY_SOCKET");
  auto notifier = Notifier::from_environment();
  ASSERT_TRUE(notifier.has_value());
  EXPECT_FALSE(notifier->listens());
  EXPECT_TRUE(notifier->send("READY=1").has_value());
}

TEST(Notifier, has_the_watchdog_of_its_own_process_only) {
  for (auto [pid, expected] : {std::pair(::getpid(), 30'000'000), std::pair(::getpid() + 1, 0)}) {
    Manager manager(path());
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(pid).c_str(), 1);
    EXPECT_EQ(Notifier::from_environment()->watchdog().count(), expected);
    EXPECT_EQ(std::getenv("WATCHDOG_USEC"), nullptr);
  }
  Manager manager(path());
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(Notifier::from_environment()->watchdog().count(), 0);
}

TEST(Notifier, refuses_an_address_that_is_none) {
  for (const auto& address : {std::string("notify"), std::string("@"), "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
    auto refused = Notifier::from_environment();
    ASSERT_FALSE(refused.has_value()) << address;
    EXPECT_TRUE(refused.error().message().starts_with("cannot use NOTIFY_SOCKET='")) << refused.error().message();
  }
}

TEST(Notifier, tells_when_the_manager_is_gone) {
  std::optional<Manager> manager(path());
  auto notifier = Notifier::from_environment().value();
  manager.reset();
  auto failed = notifier.send("READY=1");
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(failed.error().message().ends_with(": No such file or directory")) << failed.error().message();
}

}  // namespace
}  // namespace holter
