#include "net/mail_talk.h"

#include <algorithm>
#include <charconv>

namespace holter::net {
namespace {

constexpr std::size_t kLongestText = 512;

std::string_view without_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  return line;
}

}  // namespace

bool MailTalk::on_sent(std::string_view line) {
  line = without_end(line);
  command_ = std::string(line.substr(0, std::min(line.find(' '), std::size_t{16})));
  recipient_.clear();
  if (line.starts_with("RCPT TO:<")) recipient_ = std::string(line.substr(9, line.find('>') - 9));
  return command_ == "QUIT";
}

bool MailTalk::on_reply(std::string_view line) {
  line = without_end(line);
  int code = 0;
  if (line.size() < 3 || std::from_chars(line.data(), line.data() + 3, code).ec != std::errc() || code < 200)
    return false;
  if (command_ == "QUIT") return false;  // what counts was said before
  bool last = line.size() == 3 || line[3] != '-';
  if (!last) return false;
  last_ = {.code = code,
           .text = std::string(line.substr(std::min<std::size_t>(4, line.size()), kLongestText)),
           .refused = {}};
  if (code < 400) return false;
  last_.refused = recipient_;
  return command_ != "EHLO";  // a server that does not know it is asked by HELO
}

}  // namespace holter::net
