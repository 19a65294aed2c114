#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "collect/protocols/http/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  static const std::vector<std::string> kAliases{"a", "b.c", "responseTime", "keyword", ""};
  memory::Account account("fuzz", nullptr, 1 << 20);
  {
    net::HttpResponse response;
    response.body.assign(reinterpret_cast<const char*>(data), size);
    collect::RawTable table;
    table.charge_to(account);
    for (auto parser : {collect::http::parse_default, collect::http::parse_header, collect::http::parse_website}) {
      table.reset(kAliases.size());
      (void)parser({.response = response, .aliases = kAliases, .account = account}, table);
    }
  }
  CHECK(account.used() == 0);
  return 0;
}
