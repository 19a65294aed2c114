#include <gmock/gmock.h>

#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& udp_plugin();

namespace {

using boost::asio::ip::udp;
using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class UdpTest : public testing::StreamFaultsTest {
 protected:
  Result<std::unique_ptr<Probe>> make(std::uint16_t port, std::string timeout, std::string content = "") {
    auto block = testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)),
                                    entry("timeout", timeout), entry("content", content)});
    return udp_plugin().compile({"udp_port", "summary", aliases_, block});
  }
  /// Answers each datagram with what it was sent.
  void echo() {
    server_.async_receive_from(boost::asio::buffer(buffer_), from_, [this](auto failure, std::size_t got) {
      if (failure) return;
      heard_.assign(buffer_.data(), got);
      server_.send_to(boost::asio::buffer(heard_), from_);
      echo();
    });
  }
  std::vector<std::string> aliases_{"responseTime"};
  udp::socket server_{context_, udp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)};
  udp::endpoint from_;
  std::array<char, 2048> buffer_;
  std::string heard_;
};

TEST_F(UdpTest, sends_the_content_and_measures_the_time_to_an_answer) {
  echo();
  auto probe = make(server_.local_endpoint().port(), "5000", "00 ff 41").value();
  auto shot = run(*probe, 1);
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(heard_, std::string("\0\xff"
                                "A",
                                3));
  EXPECT_EQ(shot->trace().answer, "00ff41\n");
  EXPECT_EQ(run(*make(server_.local_endpoint().port(), "5000").value(), 1)->code(), ResultCode::kSuccess);
  EXPECT_EQ(heard_, "hello");
  OneShot again(services_, 1, account_);
  again.replay(*probe, shot->trace().answer);
  EXPECT_EQ(again.code(), ResultCode::kSuccess);
}

TEST_F(UdpTest, tells_silence_from_a_closed_port) {
  auto silent = run(*make(server_.local_endpoint().port(), "60").value(), 1);
  EXPECT_EQ(silent->code(), ResultCode::kUnconnectable);
  EXPECT_THAT(silent->message(), HasSubstr("no answer in time"));
  auto closed = run(*make(testing::unused_port(), "5000").value(), 1);
  EXPECT_EQ(closed->code(), ResultCode::kUnreachable);
  EXPECT_THAT(closed->message(), HasSubstr("Connection refused"));
}

TEST_F(UdpTest, ten_thousand_rounds_leave_nothing_behind) {
  echo();
  auto probe = make(server_.local_endpoint().port(), "5000").value();
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, 1)->code(), ResultCode::kSuccess);
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(UdpTest, refuses_content_that_is_not_hexadecimal) {
  auto probe = make(53, "5000", "hello");
  ASSERT_FALSE(probe);
  EXPECT_THAT(probe.error().message(), HasSubstr("cannot use 'content'"));
  EXPECT_FALSE(make(53, "5000", std::string(3000, 'a')));
}

}  // namespace
}  // namespace holter::collect
