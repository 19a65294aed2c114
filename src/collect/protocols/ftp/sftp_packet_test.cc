#include "collect/protocols/ftp/sftp_packet.h"

#include <gmock/gmock.h>

#include "collect/protocols/ftp/test_sftp.h"

namespace holter::collect::sftp {
namespace {

using ::testing::HasSubstr;

TEST(SftpPacketTest, writes_requests_as_the_draft_has_them) {
  EXPECT_EQ(init_packet(), std::string("\0\0\0\x05\x01\0\0\0\x03", 9));
  EXPECT_EQ(request_packet(Type::kStat, 7, "/pub"), std::string("\0\0\0\x0d\x11\0\0\0\x07\0\0\0\x04/pub", 17));
}

TEST(SftpPacketTest, reads_answers_and_bears_each_that_breaks_off) {
  const std::string size = u32(0) + u32(42), owner = u32(0) + u32(0);
  struct Case {
    std::string body;
    Type type;
    std::optional<std::uint32_t> number;
    std::string text;
    std::size_t least;  ///< so many bytes say all
  };
  const Case cases[] = {
      {version(3), Type::kVersion, 3, "", 5},
      {version(3) + text("posix-rename@openssh.com") + text("1"), Type::kVersion, 3, "", 5},
      {status(9, 2, "No such file"), Type::kStatus, 2, "No such file", 9 + 4 + 12},
      {handle(9, "h1"), Type::kHandle, std::nullopt, "h1", 11},
      {attributes(9, u32(0)), Type::kAttributes, std::nullopt, "", 9},
      {attributes(9, u32(1 | 2 | 4) + size + owner + u32(040755)), Type::kAttributes, 040755, "", 29},
      {attributes(9, u32(4 | 8) + u32(0100644) + u32(1) + u32(2)), Type::kAttributes, 0100644, "", 13}};
  for (const auto& each : cases) {
    auto answer = parse_answer(each.body);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->type, each.type);
    EXPECT_EQ(answer->id, each.type == Type::kVersion ? 0U : 9U);
    EXPECT_EQ(answer->number, each.number);
    EXPECT_EQ(answer->text, each.text);
    for (std::size_t i = 0; i < each.least; ++i) {
      auto torn = parse_answer(std::string_view(each.body).substr(0, i));
      if (each.type == Type::kStatus && i == 9) continue;  // a status without a message is one of an old server
      ASSERT_FALSE(torn) << i;
      EXPECT_EQ(torn.error().code(), ErrorCode::kProtocolViolation);
    }
  }
  auto bare = parse_answer(status(9, 2, "").substr(0, 9));
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->number, kNoSuchFile);
}

TEST(SftpPacketTest, refuses_what_answers_nothing) {
  for (const auto& [body, why] : {std::pair<std::string, std::string>{"", "without a type"},
                                  {"\x01" + u32(3), "type 1 answers nothing"},
                                  {"\x67" + u32(9), "type 103 answers nothing"},
                                  {handle(9, ""), "a handle has 0 bytes"},
                                  {handle(9, std::string(257, 'h')), "a handle has 257 bytes"},
                                  {"\x66" + u32(9) + u32(0xffffffff) + "h", "breaks off"}}) {
    auto answer = parse_answer(body);
    ASSERT_FALSE(answer) << why;
    EXPECT_THAT(answer.error().message(), HasSubstr(why));
  }
}

TEST(SftpPacketTest, takes_no_packet_longer_than_its_limit) {
  EXPECT_EQ(parse_length(u32(kMostPacket)).value(), kMostPacket);
  auto large = parse_length(u32(kMostPacket + 1)), text = parse_length("Welc"), none = parse_length(u32(0));
  ASSERT_FALSE(large || text || none);
  EXPECT_EQ(large.error().code(), ErrorCode::kTooLarge);
  EXPECT_THAT(text.error().message(), HasSubstr("begins with 'Welc'"));
  EXPECT_EQ(none.error().code(), ErrorCode::kProtocolViolation);
  EXPECT_FALSE(parse_length("\0\0\0"));
}

}  // namespace
}  // namespace holter::collect::sftp
