#include "notify/message_json.h"

#include <gmock/gmock.h>

#include "notify/presets.h"

namespace holter::notify {
namespace {

using ::testing::HasSubstr;

Message full_message() {
  auto message = sample_message(WallTime(seconds(1'700'000'000)));
  message.title = "t \"quoted\" 告警";
  message.text = "a\nb";
  message.html = "<p>";
  message.url = "https://holter.example/1";
  message.common_annotations = {{"a", "b"}};
  message.left_out = 7;
  message.alerts[0].generator_url = "https://holter.example/m/1";
  return message;
}

TEST(MessageJson, reads_what_it_wrote) {
  auto message = full_message();
  auto read = message_from_json(to_json(message).value()).value();
  EXPECT_EQ(read.key, message.key);
  EXPECT_EQ(read.group, message.group);
  EXPECT_EQ(read.receiver, message.receiver);
  EXPECT_EQ(read.firing, message.firing);
  EXPECT_EQ(read.severity, message.severity);
  EXPECT_EQ(read.title, message.title);
  EXPECT_EQ(read.text, message.text);
  EXPECT_EQ(read.html, message.html);
  EXPECT_EQ(read.url, message.url);
  EXPECT_EQ(read.group_labels, message.group_labels);
  EXPECT_EQ(read.common_labels, message.common_labels);
  EXPECT_EQ(read.common_annotations, message.common_annotations);
  EXPECT_EQ(read.alerts, message.alerts);
  EXPECT_EQ(read.left_out, 7);
}

TEST(MessageJson, leaves_out_alerts_that_do_not_fit_and_counts_them) {
  auto message = full_message();
  message.alerts.resize(100, message.alerts.front());
  for (auto& alert : message.alerts) alert.annotations[0].second = std::string(10'000, 'x');
  auto text = to_json(message).value();
  EXPECT_LE(text.size(), kMostMessageBytes);
  auto read = message_from_json(text).value();
  EXPECT_EQ(read.alerts.size(), 25);
  EXPECT_EQ(read.left_out, 7 + 75);
}

TEST(MessageJson, refuses_texts_that_are_too_long) {
  auto message = full_message();
  message.text = std::string(kMostMessageBytes, 'x');
  auto text = to_json(message);
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().code(), ErrorCode::kResourceExhausted);
}

TEST(MessageJson, foreign_bytes_are_corruption) {
  auto good = to_json(full_message()).value();
  auto with = [&](const std::string& from, const std::string& to) {
    auto text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& text : {std::string(), std::string("{"), std::string("[]"), std::string("{}"),
                           good.substr(0, good.size() / 2), with("\"version\":1", "\"version\":2"),
                           with("\"critical\"", "\"bad\""), with("\"resolution\":0", "\"resolution\":99"),
                           with("\"firing\":true", "\"firing\":1"), with("\"left_out\":7", "\"left_out\":-7"),
                           with("\"starts\":1", "\"starts\":-1"), with("\"starts\":", "\"starts\":999999999"),
                           with("\"alerts\":[", "\"alerts\":[7,"), std::string(kMostMessageBytes + 1, ' ')}) {
    auto read = message_from_json(text);
    ASSERT_FALSE(read.has_value()) << text.substr(0, 300);
    EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
    EXPECT_THAT(read.error().message(), HasSubstr("cannot read a stored message"));
  }
}

}  // namespace
}  // namespace holter::notify
