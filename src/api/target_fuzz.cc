#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/fake_request.h"

// Input: method, target and host, one a line. Whatever they are, there is an answer, and nothing stays charged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static holter::api::Asker ask;
  std::string text(reinterpret_cast<const char*>(data), size);
  auto first = text.find('\n'), second = first == std::string::npos ? first : text.find('\n', first + 1);
  if (second == std::string::npos) return 0;
  holter::api::RequestHead head{
      text.substr(0, first), text.substr(first + 1, second - first - 1), {text.substr(second + 1)}};
  auto reply = ask.send(head);
  if (reply.status < 200 || reply.body.empty() || ask.account.used() != 0) std::abort();
  return 0;
}
