#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "notify/channel.h"
#include "notify/fake_wire.h"
#include "notify/presets.h"
#include "testing/run_task.h"

namespace holter::notify {

using Given = std::map<std::string, std::string, std::less<>>;
using Kind = Outcome::Kind;

/// Two alerts of one group that fire, or that did.
inline Message sample_message(bool firing = true) {
  Message message{.key = "incident-7/3",
                  .group = "group-7",
                  .receiver = "ops",
                  .firing = firing,
                  .severity = model::Severity::kCritical,
                  .title = firing ? "[FIRING:2] Down web" : "[RESOLVED] Down web",
                  .text = "web-1 is down\nweb-2 is down",
                  .html = "<p>web-1 is down</p><p>web-2 is down</p>",
                  .url = "https://holter.example/incidents/7",
                  .group_labels = {{"alertname", "Down"}},
                  .common_labels = {{"alertname", "Down"}, {"monitor", "web"}, {"severity", "critical"}},
                  .common_annotations = {{"summary", "down"}}};
  for (std::string_view row : {"web-1", "web-2"}) {
    model::Alert alert{.labels = {{"alertname", "Down"}, {"instance", std::string(row)}, {"monitor", "web"}},
                       .starts = WallTime(milliseconds(1'699'999'000'000))};
    if (!firing) {
      alert.ends = WallTime(milliseconds(1'699'999'900'000));
      alert.resolution = model::Resolution::kRecovered;
    }
    message.alerts.push_back(std::move(alert));
  }
  return message;
}

/// Settings that the channel must take.
inline Settings settings_of(const PluginInfo& channel, const Given& given) {
  auto settings = check_settings(channel, given);
  if (!settings) ADD_FAILURE() << channel.name << ": " << settings.error().message();
  return settings ? std::move(*settings) : Settings({});
}

inline Outcome send_through(const PluginInfo& channel, const Message& message, const Settings& settings, Wire& wire) {
  boost::asio::io_context context;
  return testing::run_task(context, channel.send(message, settings, wire));
}

/// What became of one attempt, and what it asked.
struct Attempt {
  Outcome outcome;
  std::vector<HttpCall> calls;
};
inline Attempt attempt(const PluginInfo& channel, const Given& given, const Message& message,
                       const std::vector<HttpAnswer>& answers) {
  FakeWire wire;
  for (const auto& answer : answers) wire.answer(answer);
  auto outcome = send_through(channel, message, settings_of(channel, given), wire);
  return {std::move(outcome), wire.calls()};
}

/// One attempt of a channel with a wire that answers from a script.
inline Outcome attempt(const PluginInfo& channel, const Settings& settings, const Message& message, FakeWire& wire) {
  return send_through(channel, message, settings, wire);
}

/// A message with texts for that channel: two alerts fire, one is resolved.
inline Message message_for(const PluginInfo& channel, WallTime now) {
  auto zone = model::LocalTime::in("UTC").value();
  auto message = preview(channel, {}, {.zone = zone, .language = Language::kEnglish, .now = now}).value();
  message.key = "key-1";
  message.group = "group-1";
  message.receiver = "ops";
  message.url = "https://holter.example/incidents/1";
  return message;
}

/// An answer of a provider, and what it must mean.
struct AnswerCase {
  HttpAnswer answer;
  Kind kind = Kind::kGiveUp;
  std::optional<milliseconds> after = {};
  std::string_view contains = {};  ///< what the outcome's text must have in it
};
inline void expect_outcomes(const PluginInfo& channel, const Given& given, const std::vector<AnswerCase>& cases) {
  for (const auto& one : cases) {
    auto outcome = attempt(channel, given, sample_message(), {one.answer}).outcome;
    EXPECT_EQ(outcome.kind, one.kind) << one.answer.status << " " << one.answer.body << " -> " << outcome.answer;
    EXPECT_EQ(outcome.retry_after, one.after) << one.answer.status << " " << one.answer.body;
    EXPECT_TRUE(outcome.answer.contains(one.contains)) << one.contains << " is not in: " << outcome.answer;
  }
}

inline std::string header(const HttpCall& call, std::string_view name) {
  std::string found;
  for (const auto& [key, value] : call.headers)
    if (key == name) found += (found.empty() ? "" : ", ") + value;
  return found;
}
/// The call's body must be this JSON.
inline void expect_body(const HttpCall& call, std::string_view json) {
  EXPECT_EQ(boost::json::parse(call.body), boost::json::parse(boost::json::string_view(json.data(), json.size())))
      << call.body;
}

}  // namespace holter::notify
