#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/http_charset.h"
#include "net/http_record.h"

/// A recorded answer, decoded by the charset that it names, written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  memory::Account account("fuzz", nullptr, 4 << 20);
  {
    auto response = net::read_answer({reinterpret_cast<const char*>(data), size}, account, 1 << 20);
    if (!response) return 0;
    CHECK(response->body.size() <= response->reserved.bytes() || response->body.empty());
    auto again = net::read_answer(net::write_answer(*response), account, 1 << 20);
    CHECK(!again || again->status == response->status);
    std::string type = response->headers.empty() ? "" : response->headers.front().second;
    auto charset = net::charset_of(type);
    auto before = response->body.size();
    if (charset.empty()) charset = net::xml_encoding_of(response->body);
    std::string label(charset);
    if (auto decoded = net::decode_body(*response, label, account); decoded)
      CHECK(response->body.size() <= net::kMostUtf8PerByte * (before + 1));
  }
  CHECK(account.used() == 0);
  return 0;
}
