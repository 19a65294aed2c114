#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "net/known_hosts_text.h"

/// A file of known hosts, and a key that a server shows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto lines = net::read_known_hosts(text, 1000);
  CHECK(lines.size() <= 1000);
  for (const auto& line : lines) {
    CHECK(!line.names.empty() && !line.key.empty());
    (void)net::names_match(line.names, "[host.example]:2222");  // either will do
    auto key = net::from_base64(line.key);
    CHECK(key.empty() || net::to_base64(key).size() == line.key.size());
  }
  if (auto type = net::key_type_of(text)) CHECK(type->size() <= 64 && !type->empty());
  auto name = net::known_host_name(text.substr(0, 40), 22);
  CHECK(name.size() <= 40);
  return 0;
}
