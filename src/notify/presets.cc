#include "notify/presets.h"

#include <algorithm>

#include "base/utf8.h"
#include "notify/http_outcome.h"
#include "notify/preset_texts.h"

namespace holter::notify {
namespace {

using model::Alert;
using std::chrono::minutes;

Result<std::string> render(std::string_view text, BodyFormat format, const Message& message,
                           const Template::Options& options) {
  TRY(auto parsed, Template::parse(text, format));
  auto rendered = parsed.render(message, options);
  if (rendered || rendered.error().code() != ErrorCode::kResourceExhausted || message.alerts.size() < 2)
    return rendered;
  // Too long: as many alerts as fit, those that fire first; the template tells how many are left out.
  auto shorter = message;
  for (auto count = message.alerts.size() / 2; count > 0; count /= 2) {
    shorter.left_out += shorter.alerts.size() - count;
    shorter.alerts.resize(count);
    rendered = parsed.render(shorter, options);
    if (rendered || rendered.error().code() != ErrorCode::kResourceExhausted) break;
  }
  return rendered;
}

Alert sample_alert(model::Labels labels, std::string summary, std::string evidence) {
  Alert alert;
  alert.labels = std::move(labels);
  alert.fingerprint = model::fingerprint_of(alert.labels);
  alert.annotations = {{"evidence", std::move(evidence)}, {"summary", std::move(summary)}};
  return alert;
}

}  // namespace

Preset preset(BodyFormat format, Language language) {
  bool chinese = language == Language::kChinese;
  auto title = chinese ? texts::kTitleChinese : texts::kTitleEnglish;
  switch (format) {
    case BodyFormat::kMarkdown:
      return {title, chinese ? texts::kMarkdownChinese : texts::kMarkdownEnglish};
    case BodyFormat::kHtml:
      return {title, chinese ? texts::kHtmlChinese : texts::kHtmlEnglish};
    case BodyFormat::kText:
      break;
  }
  return {title, chinese ? texts::kTextChinese : texts::kTextEnglish};
}

Status render_texts(Message& message, const PluginInfo& channel, const TextTemplates& templates,
                    const Template::Options& options) {
  auto standard = preset(channel.format, options.language);
  auto own_or = [](const std::string& own, std::string_view other) { return own.empty() ? other : own; };
  auto title = render(own_or(templates.title, standard.title), BodyFormat::kText, message, options);
  if (!title) return std::move(title).error().with_context("title");
  auto body = render(own_or(templates.body, standard.body), channel.format, message, options);
  if (!body) return std::move(body).error().with_context("body");
  message.title = cut_text(one_line(*title, title->size()), kMostTitle);
  message.html.clear();
  if (channel.format == BodyFormat::kHtml) {
    message.html = std::move(*body);
    TRY(*body, render(preset(BodyFormat::kText, options.language).body, BodyFormat::kText, message, options));
  }
  message.text = cut_text(std::move(*body), channel.most_text);
  return {};
}

Message sample_message(WallTime now) {
  Message message;
  message.key = "sample";
  message.group = "sample";
  message.receiver = "sample";
  message.firing = true;
  message.severity = model::Severity::kCritical;
  message.alerts = {
      sample_alert({{"alertname", "HostDown"}, {"app", "ping"}, {"monitor", "db-1"}, {"severity", "critical"}},
                   "db-1 does not answer", "3 of 3 checks failed: no answer in time"),
      sample_alert({{"alertname", "SlowAnswer"}, {"app", "website"}, {"monitor", "shop"}, {"severity", "warning"}},
                   "shop answers slowly: <1 request/s & falling", "responseTime = 4210 ms (limit 1000 ms)"),
      sample_alert({{"alertname", "DiskFull"}, {"app", "linux"}, {"monitor", "web-2"}, {"severity", "warning"}},
                   "/var of web-2 is nearly full", "usage = 91 % (limit 90 %)"),
  };
  message.alerts[0].starts = now - minutes(90);
  message.alerts[1].starts = now - minutes(4);
  message.alerts[2].starts = now - minutes(30);
  message.alerts[2].ends = now - minutes(1);
  message.alerts[2].resolution = model::Resolution::kRecovered;
  message.group_labels = {{"folder", "production"}};
  message.common_labels = {{"folder", "production"}};
  return message;
}

Result<Message> preview(const PluginInfo& channel, const TextTemplates& templates, const Template::Options& options) {
  auto message = sample_message(options.now);
  TRY_OK(render_texts(message, channel, templates, options));
  return message;
}

std::string cut_text(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  constexpr std::string_view kEnd = "...";
  auto end = most > kEnd.size() ? most - kEnd.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  text.resize(end);
  return text.append(kEnd.substr(0, most));
}

}  // namespace holter::notify
