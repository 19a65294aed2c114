#include "stress/critical.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stress/pause.h"

namespace holter::stress {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<double> gaps(const std::vector<double>& times, double from, double to) {
  std::vector<double> out;
  add_gaps(times, from, to, 1, out);
  return out;
}

TEST(AddGaps, tells_how_much_longer_than_the_interval_each_gap_was) {
  EXPECT_THAT(gaps({10.5, 11.5, 13, 13.9}, 10, 14.5), ElementsAre(DoubleNear(0, 1e-6), DoubleNear(500, 1e-6), 0));
}

TEST(AddGaps, counts_a_gap_that_is_still_open) {
  EXPECT_THAT(gaps({10.5}, 10, 13), ElementsAre(DoubleNear(1500, 1e-6)));
}

TEST(AddGaps, counts_a_monitor_that_never_came) {
  EXPECT_THAT(gaps({}, 10, 13), ElementsAre(DoubleNear(2000, 1e-6)));
  EXPECT_THAT(gaps({}, 10, 10.5), IsEmpty());
}

TEST(AddGaps, leaves_out_what_came_before_the_window) {
  EXPECT_THAT(gaps({1, 2, 9.9, 10.9, 11.9}, 10, 12), ElementsAre(DoubleNear(0, 1e-6)));
}

TEST(LatenessOf, takes_the_99th_percentile) {
  std::vector<double> late(99, 5);
  late.push_back(900);
  auto lateness = lateness_of(late, 100);
  EXPECT_EQ(lateness.p99_ms, 5);
  EXPECT_EQ(lateness.most_ms, 900);
  late.push_back(800);
  EXPECT_EQ(lateness_of(late, 101).p99_ms, 800);
  EXPECT_EQ(lateness_of({}, 0).p99_ms, 0);
}

TEST(CriticalTargets, see_each_connection_at_the_target_it_was_made_to) {
  auto targets = CriticalTargets::open(2);
  ASSERT_TRUE(targets) << targets.error().message();
  auto begin = SystemClock().mono();
  auto knock = [&](std::size_t i) {
    int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons((*targets)->port(i));
    ::inet_pton(AF_INET, (*targets)->host(i).c_str(), &address.sin_addr);
    EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    char end = 0;
    EXPECT_EQ(::read(socket, &end, 1), 0);  // it has been accepted and closed
    ::close(socket);
  };
  knock(0);
  EXPECT_FALSE((*targets)->all_seen_since(begin));
  knock(1);
  for (int i = 0; i < 500 && !(*targets)->all_seen_since(begin); ++i) Pause().wait(milliseconds(10));
  EXPECT_TRUE((*targets)->all_seen_since(begin));
  EXPECT_EQ((*targets)->lateness(begin, seconds(1)).checks, 2U);
}

}  // namespace
}  // namespace holter::stress
