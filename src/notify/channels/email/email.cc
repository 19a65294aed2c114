#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "notify/channel_tools.h"
#include "notify/channels/email/mail_text.h"
#include "notify/http_outcome.h"
#include "notify/plugin.h"

namespace holter::notify {
namespace {

using boost::asio::awaitable;
using email::Mailbox;

constexpr std::size_t kMostRecipients = 50;
constexpr std::array<std::string_view, 3> kSecurity{"starttls", "tls", "none"};

constexpr std::array kFields{
    Field{.name = "host", .required = true, .title_en = "Mail server", .title_zh = "邮件服务器", .decides_peer = true},
    Field{.name = "port",
          .type = Field::Type::kNumber,
          .title_en = "Port",
          .title_zh = "端口",
          .help_en = "Usually 587 with STARTTLS, 465 with TLS, 25 without",
          .help_zh = "通常 STARTTLS 为 587，TLS 为 465，不加密为 25",
          .otherwise = "587",
          .decides_peer = true},
    Field{.name = "security",
          .type = Field::Type::kChoice,
          .title_en = "Encryption",
          .title_zh = "加密方式",
          .otherwise = "starttls",
          .choices = kSecurity,
          .decides_peer = true},
    Field{.name = "verify_tls",
          .type = Field::Type::kBoolean,
          .title_en = "Check the certificate",
          .title_zh = "校验证书",
          .otherwise = "true",
          .decides_peer = true},
    Field{.name = "user", .title_en = "User", .title_zh = "用户名"},
    Field{.name = "password", .type = Field::Type::kPassword, .title_en = "Password", .title_zh = "密码"},
    Field{.name = "from",
          .required = true,
          .title_en = "From",
          .title_zh = "发件人",
          .help_en = "Holter <holter@example.org>",
          .help_zh = "Holter <holter@example.org>"},
    Field{.name = "to",
          .type = Field::Type::kLines,
          .required = true,
          .title_en = "To",
          .title_zh = "收件人",
          .help_en = "One address a line, or separated by commas",
          .help_zh = "每行一个地址，或以逗号分隔"},
};

Error wrong(std::string_view field, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the receiver: '{}': {}", field, why)};
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").contains(c);
  });
}

struct Plan {
  std::string url;
  Mailbox from;
  std::vector<Mailbox> to;
};

Result<Plan> plan_of(const Settings& settings) {
  auto host = settings.get("host"), port_text = settings.get("port");
  int port = 0;
  (void)std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);  // 0 when it is none
  if (!is_host(host)) return wrong("host", "not the name of a host");
  if (port < 1 || port > 65535) return wrong("port", "not within 1 to 65535");
  bool v6 = host.contains(':') && !host.starts_with('[');
  Plan plan;
  plan.url = fmt::format("{}://{}{}{}:{}", settings.get("security") == "tls" ? "smtps" : "smtp", v6 ? "[" : "", host,
                         v6 ? "]" : "", port);
  auto from = email::mailbox_of(settings.get("from"));
  if (!from) return wrong("from", from.error().message());
  auto to = email::mailboxes_of(settings.get("to"), kMostRecipients);
  if (!to) return wrong("to", to.error().message());
  plan.from = std::move(*from);
  plan.to = std::move(*to);
  return plan;
}

Status check(const Settings& settings) {
  TRY_OK(plan_of(settings));
  if (settings.get("user").empty() != settings.get("password").empty())
    return wrong("user", "a user and a password belong together");
  // A password goes over no line that others can read.
  if (!settings.get("user").empty() && settings.get("security") == "none")
    return wrong("security", "a login needs starttls or tls");
  return {};
}

std::string told(const MailAnswer& answer) {
  auto text = one_line(answer.text);
  auto whom = answer.refused.empty() ? "" : fmt::format("{}: ", answer.refused);
  return fmt::format("{}SMTP {}{}{}", whom, answer.code, text.empty() ? "" : ": ", text);
}

/// A recipient that the server does not know is left out, and the others get the mail; one that it cannot take now
/// (greylisting) makes all wait, since none has got it yet.
awaitable<Outcome> attempt(const Message& message, const Settings& settings, Wire& wire) {
  auto plan = plan_of(settings);
  if (!plan) co_return outcome_of(plan.error());
  MailCall call;
  call.url = plan->url;
  call.starttls = settings.get("security") == "starttls";
  call.verify_tls = settings.is_true("verify_tls");
  call.user = settings.get("user");
  call.password = settings.get("password");
  call.from = plan->from.address;
  call.content = email::mail_text(message, plan->from, plan->to, wire.now());
  for (const auto& mailbox : plan->to) call.to.push_back(mailbox.address);
  std::string refused;
  while (!call.to.empty()) {
    auto answer = co_await wire.mail(call);
    if (!answer) co_return outcome_of(answer.error());
    auto word = told(*answer) + refused;
    if (answer->code < 400) co_return Outcome::delivered(one_line(word, 500));
    if (answer->code < 500) co_return Outcome::retry(one_line(word, 500));
    auto left_out = std::ranges::find(call.to, answer->refused);
    if (left_out == call.to.end()) co_return Outcome::give_up(one_line(word, 500));
    refused += fmt::format("; {}", told(*answer));
    call.to.erase(left_out);
  }
  co_return Outcome::give_up(one_line("no recipient is left" + refused, 500));
}

/// Peers may say whatever they like, also what they were sent.
awaitable<Outcome> send(const Message& message, const Settings& settings, Wire& wire) {
  auto outcome = co_await attempt(message, settings, wire);
  co_return Secrets(kFields, settings).masked(std::move(outcome));
}

constexpr PluginInfo kInfo{.name = "email",
                           .title_en = "Email",
                           .title_zh = "邮件",
                           .fields = kFields,
                           .format = BodyFormat::kHtml,
                           .most_text = 64 * 1024,
                           .send = &send,
                           .check = &check};

}  // namespace

const PluginInfo& email_plugin() {
  return kInfo;
}

}  // namespace holter::notify
