#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "notify/channel.h"

namespace holter::notify::email {

/// "Holter <holter@example.org>" or "holter@example.org".
struct Mailbox {
  std::string name;     ///< UTF-8, may be empty
  std::string address;  ///< ASCII
};
/// Errors: kInvalidArgument, naming what is wrong.
Result<Mailbox> mailbox_of(std::string_view text);
/// Separated by commas and ends of lines; commas within quotes are none. Errors: also for none, and more than `most`.
Result<std::vector<Mailbox>> mailboxes_of(std::string_view text, std::size_t most);

/// A mail (RFC 5322) of plain text and, where the message has it, HTML (RFC 2046, multipart/alternative), both UTF-8 in
/// base64. Its Message-ID follows from the message's key, so that a mail that comes twice is seen to be one;
/// References and In-Reply-To name the group, which makes mail programs show it as one thread.
std::string mail_text(const Message& message, const Mailbox& from, const std::vector<Mailbox>& to, WallTime now);

/// The value of a header as words of RFC 2047, folded; plain where it is printable ASCII that needs no folding.
std::string header_text(std::string_view text);

}  // namespace holter::notify::email
