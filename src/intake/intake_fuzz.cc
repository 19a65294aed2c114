// A body for each source. The first byte chooses one; the rest is read by it, and by a mapping that sends every path
// into lists, too.
#include <cstdint>

#include "intake/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  if (size == 0) return 0;
  static memory::Budget budget(64 << 20);
  auto& account = budget.account("intake");
  auto names = intake::sources();
  auto name = names[data[0] % names.size()];
  std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  intake::Options options{.account = account, .now = WallTime(std::chrono::seconds(1'796'068'800))};
  if (data[0] >= 128) {
    options.mapping.labels = {"a.0", "labels.0.b", "labels"};
    options.mapping.name = {"a.0.n", "n", "alertname"};
    options.mapping.resolve_timeout = std::chrono::minutes(1);
  }
  {
    auto batch = intake::read(name, body, options);
    if (batch)
      intake::check_batch(*batch, name, options);
    else
      CHECK(!batch.error().message().empty());
  }
  CHECK(account.held() == 0);
  return 0;
}
