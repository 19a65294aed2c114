#include "status/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "status/badge.h"
#include "status/xml.h"

namespace holter::status {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using ::testing::HasSubstr;
using ::testing::Not;

std::string xml(std::string_view text) {
  std::string out;
  append_xml(out, text);
  return out;
}

TEST(Xml, texts_stay_inside_of_their_element_whatever_they_hold) {
  EXPECT_EQ(xml("<a href=\"x\">&]]>"), "&lt;a href=&quot;x&quot;&gt;&amp;]]&gt;");
  EXPECT_EQ(xml(std::string_view("a\0b\x1b"
                                 "c\x7f",
                                 6)),
            "abc\x7f")
      << "what may not stand in XML is left out";
  EXPECT_EQ(xml("\xff\xc3"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(xml("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate is no character";
  EXPECT_EQ(xml("\xEF\xBF\xBF"), "") << "U+FFFF";
  EXPECT_EQ(xml("状态 🎉"), "状态 🎉");
  EXPECT_EQ(xml("a\r\n"), "a&#13;\n");
}

TEST(Feed, has_the_elements_of_rss_2) {
  Feed feed{.title = "Acme & Co",
            .link = "https://status.example/status/acme",
            .self = "https://status.example/status/acme/feed.xml",
            .description = "",
            .language = "en",
            .time = sys_days(2026y / 11 / 24) + 10h + 5min + 40s};
  feed.items.push_back({.title = "Slow <now>",
                        .link = "https://status.example/status/acme",
                        .id = "acme-1-2",
                        .text = "<script>\nsecond",
                        .time = feed.time});
  auto text = write_feed(feed);
  EXPECT_THAT(text, HasSubstr("<title>Acme &amp; Co</title>"));
  EXPECT_THAT(text, HasSubstr("<description>Acme &amp; Co</description>")) << "RSS wants one";
  EXPECT_THAT(text, HasSubstr("<pubDate>Tue, 24 Nov 2026 10:05:40 GMT</pubDate>"));
  EXPECT_THAT(text, HasSubstr("<guid isPermaLink=\"false\">acme-1-2</guid>"));
  EXPECT_THAT(text, HasSubstr("&amp;lt;script&amp;gt;&lt;br&gt;\nsecond")) << "readers take it for HTML";
  EXPECT_THAT(text, Not(HasSubstr("<script>")));
  EXPECT_TRUE(text.ends_with("</channel>\n</rss>\n"));
}

TEST(Feed, is_bounded_and_whole_all_the_same) {
  Feed feed{.title = "x", .language = "en"};
  feed.items.assign(2000, {.title = "t", .id = "i", .text = std::string(4096, '&')});
  auto text = write_feed(feed);
  EXPECT_LE(text.size(), kMostFeedBytes);
  EXPECT_GT(text.size(), kMostFeedBytes / 2);
  EXPECT_TRUE(text.ends_with("</item>\n</channel>\n</rss>\n"));
}

TEST(Badge, says_state_and_availability_in_words_and_in_the_language_of_the_page) {
  auto text = write_badge(status_badge("Web & more", State::kOutage, "en"));
  EXPECT_THAT(text, HasSubstr("<title>Web &amp; more: outage</title>"));
  EXPECT_THAT(text, HasSubstr("aria-label=\"Web &amp; more: outage\""));
  EXPECT_THAT(write_badge(status_badge("x", State::kOperational, "zh-CN")), HasSubstr("正常"));
  EXPECT_THAT(write_badge(uptime_badge("x", 0.9995, "en")), HasSubstr("99.95 %"));
  EXPECT_THAT(write_badge(uptime_badge("x", std::nullopt, "en")), HasSubstr("no data"));
  EXPECT_NE(uptime_badge("x", 0.5, "en").colour, uptime_badge("x", 1, "en").colour);
}

TEST(Badge, is_as_wide_as_its_text_and_has_no_script_or_style) {
  EXPECT_LT(text_width("iiii"), text_width("MMMM"));
  EXPECT_EQ(text_width("状态"), 22U);
  EXPECT_LE(text_width(std::string(10'000, 'M')), 11 * kMostBadgeText);
  auto text = write_badge({"\"><script>alert(1)</script>", "\xff", "#000000"});
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("style")));
  EXPECT_THAT(text, HasSubstr("&quot;&gt;&lt;script&gt;"));
}

}  // namespace
}  // namespace holter::status
