#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "define/cron.h"

// A cron expression of any bytes is an error, or it is due at times that never go back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto fields = holter::define::parse_cron(text);
  if (!fields) return 0;
  auto cron = holter::model::Cron::make(*fields, text, size % 2 == 0 ? "Europe/Berlin" : "Australia/Lord_Howe");
  if (!cron) return 0;
  auto time = holter::WallTime(holter::seconds(1'700'000'000));
  for (int i = 0; i < 5 && time != holter::WallTime::max(); ++i) {
    auto next = (*cron)->next(time);
    CHECK(next > time);
    time = next;
  }
  return 0;
}
