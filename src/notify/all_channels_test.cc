#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "notify/plugin.h"
#include "notify/test_channel.h"

// What holds for each channel, whoever wrote it.

namespace holter::notify {
namespace {

/// Values that a channel wants in a form of its own; the others follow from a field's type.
const std::map<std::string_view, Given> kSpecial{
    {"alertmanager", {{"urls", "http://127.0.0.1:9093"}, {"user", ""}, {"password", ""}}},
    {"discord", {{"bot_token", ""}, {"channel_id", ""}}},
    {"email",
     {{"host", "mail.example"}, {"from", "holter@example.org"}, {"to", "ops@example.org"}, {"user", "holter"}}},
    {"exec", {{"program", "/bin/true"}}},
    {"ntfy", {{"user", ""}, {"password", ""}}},
    {"webhook", {{"user", ""}, {"password", ""}}},
    {"serverchan", {{"send_key", "SCTsecret99value"}}},
};

std::string value_of(const Field& field, std::size_t number) {
  switch (field.type) {
    case Field::Type::kPassword:
      return field.name.ends_with("url") ? fmt::format("https://hooks.example/services/secret{}value", number)
                                         : fmt::format("secret{}value", number);
    case Field::Type::kUrl:
      return "https://peer.example";
    case Field::Type::kNumber:
      return "7";
    case Field::Type::kBoolean:
      return "true";
    case Field::Type::kChoice:
      return std::string(field.choices.front());
    case Field::Type::kText:
    case Field::Type::kLines:
    case Field::Type::kTextarea:
      return "v1";
  }
  return {};
}

/// A form with all passwords and all that is required.
Given form_of(const PluginInfo& channel) {
  Given given;
  std::size_t number = 10;
  for (const auto& field : channel.fields)
    if (field.required || field.type == Field::Type::kPassword || field.name == "users")
      given[std::string(field.name)] = value_of(field, ++number);
  if (auto special = kSpecial.find(channel.name); special != kSpecial.end())
    for (const auto& [name, value] : special->second) given[name] = value;
  return given;
}

std::vector<std::string> secrets_of(const PluginInfo& channel, const Given& given) {
  std::vector<std::string> secrets;
  for (const auto& field : channel.fields)
    if (auto found = given.find(field.name);
        field.type == Field::Type::kPassword && found != given.end() && !found->second.empty())
      secrets.push_back(found->second);
  return secrets;
}

class AllChannels : public ::testing::TestWithParam<PluginFactory> {
 protected:
  const PluginInfo& channel_ = GetParam()();
  const Given given_ = form_of(channel_);

  /// One attempt in which each call has the same answer.
  Outcome attempt_of(const Message& message, const HttpAnswer& answer) {
    FakeWire wire;
    for (int i = 0; i < 8; ++i) {
      wire.answer(answer);
      wire.answer(MailAnswer{answer.status == 200 ? 250 : 451, answer.body});
      wire.answer(CommandAnswer{answer.status == 200 ? 0 : 1, answer.body});
    }
    auto settings = settings_of(channel_, given_);
    for (const auto& field : channel_.fields)
      if (field.by_server) settings.set(std::string(field.name), "true");
    auto outcome = send_through(channel_, message, settings, wire);
    asked_ = wire.calls().size() + wire.mails().size() + wire.commands().size();
    by_http_ = !wire.calls().empty();
    return outcome;
  }

