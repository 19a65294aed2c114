#include "notify/channels/email/mail_text.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/hash.h"
#include "base/units.h"
#include "base/utf8.h"
#include "notify/http_outcome.h"

namespace holter::notify::email {
namespace {

constexpr std::size_t kLongestAddress = 254;
constexpr std::size_t kPlainHeader = 60;  // longer ones are folded, as encoded words
// 64 characters with "=?utf-8?B?" and "?=": a line of a header has at most 76 (RFC 2047, section 2).
constexpr std::size_t kWordBytes = 39;
constexpr std::size_t kLineBytes = 57;  // 76 characters of base64 (RFC 2045, section 6.8)

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                              reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Error wrong(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("'{}' {}", excerpt(text), why)};
}

bool is_address(std::string_view text) {
  auto at = text.rfind('@');
  bool whole = at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.size() <= kLongestAddress;
  return whole && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < 0x7f && !std::string_view("<>()[]\\,;:\"").contains(c);
         });
}

/// "Tue, 24 Nov 2026 10:05:40 +0000" (RFC 5322, section 3.3).
std::string date_text(WallTime time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss clock(std::chrono::floor<seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string mailbox_text(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return mailbox.address;
  auto name = header_text(mailbox.name);
  if (!name.starts_with("=?")) {
    std::string quoted = "\"";
    for (char c : name) quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    name = quoted + '"';
  }
  return fmt::format("{} <{}>", name, mailbox.address);
}

std::string part(std::string_view type, std::string_view text) {
  auto out = fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
  while (!text.empty()) {
    out += base64(text.substr(0, kLineBytes)) + "\r\n";
    text.remove_prefix(std::min(kLineBytes, text.size()));
  }
  return out;
}

/// Lines end by CRLF within text parts (RFC 2046, section 4.1.1).
std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

}  // namespace

Result<Mailbox> mailbox_of(std::string_view text) {
  text = trimmed(text);
  Mailbox mailbox{.name = {}, .address = std::string(text)};
  if (auto open = text.rfind('<'); open != std::string_view::npos && text.ends_with('>')) {
    mailbox.address = std::string(text.substr(open + 1, text.size() - open - 2));
    auto name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    mailbox.name = one_line(name, 200);
  }
  if (!is_address(mailbox.address)) return wrong(text, "is no mail address such as ops@example.org");
  return mailbox;
}

Result<std::vector<Mailbox>> mailboxes_of(std::string_view text, std::size_t most) {
  std::vector<Mailbox> mailboxes;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : '\n';
    if (c == '"') quoted = !quoted;
    if (c != '\n' && (quoted || c != ',')) continue;
    quoted = false;
    auto one = trimmed(text.substr(begin, i - begin));
    begin = i + 1;
    if (one.empty()) continue;
    TRY(mailboxes.emplace_back(), mailbox_of(one));
    if (mailboxes.size() > most) return wrong("to", fmt::format("has more than {} addresses", most));
  }
  if (mailboxes.empty()) return wrong("to", "has no address");
  return mailboxes;
}

std::string header_text(std::string_view text) {
  auto line = one_line(text, 1000);
  // What looks like an encoded word must not be read as one.
  if (line.size() <= kPlainHeader && is_printable(line) && line.find("=?") == std::string::npos) return line;
  std::string out, word;
  auto close = [&] {
    if (!word.empty()) out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(word));
    word.clear();
  };
  for (std::string_view rest = line; !rest.empty();) {
    auto size = std::max<std::size_t>(utf8_sequence(rest), 1);  // a character stands within one word
    if (word.size() + size > kWordBytes) close();
    word += rest.substr(0, size);
    rest.remove_prefix(size);
  }
  close();
  return out;
}

std::string mail_text(const Message& message, const Mailbox& from, const std::vector<Mailbox>& to, WallTime now) {
  auto domain = from.address.substr(from.address.rfind('@') + 1);
  auto id = stable_hash(message.key, message.receiver), thread = stable_hash(message.group, message.receiver);
  std::string recipients;
  for (const auto& mailbox : to) recipients += (recipients.empty() ? "" : ",\r\n ") + mailbox_text(mailbox);
  auto mail = fmt::format(
      "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{:016x}.holter@{}>\r\n"
      "In-Reply-To: <group-{:016x}.holter@{}>\r\nReferences: <group-{:016x}.holter@{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n",
      mailbox_text(from), recipients, header_text(message.title), date_text(now), id, domain, thread, domain, thread,
      domain);
  auto plain = part("text/plain", with_crlf(message.text));
  if (message.html.empty()) return mail + plain;
  // Base64 has no "=_", so that no part can have the boundary.
  auto boundary = fmt::format("=_{:016x}", id);
  mail += fmt::format("Content-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", boundary);
  mail += fmt::format("--{}\r\n{}--{}\r\n{}--{}--\r\n", boundary, plain, boundary,
                      part("text/html", with_crlf(message.html)), boundary);
  return mail;
}

}  // namespace holter::notify::email
