#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "notify/channel.h"
#include "notify/template.h"

namespace holter::notify {

/// The templates of a notification; empty ones stand for the preset of the format and language.
struct TextTemplates {
  std::string title;  ///< rendered as plain text, to one line
  std::string body;   ///< in the format
};

/// What is told when nobody wrote a template: firing alerts with severity, monitor, summary, evidence, since when; then
/// those that are resolved, with the reason and how long they lasted.
struct Preset {
  std::string_view title, body;
};
Preset preset(BodyFormat format, Language language);

/// Fills in title, text and (of a channel with kHtml) html of `message`. The title has at most kMostTitle bytes, the
/// text as many as the channel takes; both are cut at a character, with "..." as the end. Where a text would be longer
/// than a template may give, it tells of fewer alerts, and how many it leaves out. A channel with kHtml has the
/// plain preset as its text. Errors: kInvalidArgument (a template, naming line and what), kResourceExhausted.
Status render_texts(Message& message, const PluginInfo& channel, const TextTemplates& templates,
                    const Template::Options& options);
constexpr std::size_t kMostTitle = 200;

/// A message as it could be: a monitor that does not answer, one that answers slowly, and one that has recovered. For
/// previews and for "send a test".
Message sample_message(WallTime now);
/// sample_message() with texts. Errors: those of render_texts().
Result<Message> preview(const PluginInfo& channel, const TextTemplates& templates, const Template::Options& options);

/// `text`, or its begin of at most `most` bytes with "..." at the end; characters stay whole.
std::string cut_text(std::string text, std::size_t most);

}  // namespace holter::notify
