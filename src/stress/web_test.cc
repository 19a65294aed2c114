#include "stress/web.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace holter::stress {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

int connect_to(const char* host, std::uint16_t port, int flags = 0) {
  int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  int failed = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  EXPECT_TRUE(failed == 0 || flags != 0);
  return socket;
}

/// The first bytes of an answer, at most `most`.
std::string answer_of(const WebTarget& web, const std::string& path, std::size_t most) {
  int socket = connect_to(web.host(), web.port());
  auto request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(::send(socket, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer(most, '\0');
  std::size_t size = 0;
  pollfd ready{socket, POLLIN, 0};
  while (size < most && ::poll(&ready, 1, 10'000) > 0) {
    auto got = ::recv(socket, answer.data() + size, most - size, 0);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(socket);
  answer.resize(size);
  return answer;
}

TEST(WebTarget, answers_as_the_path_says) {
  auto opened = WebTarget::open();
  ASSERT_TRUE(opened) << opened.error().message();
  auto& web = **opened;
  EXPECT_THAT(answer_of(web, "/ok", 10'000), HasSubstr("needle"));
  EXPECT_EQ(answer_of(web, "/endless", 300'000).size(), 300'000U);
  EXPECT_EQ(answer_of(web, "/length", 300'000).size(), 300'000U);
  EXPECT_EQ(answer_of(web, "/headers", 300'000).size(), 300'000U);
  EXPECT_THAT(answer_of(web, "/drip", 60), StartsWith("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
  auto bomb = answer_of(web, "/bomb", 1'000'000);
  EXPECT_THAT(bomb, HasSubstr("Content-Encoding: gzip"));
  EXPECT_LT(bomb.size(), 200'000U);
  EXPECT_EQ(web.requests(), 6U);
}

TEST(WebTarget, never_gives_a_label_twice) {
  auto web = WebTarget::open();
  ASSERT_TRUE(web);
  auto first = answer_of(**web, "/labels/3", 10'000);
  EXPECT_THAT(first, HasSubstr(R"([{"name":"label-0","value":0,"text":"0t"},{"name":"label-1")"));
  EXPECT_THAT(answer_of(**web, "/labels/2?t=1", 10'000), HasSubstr(R"([{"name":"label-3","value":0,"text":"3ttt)"));
}

TEST(DeadPort, does_not_take_a_connection) {
  auto dead = DeadPort::open();
  ASSERT_TRUE(dead) << dead.error().message();
  int socket = connect_to(dead->host(), dead->port(), SOCK_NONBLOCK);
  pollfd ready{socket, POLLOUT, 0};
  EXPECT_EQ(::poll(&ready, 1, 300), 0);
  ::close(socket);
}

}  // namespace
}  // namespace holter::stress