  std::size_t asked_ = 0;
  bool by_http_ = false;
};

TEST_P(AllChannels, has_titles_in_both_languages) {
  EXPECT_FALSE(channel_.title_en.empty());
  EXPECT_FALSE(channel_.title_zh.empty());
  std::set<std::string_view> names;
  for (const auto& field : channel_.fields) {
    if (field.by_server) continue;  // nobody sees it
    EXPECT_FALSE(field.title_en.empty()) << field.name;
    EXPECT_FALSE(field.title_zh.empty()) << field.name;
    EXPECT_EQ(field.help_en.empty(), field.help_zh.empty()) << field.name;
    EXPECT_TRUE(names.insert(field.name).second) << field.name << " is there twice";
    EXPECT_EQ(field.type == Field::Type::kChoice, !field.choices.empty()) << field.name;
  }
}

TEST_P(AllChannels, asks_for_passwords_again_when_their_peer_changes) {
  for (const auto& field : channel_.fields)
    if (field.type == Field::Type::kUrl) EXPECT_TRUE(field.decides_peer) << field.name;
}

TEST_P(AllChannels, has_a_readme) {
  auto readme = std::filesystem::path("src/notify/channels") / channel_.name / "README.md";
  EXPECT_GT(std::filesystem::exists(readme) ? std::filesystem::file_size(readme) : 0, 200u) << readme;
}

TEST_P(AllChannels, refuses_an_empty_form_and_takes_a_full_one) {
  EXPECT_FALSE(check_settings(channel_, {}));
  auto settings = check_settings(channel_, given_);
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
}

TEST_P(AllChannels, is_found_by_its_name) {
  EXPECT_EQ(find_plugin(channel_.name), &channel_);
}

TEST_P(AllChannels, sends_something_for_what_fires_and_for_what_is_resolved) {
  for (bool firing : {true, false}) {
    attempt_of(sample_message(firing), {200, {}, "ok"});
    EXPECT_GT(asked_, 0u);
  }
}

TEST_P(AllChannels, sends_a_message_without_text_and_link_and_one_that_is_far_too_long) {
  auto message = sample_message();
  message.text.clear();
  message.url.clear();
  message.alerts.clear();
  message.common_labels.clear();
  attempt_of(message, {200, {}, "ok"});
  EXPECT_GT(asked_, 0u);
  message.title = std::string(10'000, 't');
  message.text = std::string(500'000, '\xff');
  attempt_of(message, {200, {}, "ok"});
  EXPECT_GT(asked_, 0u);
}

TEST_P(AllChannels, never_shows_a_secret_in_its_outcome) {
  auto secrets = secrets_of(channel_, given_);
  std::string all;
  for (const auto& secret : secrets) all += secret + " ";
  for (int status : {200, 201, 202, 400, 401, 404, 429, 500})
    for (
        const auto& body :
        {fmt::format("you sent {}", all),
         fmt::format(
             R"({{"errcode":1,"code":1,"status":0,"errmsg":"{0}","message":"{0}","msg":"{0}","error":"{0}","description":"{0}","errors":["{0}"],"ok":false}})",
             all),
         std::string(190, 'x') + all, std::string("\x00\xff garbage", 10) + all}) {
      auto outcome = attempt_of(sample_message(), {status, {}, body});
      for (const auto& secret : secrets) EXPECT_FALSE(outcome.answer.contains(secret)) << outcome.answer;
      EXPECT_FALSE(outcome.answer.contains('\n'));
      EXPECT_FALSE(outcome.answer.empty());
    }
}

TEST_P(AllChannels, never_shows_a_secret_of_an_error_and_retries_what_is_unreachable) {
  auto secrets = secrets_of(channel_, given_);
  std::string all;
  for (const auto& secret : secrets) all += secret + " ";
  FakeWire wire;
  wire.fail(Error(ErrorCode::kUnavailable, fmt::format("cannot connect to https://host/{}", all)));
  auto settings = settings_of(channel_, given_);
  for (const auto& field : channel_.fields)
    if (field.by_server) settings.set(std::string(field.name), "true");
  auto outcome = send_through(channel_, sample_message(), settings, wire);
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.answer;
  EXPECT_TRUE(outcome.answer.contains("cannot connect")) << outcome.answer;
  for (const auto& secret : secrets) EXPECT_FALSE(outcome.answer.contains(secret)) << outcome.answer;
}

TEST_P(AllChannels, honours_retry_after_of_429) {
  auto outcome = attempt_of(sample_message(), {429, {{"Retry-After", "7"}}, "slow down"});
  if (!by_http_) return;
  EXPECT_EQ(outcome.kind, Kind::kRetry) << outcome.answer;
  EXPECT_EQ(outcome.retry_after, seconds(7)) << outcome.answer;
}

TEST_P(AllChannels, retries_errors_of_a_server_and_gives_up_refusals) {
  auto broken = attempt_of(sample_message(), {503, {}, ""});
  EXPECT_EQ(broken.kind, Kind::kRetry) << broken.answer;
  if (!by_http_) return;
  auto refused = attempt_of(sample_message(), {403, {}, "no"});
  EXPECT_EQ(refused.kind, Kind::kGiveUp) << refused.answer;
}

INSTANTIATE_TEST_SUITE_P(Channels, AllChannels, ::testing::ValuesIn(all_plugins().begin(), all_plugins().end()),
                         [](const auto& info) { return std::string(info.param().name); });

}  // namespace
}  // namespace holter::notify
