#include <fstream>

#include <gmock/gmock.h>

#include "collect/hex.h"
#include "collect/protocols/ntp/packet.h"
#include "testing/chrony.h"
#include "testing/stream_faults.h"

namespace holter::collect {

const PluginInfo& ntp_plugin();

namespace {

using boost::asio::ip::udp;
using model::ResultCode;
using testing::entry;
using ::testing::HasSubstr;

class NtpTest : public testing::StreamFaultsTest {
 protected:
  std::unique_ptr<Probe> make(std::uint16_t port, std::string timeout = "5000") {
    auto block =
        testing::block_of({entry("host", "127.0.0.1"), entry("port", std::to_string(port)), entry("timeout", timeout)});
    return ntp_plugin().compile({"ntp", "summary", aliases_, block}).value();
  }
  /// Answers with what `change` makes of a good answer.
  void serve(std::function<void(std::string&)> change) {
    server_.async_receive_from(boost::asio::buffer(buffer_), from_, [this, change](auto failure, std::size_t got) {
      if (failure) return;
      std::string answer(buffer_.data(), got);
      answer[0] = 0x1c;
      answer[1] = 2;
      answer[3] = static_cast<char>(-23);
      for (int i = 0; i < 8; ++i) answer[24 + i] = answer[40 + i];
      for (int at : {32, 40}) {
        auto now = static_cast<std::uint32_t>(clock_.wall_ns().count() / 1'000'000'000 + 2'208'988'800);
        for (int i = 0; i < 4; ++i) answer[at + i] = static_cast<char>(now >> (24 - 8 * i));
      }
      change(answer);
      server_.send_to(boost::asio::buffer(answer), from_);
      serve(change);
    });
  }
  std::uint16_t port() { return server_.local_endpoint().port(); }
  std::string text(const OneShot& shot, std::size_t column) {
    return std::string(shot.table().text(shot.table().at(0, column)));
  }
  std::vector<std::string> aliases_{"stratum", "version", "precision", "offset", "responseTime"};
  udp::socket server_{context_, udp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0)};
  udp::endpoint from_;
  std::array<char, 2048> buffer_;
};

TEST_F(NtpTest, reads_an_answer_and_its_recording) {
  serve([](auto&) {});
  auto probe = make(port());
  auto shot = run(*probe, aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "2");
  EXPECT_EQ(text(*shot, 1), "3");
  EXPECT_EQ(text(*shot, 2), "-23");
  EXPECT_LE(std::abs(std::stod(text(*shot, 3))), 1100);
  OneShot again(services_, aliases_.size(), account_);
  again.replay(*probe, shot->trace().answer);
  ASSERT_EQ(again.code(), ResultCode::kSuccess) << again.message();
  EXPECT_EQ(text(again, 3), text(*shot, 3));
}

TEST_F(NtpTest, bears_wrong_answers) {
  struct Case {
    std::function<void(std::string&)> change;
    ResultCode code;
    const char* why;
  };
  for (const auto& [change, code, why] :
       {Case{[](auto& a) { a[1] = 0, a.replace(12, 4, "RATE"); }, ResultCode::kFail, "the code RATE"},
        Case{[](auto& a) { a[0] = 0x1b; }, ResultCode::kFail, "mode 3"},
        Case{[](auto& a) { a[24] ^= 1; }, ResultCode::kUnconnectable, "no answer in time"},
        Case{[](auto& a) { a.resize(20); }, ResultCode::kUnconnectable, "no answer in time"}}) {
    server_ = udp::socket(context_, udp::endpoint(boost::asio::ip::make_address("127.0.0.1"), 0));
    serve(change);
    auto shot = run(*make(port(), "100"), aliases_.size());
    EXPECT_EQ(shot->code(), code) << shot->message();
    EXPECT_THAT(shot->message(), HasSubstr(why));
  }
  EXPECT_EQ(run(*make(testing::unused_port()), aliases_.size())->code(), ResultCode::kFail);
}

TEST_F(NtpTest, ten_thousand_rounds_leave_nothing_behind) {
  serve([](auto&) {});
  auto probe = make(port());
  auto bytes = account_.used();
  auto descriptors = testing::open_descriptors();
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(run(*probe, aliases_.size())->code(), ResultCode::kSuccess);
  EXPECT_EQ(account_.used(), bytes);
  EXPECT_EQ(testing::open_descriptors(), descriptors);
}

TEST_F(NtpTest, reads_a_real_server) {
  testing::Chrony chrony;
  ASSERT_TRUE(chrony.running()) << "chrony is not installed, or cannot run here: tools/setup.sh installs it";
  aliases_ = {"stratum", "version", "mode", "offset", "delay", "responseTime"};
  auto shot = run(*make(chrony.port()), aliases_.size());
  ASSERT_EQ(shot->code(), ResultCode::kSuccess) << shot->message();
  EXPECT_EQ(text(*shot, 0), "8");
  EXPECT_EQ(text(*shot, 1), "3");
  EXPECT_EQ(text(*shot, 2), "4");
  EXPECT_LE(std::abs(std::stod(text(*shot, 3))), 100) << "it is this machine's clock, in ms";
}

TEST(NtpPacket, computes_offset_and_delay_as_the_standard_does) {
  // The server is 10 s ahead; 0.1 s each way, 0.05 s in between.
  ntp::Exchange exchange{.sent = std::chrono::seconds(1'000'000'000),
                         .received = std::chrono::seconds(1'000'000'000) + std::chrono::milliseconds(250)};
  std::string packet(48, '\0');
  packet[0] = 0x1c;
  packet[1] = 1;
  auto put = [&packet](std::size_t at, std::uint64_t value) {
    for (std::size_t i = 0; i < 8; ++i) packet[at + i] = static_cast<char>(value >> (56 - 8 * i));
  };
  auto stamp = [](double after) {
    return (std::uint64_t{1'000'000'010} + 2'208'988'800) << 32 | static_cast<std::uint64_t>(after * 4294967296.0);
  };
  put(32, stamp(0.1));
  put(40, stamp(0.15));
  exchange.packet = packet;
  auto values = ntp::values_of(exchange).value();
  EXPECT_EQ(values[0].second, "1000000010149");
  EXPECT_EQ(values[1].second, "2001/09/09 01:46:50");
  EXPECT_EQ(values[2].second, "10000.000");
  EXPECT_EQ(values[3].second, "200.000");
}

TEST(NtpPacket, refuses_recordings_that_are_wrong) {
  for (const char* text : {"", "sent: 1\nreceived: 2\n", "sent: x\nreceived: 2\npacket: 00\n",
                           "sent: 1.0000000001\nreceived: 2\npacket: 00\n", "sent: 1\nreceived: 2\npacket: 0\n"})
    EXPECT_FALSE(ntp::parse_recording(text)) << text;
}

}  // namespace
}  // namespace holter::collect
