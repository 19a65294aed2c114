#include "notify/template.h"

#include <gmock/gmock.h>

#include "notify/presets.h"

namespace holter::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TemplateTest : public ::testing::Test {
 protected:
  TemplateTest() {
    message_.receiver = "ops";
    message_.url = "https://holter.example/i/1";
    message_.common_annotations = {{"runbook", "wiki"}};
  }
  Result<std::string> render(std::string_view text, BodyFormat format = BodyFormat::kText,
                             Language language = Language::kEnglish) {
    TRY(auto parsed, Template::parse(text, format));
    return parsed.render(message_, {.zone = zone_, .language = language, .now = now_});
  }
  std::string error(std::string_view text, BodyFormat format = BodyFormat::kText) {
    auto parsed = Template::parse(text, format);
    return parsed ? "" : parsed.error().message();
  }
  WallTime now_{seconds(1'700'000'000)};
  model::LocalTime zone_ = model::LocalTime::in("Asia/Shanghai").value();
  Message message_ = sample_message(now_);
};

TEST_F(TemplateTest, knows_the_message) {
  EXPECT_EQ(render("{{receiver}} {{status}} {{severity}} {{alert_count}}/{{firing_count}}/{{resolved_count}} {{url}}")
                .value(),
            "ops firing critical 3/2/1 https://holter.example/i/1");
  EXPECT_EQ(render("{{now}} {{group_labels.folder}} {{common_annotations.runbook}}").value(),
            "2023-11-15 06:13:20 +08:00 production wiki");
  EXPECT_EQ(render("{{status_word}}/{{severity_word}}", BodyFormat::kText, Language::kChinese).value(), "告警/严重");
  EXPECT_EQ(render("{{#is_firing}}yes{{/is_firing}}{{#is_resolved}}no{{/is_resolved}}").value(), "yes");
}

TEST_F(TemplateTest, walks_over_alerts_and_labels) {
  EXPECT_EQ(render("{{#alerts}}{{labels.alertname}},{{/alerts}}").value(), "HostDown,SlowAnswer,DiskFull,");
  EXPECT_EQ(render("{{#firing}}{{alertname}}={{severity}} {{/firing}}|{{#resolved}}{{alertname}}{{/resolved}}").value(),
            "HostDown=critical SlowAnswer=warning |DiskFull");
  EXPECT_EQ(render("{{#resolved}}{{#labels}}{{name}}={{value}};{{/labels}}{{/resolved}}").value(),
            "alertname=DiskFull;app=linux;monitor=web-2;severity=warning;");
  EXPECT_EQ(render("{{#resolved}}{{starts}} {{ends}} {{duration}} {{resolution}} {{evidence}}{{/resolved}}").value(),
            "2023-11-15 05:43:20 +08:00 2023-11-15 06:12:20 +08:00 29m recovered usage = 91 % (limit 90 %)");
  EXPECT_EQ(render("{{#firing}}{{duration}}{{^ends}}+{{/ends}} {{/firing}}").value(), "1h30m+ 4m+ ");
  EXPECT_EQ(render("{{#firing}}{{receiver}}{{#group_labels}}{{name}}{{/group_labels}} {{/firing}}").value(),
            "opsfolder opsfolder ");
  EXPECT_EQ(render("{{#resolved}}{{duration}}{{resolution_word}}{{/resolved}}", BodyFormat::kText, Language::kChinese)
                .value(),
            "29分已恢复");
}

TEST_F(TemplateTest, what_is_missing_is_nothing_and_false) {
  EXPECT_EQ(render("[{{group_labels.nothing}}]{{#left_out}}x{{/left_out}}{{^left_out}}all{{/left_out}}").value(),
            "[]all");
  message_.url.clear();
  EXPECT_EQ(render("{{#url}}link{{/url}}{{^url}}no link{{/url}}").value(), "no link");
  message_.alerts.clear();
  EXPECT_EQ(render("{{#alerts}}x{{/alerts}}{{^alerts}}none{{/alerts}}").value(), "none");
}

TEST_F(TemplateTest, lines_of_tags_leave_no_lines) {
  EXPECT_EQ(render("a\n{{#firing}}\n- {{alertname}}\n{{/firing}}\nb\n").value(), "a\n- HostDown\n- SlowAnswer\nb\n");
}

TEST_F(TemplateTest, sections_that_are_passed_over_leave_no_lines_and_blank_lines_stay) {
  EXPECT_EQ(
      render(
          "a\n  {{#left_out}}\nx\n\t{{/left_out}} \r\n\nb\n{{#firing}}\n\n{{alertname}}\n{{/firing}}\n\nc{{! note }}\n"
          "{{! note }}\nd\n{{^left_out}}{{/left_out}}\ne{{#is_firing}}\nf{{/is_firing}}")
          .value(),
      "a\n\nb\n\nHostDown\n\nSlowAnswer\n\nc\nd\n\ne\nf");
}

TEST_F(TemplateTest, escapes_html_and_nothing_else) {
  message_.alerts[0].labels[0].second = "<b>\"&'";
  EXPECT_EQ(render("{{#alerts}}{{alertname}}{{/alerts}}").value(), "<b>\"&'SlowAnswerDiskFull");
  EXPECT_EQ(render("{{#firing}}{{alertname}}{{/firing}}", BodyFormat::kHtml).value(),
            "&lt;b&gt;&quot;&amp;&apos;SlowAnswer");
  EXPECT_THAT(error("x\n{{{url}}}", BodyFormat::kHtml), HasSubstr("line 2: unescaped values are not allowed"));
  EXPECT_THAT(error("{{& url}}", BodyFormat::kHtml), HasSubstr("line 1: unescaped"));
  EXPECT_EQ(error("{{{url}}}{{&url}}", BodyFormat::kMarkdown), "");
}

TEST_F(TemplateTest, values_are_no_templates) {
  message_.alerts[0].labels[0].second = "{{url}}{{#alerts}}";
  EXPECT_EQ(render("{{#firing}}{{alertname}} {{/firing}}").value(), "{{url}}{{#alerts}} SlowAnswer ");
}

TEST_F(TemplateTest, errors_name_the_line_and_what) {
  EXPECT_EQ(error("a\nb {{recevier}}"),
            "cannot use the template: line 2: 'recevier' is not known here (did you mean 'receiver'?)");
  EXPECT_EQ(error("{{#alerts}}\n\n{{#labels}}"), "cannot use the template: line 3: section 'labels' is not closed");
  EXPECT_THAT(error("{{#alerts}}\n{{/firing}}"), HasSubstr("line 2: 'firing' closes section 'alerts' of line 1"));
  EXPECT_THAT(error("\n{{/alerts}}"), HasSubstr("line 2: 'alerts' closes no section"));
  EXPECT_THAT(error("\n\n{{url"), HasSubstr("line 3: '{{' is not closed"));
  EXPECT_THAT(error("{{}}"), HasSubstr("line 1: a tag without a name"));
  EXPECT_THAT(error("{{alertname}}"), HasSubstr("'alertname' is not known here"));
  EXPECT_THAT(error("{{^alerts}}{{alertname}}{{/alerts}}"), HasSubstr("'alertname' is not known here"));
  EXPECT_THAT(error("{{name}}"), HasSubstr("'name' is not known here"));
  EXPECT_THAT(error("{{> other}}"), HasSubstr("a tag of the kind '{{>' is not allowed"));
  EXPECT_THAT(error("{{=<% %>=}}"), HasSubstr("a tag of the kind '{{=' is not allowed"));
  EXPECT_THAT(error("{{\x01"
                    "5}}"),
              HasSubstr("is not known here"));
  EXPECT_EQ(error("{{! a note }}{{#alerts}}{{alertname}}{{/alerts}}"), "");
}

TEST_F(TemplateTest, is_bounded) {
  EXPECT_THAT(error(std::string(Template::kMostTemplate + 1, 'x')), HasSubstr("16 KiB is the most"));
  std::string deep;
  for (int i = 0; i < 9; ++i) deep += "{{#is_firing}}";
  EXPECT_THAT(error(deep), HasSubstr("sections are more than 8 deep"));

  message_.alerts.resize(100, message_.alerts.front());
  auto code = [&](std::string_view text) {
    auto rendered = render(text);
    return rendered ? std::optional<ErrorCode>() : rendered.error().code();
  };
  std::string loops = "{{#alerts}}{{#alerts}}{{#alerts}}{{#alerts}}{{/alerts}}{{/alerts}}{{/alerts}}{{/alerts}}";
  EXPECT_EQ(code(loops), ErrorCode::kResourceExhausted) << "no output at all, but 10^8 passes";
  EXPECT_EQ(code("{{#alerts}}" + std::string(1000, 'x') + "{{/alerts}}"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code("{{#alerts}}" + std::string(600, 'x') + "{{/alerts}}"), std::nullopt);
  message_.url = std::string(1000, 'u');
  EXPECT_EQ(code("{{#alerts}}{{url}}{{/alerts}}"), ErrorCode::kResourceExhausted);
  message_.url = std::string(600, '<');
  EXPECT_EQ(code("{{#alerts}}{{url}}{{/alerts}}"), std::nullopt);
  auto html = render("{{#alerts}}{{url}}{{/alerts}}", BodyFormat::kHtml);
  ASSERT_FALSE(html.has_value()) << "escaping makes it longer";
}

TEST_F(TemplateTest, renders_annotations_of_rules) {
  model::Labels labels{{"alertname", "DiskFull"}, {"mount", "/var"}}, values{{"usage", "91 %"}},
      monitor{{"name", "web-2"}};
  AnnotationFacts facts{.labels = labels, .values = values, .monitor = monitor};
  auto annotation = [&](std::string_view text) -> Result<std::string> {
    TRY(auto parsed, AnnotationTemplate::parse(text));
    return parsed.render(facts);
  };
  EXPECT_EQ(annotation("{{labels.mount}} of {{monitor.name}} has {{values.usage}}{{values.free}}").value(),
            "/var of web-2 has 91 %");
  EXPECT_EQ(annotation("{{#values}}{{name}}: {{value}}{{/values}}").value(), "usage: 91 %");
  EXPECT_THAT(annotation("{{value.usage}}").error().message(), HasSubstr("did you mean 'values'?"));
  EXPECT_THAT(annotation("{{receiver}}").error().message(), HasSubstr("line 1: 'receiver' is not known here"));
  values[0].second = std::string(5000, 'x');
  EXPECT_EQ(annotation("{{values.usage}}").error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(TemplateTest, words_are_those_of_the_language) {
  using std::chrono::hours;
  EXPECT_EQ(duration_word(hours(49) + seconds(61), Language::kChinese), "2天1小时1分1秒");
  EXPECT_EQ(duration_word(milliseconds(10), Language::kChinese), "0秒");
  EXPECT_EQ(duration_word(hours(1), Language::kChinese), "1小时");
  EXPECT_EQ(resolution_word(model::Resolution::kExpired, Language::kEnglish), "not repeated by its source");
  EXPECT_EQ(resolution_word(model::Resolution::kExpired, Language::kChinese), "来源未再次上报");
}

}  // namespace
}  // namespace holter::notify
