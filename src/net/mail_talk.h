#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/mail.h"

namespace holter::net {

/// Follows an SMTP conversation by its lines: what was asked last, and what the last reply to it was.
class MailTalk {
 public:
  /// A line that goes out. True when it is the goodbye.
  bool on_sent(std::string_view line);
  /// A line of a reply. True when it ends a reply that refuses what was asked.
  bool on_reply(std::string_view line);

  const MailReply& last() const { return last_; }
  bool refused() const { return last_.code >= 400; }

 private:
  std::string command_;    // "RCPT", "EHLO"...; "" before the greeting and behind the content
  std::string recipient_;  // of the newest RCPT
  MailReply last_;
};

}  // namespace holter::net
