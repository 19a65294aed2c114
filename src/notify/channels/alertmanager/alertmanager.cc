#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/json.hpp>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "notify/alert_json.h"
#include "notify/channel_tools.h"
#include "notify/http_outcome.h"
#include "notify/http_wire.h"
#include "notify/plugin.h"
#include "runtime/deadline.h"

namespace holter::notify {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;

constexpr std::size_t kMostMembers = 8;
/// Of each member: one that hangs must not cost what another one has taken.
constexpr seconds kMemberLimit{20};
constexpr int kMostHours = 24 * 30;

constexpr std::array kFields{
    Field{.name = "urls",
          .type = Field::Type::kText,
          .required = true,
          .title_en = "Members",
          .title_zh = "集群成员",
          .help_en = "URLs of all members of the cluster, separated by commas: http://am-1:9093,http://am-2:9093",
          .help_zh = "集群所有成员的地址，以逗号分隔：http://am-1:9093,http://am-2:9093",
          .decides_peer = true},
    Field{.name = "user", .title_en = "User", .title_zh = "用户名"},
    Field{.name = "password", .type = Field::Type::kPassword, .title_en = "Password", .title_zh = "密码"},
    Field{.name = "token", .type = Field::Type::kPassword, .title_en = "Bearer token", .title_zh = "Bearer 令牌"},
    Field{.name = "expire_hours",
          .type = Field::Type::kNumber,
          .title_en = "Expires after (hours)",
          .title_zh = "过期时间（小时）",
          .help_en = "When a firing alert that is not repeated ends by itself there; longer than the repeat interval",
          .help_zh = "未再次上报的告警在对端自动结束的时间，应大于重复通知间隔",
          .otherwise = "24"},
};

Error wrong(std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the receiver: {}", why)};
}

/// Without the slash at the end.
Result<std::vector<std::string>> members_of(std::string_view list) {
  std::vector<std::string> members;
  while (!list.empty()) {
    auto comma = std::min(list.find(','), list.size());
    auto url = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!url.empty() && url.front() == ' ') url.remove_prefix(1);
    while (!url.empty() && (url.back() == ' ' || url.back() == '/')) url.remove_suffix(1);
    if (url.empty()) continue;
    bool web = url.starts_with("http://") || url.starts_with("https://");
    auto origin = origin_of(url);
    if (!web || origin.ends_with('/') || url.find_first_of(" ?#@") != std::string_view::npos)
      return wrong("'urls' has one that is not like http://host:9093");
    members.emplace_back(url);
  }
  if (members.empty() || members.size() > kMostMembers)
    return wrong(fmt::format("'urls' names {} members; 1 to {} are allowed", members.size(), kMostMembers));
  return members;
}

Result<std::chrono::hours> expiry_of(const Settings& settings) {
  auto text = settings.get("expire_hours");
  int hours = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), hours);  // 0 when it is none
  if (hours < 1 || hours > kMostHours) return wrong(fmt::format("'expire_hours' is not within 1 to {}", kMostHours));
  return std::chrono::hours(hours);
}

Status check(const Settings& settings) {
  TRY_OK(members_of(settings.get("urls")));
  TRY_OK(expiry_of(settings));
  if (settings.get("user").empty() != settings.get("password").empty())
    return wrong("'user' and 'password' belong together");
  return {};
}

/// "postableAlerts" of Alertmanager's API v2.
std::string body_of(const Message& message, WallTime now, std::chrono::hours expiry) {
  json::array alerts;
  for (const auto& alert : message.alerts)
    alerts.push_back(json::object{{"labels", labels_object(alert.labels)},
                                  {"annotations", labels_object(alert.annotations)},
                                  {"startsAt", format_time(alert.starts)},
                                  {"endsAt", format_time(alert.firing() ? now + expiry : alert.ends)},
                                  {"generatorURL", alert.generator_url}});
  return json::serialize(alerts);
}

struct Post {
  const std::vector<std::string>& members;
  const HttpCall& call;  // but for the URL
  Wire& wire;
  std::vector<Outcome> outcomes;
};

awaitable<void> post_one(Post* post, std::size_t index) {
  auto call = post->call;
  call.url = post->members[index] + "/api/v2/alerts";
  auto answer = co_await runtime::with_deadline(runtime::deadline_in(kMemberLimit), post->wire.http(std::move(call)),
                                                "post the alerts");
  post->outcomes[index] = answer ? outcome_of(*answer, post->wire.now()) : outcome_of(answer.error());
}

/// To that member and all behind it, at the same time.
awaitable<void> post_from(Post* post, std::size_t index) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (index + 1 == post->members.size()) {
    co_await post_one(post, index);
    co_return;
  }
  co_await (post_one(post, index) && post_from(post, index + 1));
}

/// Members tell each other what was notified, but not which alerts there are: so all are told, and one is enough.
Outcome joined(const Post& post) {
  std::string told;
  std::size_t took = 0;
  bool later = false;
  std::optional<milliseconds> after;
  for (std::size_t i = 0; i < post.outcomes.size(); ++i) {
    const auto& outcome = post.outcomes[i];
    took += outcome.kind == Outcome::Kind::kDelivered ? 1 : 0;
    later = later || outcome.kind == Outcome::Kind::kRetry;
    if (outcome.retry_after && (!after || *outcome.retry_after < *after)) after = outcome.retry_after;
    told += fmt::format("{}{}: {}", i == 0 ? "" : "; ", origin_of(post.members[i]), outcome.answer);
  }
  told = one_line(fmt::format("{} of {} took it; {}", took, post.outcomes.size(), told), 500);
  if (took > 0) return Outcome::delivered(std::move(told));
  return later ? Outcome::retry(std::move(told), after) : Outcome::give_up(std::move(told));
}

awaitable<Outcome> attempt(const Message& message, const Settings& settings, Wire& wire) {
  auto members = members_of(settings.get("urls"));
  auto expiry = expiry_of(settings);
  if (!members) co_return outcome_of(members.error());
  if (!expiry) co_return outcome_of(expiry.error());
  HttpCall call;
  call.headers = {{"Content-Type", "application/json"}, {"User-Agent", "Holter"}};
  if (auto token = settings.get("token"); !token.empty())
    call.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
  call.user = settings.get("user");
  call.password = settings.get("password");
  call.body = body_of(message, wire.now(), *expiry);
  Post post{.members = *members, .call = call, .wire = wire, .outcomes = std::vector<Outcome>(members->size())};
  co_await post_from(&post, 0);
  co_return joined(post);
}

/// Peers may say whatever they like, also what they were sent.
awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto outcome = co_await attempt(message, settings, wire);
  co_return Secrets(kFields, settings).masked(std::move(outcome));
}

constexpr PluginInfo kInfo{.name = "alertmanager",
                           .title_en = "Alertmanager",
                           .title_zh = "Alertmanager",
                           .fields = kFields,
                           .send = &send,
                           .check = &check};

}  // namespace

const PluginInfo& alertmanager_plugin() {
  return kInfo;
}

}  // namespace holter::notify
