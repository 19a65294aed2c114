#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "net/mail_talk.h"

// A conversation whose lines somebody else wrote: a line's first byte says who said it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  holter::net::MailTalk talk;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1);
    text.remove_prefix(line.size());
    bool refuses = line.front() % 2 == 0 ? talk.on_sent(line.substr(1)) && false : talk.on_reply(line.substr(1));
    CHECK(!refuses || talk.refused());
    CHECK(talk.last().text.size() <= 512);
  }
  return 0;
}
