// Properties of a target: keys and values without escapes, or an error.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "read/properties.h"

namespace {

using namespace holter::read;

class Sink final : public RowSink {
 public:
  bool begin_row() override { return true; }
  bool cell(std::size_t, std::optional<std::string_view>) override { return true; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  holter::memory::Account account("fuzz", nullptr, 4 << 20);
  Sink sink;
  for (const char* script : {"", "u"}) {
    auto status = PropertyRows(script, {"a", "b", "a"}).read(text, account, sink);
    if (!status && !status.error().message().starts_with("cannot ")) std::abort();
  }
  if (account.used() != 0) std::abort();
  return 0;
}
