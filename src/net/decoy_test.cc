#include "net/decoy.h"

#include <array>
#include <cerrno>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "testing/stream_faults.h"

namespace holter::net {
namespace {

using ::testing::HasSubstr;

/// As a client library would.
OwnedFd connect_to(std::uint16_t port) {
  OwnedFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return {};
  return client;
}

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    mine = OwnedFd(ends[0]);
    other = OwnedFd(ends[1]);
  }
  OwnedFd mine, other;
};

TEST(DecoyTest, a_library_that_has_connected_gets_the_other_connection) {
  auto decoy = Decoy::open();
  ASSERT_TRUE(decoy) << decoy.error().message();
  auto library = connect_to(decoy->port());
  ASSERT_GE(library.get(), 0);
  Pair tunnel;
  const int number = library.get(), taken = tunnel.mine.get();
  ASSERT_TRUE(Decoy::replace(number, std::move(tunnel.mine)));
  EXPECT_EQ(library.get(), number);
  EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(::fcntl(taken, F_GETFD), -1) << "one descriptor of it is enough";
  ASSERT_EQ(::write(number, "ask", 3), 3);
  char bytes[8] = {};
  EXPECT_EQ(::read(tunnel.other.get(), bytes, sizeof(bytes)), 3);
  EXPECT_STREQ(bytes, "ask");
}

TEST(DecoyTest, nobody_answers_on_its_port_and_it_is_gone_with_it) {
  std::uint16_t port = 0;
  {
    auto decoy = Decoy::open();
    ASSERT_TRUE(decoy);
    port = decoy->port();
    auto stranger = connect_to(port);
    ASSERT_GE(stranger.get(), 0);
    char byte = 0;
    EXPECT_EQ(::recv(stranger.get(), &byte, 1, MSG_DONTWAIT), -1);
    EXPECT_EQ(errno, EAGAIN);
  }
  EXPECT_LT(connect_to(port).get(), 0);
}

TEST(DecoyTest, leaves_no_descriptor_behind) {
  const auto before = holter::testing::open_descriptors();
  for (int i = 0; i < 100; ++i) {
    auto decoy = Decoy::open();
    ASSERT_TRUE(decoy);
    auto library = connect_to(decoy->port());
    Pair tunnel;
    ASSERT_TRUE(Decoy::replace(library.get(), std::move(tunnel.mine)));
    EXPECT_FALSE(Decoy::replace(-1, std::move(tunnel.other)));
  }
  EXPECT_EQ(holter::testing::open_descriptors(), before);
}

TEST(DecoyTest, a_descriptor_that_is_none_or_none_to_be_had_is_our_own_want) {
  Pair tunnel;
  auto none = Decoy::replace(-1, std::move(tunnel.mine));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), ErrorCode::kResourceExhausted);
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit full{.rlim_cur = 0, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &full), 0);
  auto refused = Decoy::open();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message(), HasSubstr("Too many open files"));
}

}  // namespace
}  // namespace holter::net
