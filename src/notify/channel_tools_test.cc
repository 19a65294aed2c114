#include "notify/channel_tools.h"

#include <array>
#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include "base/percent.h"
#include "notify/http_outcome.h"
#include "notify/test_channel.h"

namespace holter::notify {
namespace {

constexpr WallTime kNow{milliseconds(1'700'000'000'000)};

TEST(Cut, leaves_what_fits) {
  EXPECT_EQ(cut("abc", bytes(3)), "abc");
  EXPECT_EQ(cut("äöü", bytes(6)), "äöü");
  EXPECT_EQ(cut("äöü", characters(3)), "äöü");
  EXPECT_EQ(cut("", bytes(0)), "");
}

TEST(Cut, ends_at_a_character_with_a_mark_inside_the_limit) {
  EXPECT_EQ(cut("abcdefgh", bytes(7)), "abcd…");
  EXPECT_EQ(cut("ääää", bytes(7)), "ää…");
  EXPECT_EQ(cut("ääää", bytes(6)), "ä…");  // five bytes: a sixth would be half a character
  EXPECT_EQ(cut("ääää", characters(3)), "ää…");
  EXPECT_EQ(cut("abcdefgh", bytes(2)), "");  // not even the mark
}

TEST(Cut, counts_characters_beyond_the_basic_plane_twice_in_utf_16) {
  EXPECT_EQ(size_of("😀", Limit::Unit::kUtf16), 2u);
  EXPECT_EQ(cut("😀😀😀", characters(6)), "😀😀😀");
  EXPECT_EQ(cut("😀😀😀", characters(5)), "😀😀…");
  EXPECT_EQ(cut("😀😀😀", characters(4)), "😀…");
}

TEST(Cut, makes_utf_8_of_stray_bytes) {
  EXPECT_EQ(cut("a\xff", bytes(10)), "a\xEF\xBF\xBD");
}

TEST(PlainText, keeps_title_and_link_and_cuts_the_text) {
  auto message = sample_message();
  EXPECT_EQ(plain_text(message, bytes(1000)),
            "[FIRING:2] Down web\nweb-1 is down\nweb-2 is down\nhttps://holter.example/incidents/7");
  message.text = std::string(500, 'x');
  auto text = plain_text(message, bytes(100));
  EXPECT_EQ(text.size(), 100u);
  EXPECT_TRUE(text.starts_with("[FIRING:2] Down web\nxxx"));
  EXPECT_TRUE(text.ends_with("x…\nhttps://holter.example/incidents/7"));
  EXPECT_LE(plain_text(message, bytes(20)).size(), 20u);
  message.url.clear();
  message.text.clear();
  EXPECT_EQ(plain_text(message, bytes(100)), "[FIRING:2] Down web");
}

TEST(MarkdownText, has_a_bold_title_and_a_link) {
  EXPECT_EQ(markdown_text(sample_message(), characters(1000)),
            "**[FIRING:2] Down web**\n\nweb-1 is down\nweb-2 is down\n\n"
            "[https://holter.example/incidents/7](https://holter.example/incidents/7)");
}

TEST(SplitList, takes_commas_and_lines_and_leaves_out_blanks) {
  EXPECT_EQ(split_list(" a, b\r\n\nc d ,,"), (std::vector<std::string_view>{"a", "b", "c d"}));
  EXPECT_TRUE(split_list(" \n ").empty());
  EXPECT_EQ(split_lines("a\r\n\nb"), (std::vector<std::string_view>{"a", "", "b"}));
}

TEST(Url, is_joined_by_one_slash) {
  EXPECT_EQ(join_url("https://a//", "/b"), "https://a/b");
  EXPECT_EQ(join_url("https://a", "b"), "https://a/b");
}

TEST(Authority, is_what_a_host_header_has) {
  EXPECT_EQ(authority_of("https://Host:8443/a?b"), "host:8443");
  EXPECT_EQ(authority_of("https://host:443/"), "host");
  EXPECT_EQ(authority_of("http://host:443?x"), "host:443");
  EXPECT_EQ(authority_of("no address"), "");
}

TEST(Filled, replaces_known_names_once) {
  Placeholders values{{"a", "{{b}}"}, {"b", "1 2"}};
  auto as_it_is = [](std::string_view v) { return std::string(v); };
  EXPECT_EQ(filled("{{a}} {{ b }} {{c}} {{", values, as_it_is), "{{b}} 1 2 {{c}} {{");
  EXPECT_EQ(filled("x={{b}}", values, percent_encoded), "x=1%202");
  EXPECT_EQ(filled(R"("{{q}}")", {{"q", "say \"hi\"\n"}}, json_escaped), R"("say \"hi\"\n")");
}

TEST(Color, is_green_for_what_is_resolved_and_another_for_each_severity) {
  auto message = sample_message(false);
  EXPECT_EQ(color_text(message), "#2DA44E");
  message.firing = true;
  std::vector<std::uint32_t> seen;
  for (auto severity :
       {model::Severity::kInfo, model::Severity::kWarning, model::Severity::kCritical, model::Severity::kEmergency}) {
    message.severity = severity;
    EXPECT_EQ(std::ranges::count(seen, color_of(message)), 0);
    seen.push_back(color_of(message));
  }
}

constexpr std::array kFields{
    Field{.name = "token", .type = Field::Type::kPassword},
    Field{.name = "url", .type = Field::Type::kPassword},
    Field{.name = "name"},
};

TEST(Secrets, are_masked_as_they_are_and_as_they_look_in_addresses_and_json) {
  Secrets secrets(kFields, Settings({{"token", "a b/\"c"}, {"url", "https://host/path/key?x=1"}, {"name", "web"}}));
  EXPECT_EQ(secrets.masked(std::string("web: a b/\"c a%20b%2F%22c a b/\\\"c a b\\/\\\"c")), "web: *** *** *** ***");
  EXPECT_EQ(secrets.masked(std::string("no way to https://host/path/key?x=1")), "no way to ***");
  EXPECT_EQ(secrets.masked(std::string("host: no /path/key?x=1")), "host: no ***");
  secrets.add("token-2");
  EXPECT_EQ(secrets.masked(Outcome::retry("token-2!", seconds(3))).answer, "***!");
}

TEST(Exchange, masks_before_anything_is_cut_off) {
  FakeWire wire;
  std::string secret(40, 's');
  wire.answer(400, std::string(180, 'x') + secret);
  Settings settings({{"token", secret}, {"url", ""}, {"name", ""}});
  boost::asio::io_context context;
  auto outcome =
      testing::run_task(context, deliver({.url = "https://host/"}, Secrets(kFields, settings), wire, outcome_of));
  EXPECT_FALSE(outcome.answer.contains("sss")) << outcome.answer;
}

TEST(Exchange, masks_basic_authentication_as_it_travels) {
  FakeWire wire;
  wire.answer(401, "you sent Basic bWU6b3BlbiBzZXNhbWU=");  // me:open sesame
  Settings settings({{"token", "open sesame"}, {"url", ""}, {"name", ""}});
  boost::asio::io_context context;
  HttpCall call{.url = "https://host/", .user = "me", .password = "open sesame"};
  auto outcome = testing::run_task(context, deliver(call, Secrets(kFields, settings), wire, outcome_of));
  EXPECT_EQ(outcome.answer, "HTTP 401: you sent Basic ***");
}

TEST(ParseObject, refuses_what_is_no_object_and_what_is_nested_too_deep) {
  EXPECT_TRUE(parse_object(R"({"a":1})"));
  for (std::string_view text : {"", "[]", "1", "{", "{\"a\":}", "<html>"}) EXPECT_FALSE(parse_object(text)) << text;
  EXPECT_FALSE(parse_object("{\"a\":" + std::string(10'000, '[')));
  EXPECT_FALSE(parse_object("{\"a\":" + std::string(20, '[') + std::string(20, ']') + "}"));
}

TEST(MemberText, follows_a_path_through_objects) {
  auto object = *parse_object(R"({"a":{"b":{"c":"x","n":7,"l":[1]}},"z":true})");
  EXPECT_EQ(member_text(object, "a.b.c"), "x");
  EXPECT_EQ(member_text(object, "a.b.n"), "7");
  for (std::string_view path : {"a", "a.b.l", "a.c.b", "z", "z.a", "", "a..c"})
    EXPECT_EQ(member_text(object, path), "") << path;
}

TEST(MemberTime, is_positive_and_at_most_a_day) {
  auto object = *parse_object(R"({"s":1.5,"huge":1e300,"minus":-1,"zero":0,"text":"5"})");
  EXPECT_EQ(member_time(object, "s", seconds(1)), milliseconds(1500));
  EXPECT_EQ(member_time(object, "huge", seconds(1)), std::chrono::hours(24));
  for (std::string_view name : {"minus", "zero", "text", "none"})
    EXPECT_EQ(member_time(object, name, seconds(1)), std::nullopt) << name;
}

TEST(OutcomeOfCode, knows_success_known_codes_and_all_others) {
  constexpr std::array known{retry_code("9", seconds(60), "TOO many"), give_up_code("9"), retry_code("10"),
                             give_up_code("11")};
  auto of = [&](HttpAnswer answer) { return outcome_of_code(answer, kNow, {"code", "msg", "0"}, known); };
  EXPECT_EQ(of({200, {}, R"({"code":0,"msg":"ok"})"}).answer, "HTTP 200, 0: ok");
  EXPECT_EQ(of({200, {}, R"({"code":0,"msg":"ok"})"}).kind, Kind::kDelivered);
  auto rate = of({200, {}, R"({"code":9,"msg":"too Many of you"})"});
  EXPECT_EQ(rate.kind, Kind::kRetry);
  EXPECT_EQ(rate.retry_after, seconds(60));
  EXPECT_EQ(of({200, {}, R"({"code":9,"msg":"else"})"}).kind, Kind::kGiveUp);
  EXPECT_EQ(of({400, {{"retry-after", "7"}}, R"({"code":10})"}).kind, Kind::kRetry);
  EXPECT_EQ(of({200, {}, R"({"code":12})"}).kind, Kind::kGiveUp);
  EXPECT_EQ(of({503, {{"retry-after", "7"}}, R"({"code":12})"}).retry_after, seconds(7));
  EXPECT_EQ(of({503, {}, R"({"code":11})"}).kind, Kind::kGiveUp);
  EXPECT_EQ(of({500, {}, R"({"code":0})"}).kind, Kind::kRetry);  // "success" with an error's status is none
}

TEST(OutcomeOfCode, retries_what_no_provider_wrote) {
  auto of = [&](HttpAnswer answer) { return outcome_of_code(answer, kNow, {"code", "msg", "0"}, {}); };
  EXPECT_EQ(of({200, {}, "<html>\nlog in</html>"}).kind, Kind::kRetry);
  EXPECT_TRUE(of({200, {}, "<html>\nlog in</html>"}).answer.ends_with("<html> log in</html>"));
  EXPECT_EQ(of({404, {}, "<html>"}).kind, Kind::kGiveUp);
  EXPECT_EQ(of({502, {}, ""}).kind, Kind::kRetry);
}

TEST(Recipients, are_told_once_though_the_attempt_is_repeated) {
  FakeWire wire;
  auto message = sample_message();
  {
    Recipients first("sms", message, wire);
    first.add("1", Outcome::delivered("ok"));
    first.add("2", Outcome::give_up("no such number"));
    first.add("3", Outcome::retry("busy", seconds(5)));
    first.add("4", Outcome::retry("busy", seconds(9)));
    auto total = first.total();
    EXPECT_EQ(total.kind, Kind::kRetry);
    EXPECT_EQ(total.retry_after, seconds(9));
    EXPECT_EQ(total.answer, "1 of 4 told; 3: busy");
  }
  Recipients second("sms", message, wire);
  EXPECT_TRUE(second.told("1"));
  EXPECT_FALSE(second.told("3"));
  EXPECT_EQ(second.total().kind, Kind::kDelivered);  // nobody is left to tell
  message.key = "another";
  EXPECT_FALSE(Recipients("sms", message, wire).told("1"));
}

TEST(Recipients, fail_when_one_of_them_cannot_be_told) {
  FakeWire wire;
  Recipients recipients("sms", sample_message(), wire);
  recipients.add("1", Outcome::delivered("ok"));
  recipients.add("2", Outcome::give_up("no such number"));
  EXPECT_EQ(recipients.total().kind, Kind::kGiveUp);
  EXPECT_EQ(recipients.total().answer, "1 of 2 told; 2: no such number");
}

TEST(CheckSecretUrl, names_the_field_and_not_the_value) {
  EXPECT_TRUE(check_secret_url(Settings({{"u", "https://host/path"}}), "u"));
  for (std::string_view url : {"host/path", "ftp://host", "https:///path", "https:// host", "https://hö/"}) {
    auto status = check_secret_url(Settings({{"u", std::string(url)}}), "u");
    ASSERT_FALSE(status) << url;
    EXPECT_TRUE(status.error().message().contains("'u'"));
    EXPECT_FALSE(status.error().message().contains(url));
  }
}

}  // namespace
}  // namespace holter::notify
