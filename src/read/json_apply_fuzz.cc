// json:apply() on a document of a target. The input is two names, each ended by a NUL, and the document.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "read/json_apply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  auto take = [&rest] {
    auto name = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    return name;
  };
  const std::string_view names[] = {take(), take()};
  using holter::expr::JsonLookup;
  holter::memory::Account account("fuzz", nullptr, 1 << 20);
  const holter::read::JsonApply json(account);
  for (std::size_t depth = 0; depth <= 2; ++depth) {
    holter::expr::TextArena arena;
    holter::expr::Value value;
    const auto found = json.lookup(rest, std::span(names, depth), arena, value);
    if (found != JsonLookup::Found::kValue) continue;
    // A list or an object is JSON again.
    if (value.is_text() && value.text().starts_with('{') && depth == 1) {
      holter::expr::TextArena other;
      holter::expr::Value again;
      (void)json.lookup(value.text(), {}, other, again);  // a text may look like an object: no matter what comes out
    }
  }
  if (account.used() != 0) std::abort();
  return 0;
}
