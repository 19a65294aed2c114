#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/utf8.h"
#include "read/promql_answer.h"

// What a PromQL server, or whoever answers in its place, may say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace holter;
  memory::Account account("fuzz", nullptr, 16 << 20);
  {
    auto answer = read::read_promql({reinterpret_cast<const char*>(data), size}, account);
    if (answer) {
      std::string scratch;
      CHECK(answer->error.empty() || answer->series.empty());
      CHECK(answer->warnings.size() <= read::PromqlAnswer::kMostWarnings);
      for (const auto& series : answer->series) {
        CHECK(!series.points.empty());
        CHECK(std::ranges::adjacent_find(series.labels, std::ranges::greater_equal(),
                                         &model::Labels::value_type::first) == series.labels.end());
        for (const auto& [name, value] : series.labels)
          CHECK(as_utf8(name, scratch).data() == name.data() && as_utf8(value, scratch).data() == value.data());
        for (const auto& point : series.points) CHECK(as_utf8(point.value, scratch).data() == point.value.data());
      }
    }
  }
  CHECK(account.used() == 0);
  return 0;
}
