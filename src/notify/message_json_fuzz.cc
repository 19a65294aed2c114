#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "notify/message_json.h"

// What is read can be written, and is the same when it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter::notify;
  auto message = message_from_json({reinterpret_cast<const char*>(data), size});
  if (!message) return 0;
  auto text = to_json(*message);
  if (!text) return 0;  // escapes may make it longer than it may be
  auto again = message_from_json(*text);
  CHECK(again.has_value());
  CHECK(again->text == message->text &&
        again->alerts.size() + again->left_out == message->alerts.size() + message->left_out);
  return 0;
}
