// A URL that is accepted names one host and has no refused form left in it.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "collect/protocols/jdbc/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto url = holter::collect::jdbc::parse_url(text);
  if (!url) {
    CHECK(url.error().message().starts_with("cannot use the url"));
    return 0;
  }
  CHECK(!url->platform.empty() && text.size() <= 2048);
  CHECK(url->platform == "odbc" || (!url->host.empty() && url->host.find(',') == std::string::npos));
  return 0;
}
