#include "collect/protocols/telnet/parse.h"

#include <gtest/gtest.h>

namespace holter::collect::telnet {
namespace {

using Values = std::vector<std::optional<std::string_view>>;

TEST(TelnetParse, splits_at_tabs) {
  auto values =
      find_values("zk_version\t3.8.0-1, built\tthen\nzk_peers\t0\n", "zookeeper", {"zk_peers", "zk_version", "none"});
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (Values{"0", "3.8.0-1, built\tthen", std::nullopt}));
}

TEST(TelnetParse, splits_at_equals_signs_when_the_first_line_has_one) {
  auto values = find_values("clientPort=2181\r\ndataDir=/a=b\r\nx\ty\r\n", "zookeeper", {"clientPort", "dataDir", "x"});
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (Values{"2181", "/a=b", std::nullopt}));
}

TEST(TelnetParse, drops_the_heading_of_zookeeper_only) {
  const char* answer = "Environment:\nhost.name=a\n";
  EXPECT_EQ(*find_values(answer, "zookeeper", {"host.name"}), (Values{"a"}));
  EXPECT_EQ(*find_values(answer, "port", {"host.name"}), (Values{std::nullopt}));
}

TEST(TelnetParse, keeps_the_first_of_equal_keys_and_blanks_around_values) {
  EXPECT_EQ(*find_values("a= 1 \na=2", "port", {"a"}), (Values{" 1 "}));
}

TEST(TelnetParse, reads_an_empty_answer) {
  EXPECT_EQ(*find_values("", "port", {"a"}), (Values{std::nullopt}));
}

TEST(TelnetParse, refuses_more_lines_than_the_limit) {
  EXPECT_TRUE(find_values(std::string(kMaxLines, '\n'), "port", {"a"}));
  auto refused = find_values(std::string(kMaxLines + 1, '\n'), "port", {"a"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kProtocolViolation);
}

}  // namespace
}  // namespace holter::collect::telnet
