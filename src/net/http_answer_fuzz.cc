#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/http_answer.h"

// The first byte of each piece says whether it is a header line or part of the body, and how long it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  memory::Account account("fuzz", nullptr, 1 << 20);
  {
    net::HttpAnswer answer(account, 10'000);
    bool fits = true;
    while (size > 0 && fits) {
      bool header = (*data & 1) != 0;
      std::size_t length = std::min<std::size_t>(size - 1, *data >> 1U);
      std::string_view piece(reinterpret_cast<const char*>(data + 1), length);
      fits = header ? answer.on_header(piece) : answer.on_body(piece);
      data += 1 + length;
      size -= 1 + length;
    }
    CHECK(fits != answer.refusal().has_value());
    CHECK(answer.body_bytes() <= 10'000);
    net::HttpResponse response;
    answer.move_to(response);
    CHECK(response.headers.size() <= net::HttpAnswer::kMaxHeaders);
    CHECK(response.http_version.size() <= 8);
    CHECK(response.reserved.bytes() >= response.body.size());
  }
  CHECK(account.used() == 0);
  return 0;
}
