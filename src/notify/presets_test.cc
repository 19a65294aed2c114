#include "notify/presets.h"

#include <gmock/gmock.h>

namespace holter::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

PluginInfo channel(BodyFormat format, std::size_t most = 64 * 1024) {
  return {.name = "sample", .format = format, .most_text = most};
}

class PresetsTest : public ::testing::Test {
 protected:
  Message show(BodyFormat format, Language language, TextTemplates templates = {}) {
    return preview(channel(format), templates, options(language)).value();
  }
  Template::Options options(Language language) { return {.zone = zone_, .language = language, .now = now_}; }
  WallTime now_{seconds(1'700'000'000)};
  model::LocalTime zone_ = model::LocalTime::in("UTC").value();
};

TEST_F(PresetsTest, plain_text_tells_what_fires_and_what_is_resolved) {
  auto message = show(BodyFormat::kText, Language::kEnglish);
  EXPECT_EQ(message.title, "[critical] 3 alerts (2 firing, 1 resolved)");
  EXPECT_EQ(message.text, R"([critical] HostDown on db-1
db-1 does not answer
Evidence: 3 of 3 checks failed: no answer in time
Since 2023-11-14 20:43:20 +00:00 (1h30m)

[warning] SlowAnswer on shop
shop answers slowly: <1 request/s & falling
Evidence: responseTime = 4210 ms (limit 1000 ms)
Since 2023-11-14 22:09:20 +00:00 (4m)

[resolved] DiskFull on web-2
/var of web-2 is nearly full
2023-11-14 21:43:20 +00:00 to 2023-11-14 22:12:20 +00:00 (29m): recovered

)");
  EXPECT_TRUE(message.html.empty());
}

TEST_F(PresetsTest, chinese_text_has_chinese_words) {
  auto message = show(BodyFormat::kText, Language::kChinese);
  EXPECT_EQ(message.title, "【严重】3 条告警（2 条告警中，1 条已恢复）");
  EXPECT_THAT(message.text, HasSubstr("【严重】HostDown，监控：db-1\n"));
  EXPECT_THAT(message.text, HasSubstr("开始时间：2023-11-14 20:43:20 +00:00（已持续 1小时30分）\n"));
  EXPECT_THAT(message.text, HasSubstr("（持续 29分）：已恢复\n"));
}

TEST_F(PresetsTest, a_resolved_group_says_so) {
  auto message = sample_message(now_);
  message.alerts.erase(message.alerts.begin(), message.alerts.begin() + 2);
  message.firing = false;
  message.common_labels = message.alerts[0].labels;
  for (auto [language, title] : {std::pair(Language::kEnglish, "[resolved] DiskFull: web-2"),
                                 std::pair(Language::kChinese, "【已恢复】DiskFull：web-2")}) {
    ASSERT_TRUE(render_texts(message, channel(BodyFormat::kMarkdown), {}, options(language)).has_value());
    EXPECT_EQ(message.title, title);
    EXPECT_THAT(message.text, Not(HasSubstr("critical")));
  }
}

TEST_F(PresetsTest, markdown_has_a_link) {
  auto message = sample_message(now_);
  message.url = "https://holter.example/i/1";
  ASSERT_TRUE(render_texts(message, channel(BodyFormat::kMarkdown), {}, options(Language::kEnglish)).has_value());
  EXPECT_THAT(message.text, HasSubstr("**[critical] HostDown** on **db-1**\n"));
  EXPECT_THAT(message.text, HasSubstr("[Open in Holter](https://holter.example/i/1)\n"));
}

TEST_F(PresetsTest, html_is_escaped_and_has_plain_text_beside_it) {
  for (auto language : {Language::kEnglish, Language::kChinese}) {
    auto message = show(BodyFormat::kHtml, language);
    EXPECT_THAT(message.html, HasSubstr("&lt;1 request/s &amp; falling"));
    EXPECT_THAT(message.html, HasSubstr("</table></body></html>"));
    EXPECT_THAT(message.html, Not(HasSubstr("{{")));
    EXPECT_THAT(message.text, HasSubstr("<1 request/s & falling"));
  }
}

TEST_F(PresetsTest, takes_the_users_templates_and_names_the_wrong_one) {
  auto message = show(BodyFormat::kText, Language::kEnglish,
                      {.title = "{{status}}\n!", .body = "{{#alerts}}{{alertname}} {{/alerts}}"});
  EXPECT_EQ(message.title, "firing !");
  EXPECT_EQ(message.text, "HostDown SlowAnswer DiskFull ");
  auto wrong = preview(channel(BodyFormat::kText), {.title = "", .body = "a\n{{b}}"}, options(Language::kEnglish));
  ASSERT_FALSE(wrong.has_value());
  EXPECT_THAT(wrong.error().message(), HasSubstr("body: cannot use the template: line 2: 'b' is not known"));
}

TEST_F(PresetsTest, tells_of_fewer_alerts_where_all_would_be_too_long) {
  auto message = sample_message(now_);
  auto alert = message.alerts.front();
  alert.annotations[1].second = std::string(500, 's');
  message.alerts.assign(100, alert);
  message.left_out = 3;
  ASSERT_TRUE(render_texts(message, channel(BodyFormat::kHtml), {}, options(Language::kEnglish)).has_value());
  EXPECT_LE(message.html.size(), Template::kMostOutput);
  EXPECT_THAT(message.html, HasSubstr("78 more alerts are not shown."));
  EXPECT_EQ(message.alerts.size(), 100) << "the message itself keeps them";
}

TEST_F(PresetsTest, cuts_text_to_what_the_channel_takes) {
  auto message = sample_message(now_);
  ASSERT_TRUE(render_texts(message, channel(BodyFormat::kText, 50), {}, options(Language::kChinese)).has_value());
  EXPECT_LE(message.text.size(), 50);
  EXPECT_TRUE(message.text.ends_with("...")) << message.text;
  EXPECT_EQ(cut_text("告警告警", 8), "告...");
  EXPECT_EQ(cut_text("告警", 6), "告警");
  EXPECT_EQ(cut_text("abcdef", 2), "..");
}

}  // namespace
}  // namespace holter::notify
