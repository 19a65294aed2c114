#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "read/csv_rows.h"

namespace {

class Counting final : public holter::read::RowSink {
 public:
  bool begin_row() override { return ++rows_ < 5000; }
  bool cell(std::size_t, std::optional<std::string_view> text) override {
    std::string scratch;
    CHECK(!text || holter::as_utf8(*text, scratch).data() == text->data());
    return true;
  }

 private:
  std::size_t rows_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  memory::Account account("fuzz", nullptr, 16 << 20);
  {
    static const auto kRows = read::CsvRows::make("", {"a", "b", "responseTime", ""}).value();
    Counting sink;
    (void)kRows.read({reinterpret_cast<const char*>(data), size}, account, sink);
  }
  CHECK(account.used() == 0);
  return 0;
}
