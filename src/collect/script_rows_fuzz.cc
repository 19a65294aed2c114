// Hostile output, in every parse type: rows never outgrow the lines, and cells never the output.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "collect/script_rows.h"
#include "testing/replay_world.h"

using namespace holter;
using namespace holter::collect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static testing::ReplayWorld world;
  if (size < 2) return 0;
  std::string_view answer(reinterpret_cast<const char*>(data) + 2, size - 2);
  ScriptLayout layout{.parse_type = static_cast<ScriptLayout::ParseType>(data[0] % 4),
                      .split = data[0] & 4 ? ScriptSplit::kSpace : ScriptSplit::kWhiteSpace,
                      .drop_blank_lines = (data[0] & 8) != 0,
                      .charset = data[1] % 3 == 0   ? "gbk"
                                 : data[1] % 3 == 1 ? "utf-16"
                                                    : "utf-8",
                      .aliases = {"responseTime", "a", "PID", "b"}};
  testing::ReplayAttempt attempt(world, layout.aliases.size());
  auto outcome = replay_script(attempt, layout, answer);
  CHECK(outcome.code == model::ResultCode::kSuccess || !outcome.message.empty());
  const auto& table = attempt.table();
  CHECK(table.rows() <= answer.size() + 1);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    CHECK(table.at(row, 0).kind == RawTable::Kind::kDouble);
    for (std::size_t column = 1; column < layout.aliases.size(); ++column)
      CHECK(table.text(table.at(row, column)).size() <= 3 * answer.size());
  }
  return 0;
}
