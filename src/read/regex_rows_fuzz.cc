#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "read/regex_rows.h"

namespace {

class Checking final : public holter::read::RowSink {
 public:
  bool begin_row() override { return true; }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    std::string scratch;
    CHECK(!text || holter::as_utf8(*text, scratch) == *text);
    return true;
  }
};

}  // namespace

/// Up to the first NUL the expression, behind it the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  std::string_view all(reinterpret_cast<const char*>(data), size);
  auto zero = all.find('\0');
  if (zero == std::string_view::npos || zero > 200) return 0;
  auto rows = read::RegexRows::compile(all.substr(0, zero), {"a", "b"});
  if (!rows) return 0;
  Checking sink;
  auto summary = rows->read(all.substr(zero + 1), sink);
  CHECK(!summary || summary->rows <= read::RegexRows::kMaxRows);
  return 0;
}
