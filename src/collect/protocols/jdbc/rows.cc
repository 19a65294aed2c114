#include "collect/protocols/jdbc/rows.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::jdbc {
namespace {

constexpr std::string_view kResponseTime = "responseTime";

std::string_view trimmed_name(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Status Rows::begin(std::span<const Cell> names) {
  if (names.size() > kMaxColumns)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot take {} columns: at most {} are allowed", names.size(), kMaxColumns));
  auto elapsed = attempt_.services().clock.mono() - attempt_.started();
  response_time_ms_ = replayed_ ? 0 : static_cast<double>(elapsed.count()) / 1e6;
  attempt_.table().reset(aliases_.size());
  width_ = names.size();
  count_ = 0;
  begun_ = true;
  if (attempt_.traced()) {
    std::string line;
    append_line(names, line);
    attempt_.note_answer(line);
  }
  if (type_ != QueryType::kColumns) return map_names(names);
  if (width_ < 2)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read pairs of name and value: the answer has {} column", width_));
  return add_row();
}

Status Rows::map_names(std::span<const Cell> names) {
  columns_.assign(aliases_.size(), -1);
  for (std::size_t i = 0; i < aliases_.size(); ++i) {
    if (aliases_[i] == kResponseTime) continue;
    auto found = std::ranges::find_if(names, [&](const Cell& name) { return name && same_text(*name, aliases_[i]); });
    if (found != names.end()) {
      columns_[i] = static_cast<int>(found - names.begin());
      continue;
    }
    std::string list;
    for (const auto& name : names.first(std::min<std::size_t>(names.size(), 20)))
      list += (list.empty() ? "" : ", ") + excerpt(name.value_or(""), 40);
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot find the column '{}' in the answer, which has: {}", excerpt(aliases_[i]), list));
  }
  return {};
}

Status Rows::full() const {
  const auto& table = attempt_.table();
  if (table.rows() * table.columns() + table.columns() > RawTable::kMaxCells)
    return Error(ErrorCode::kTooLarge, fmt::format("cannot take more than {} values", RawTable::kMaxCells));
  return Error(ErrorCode::kResourceExhausted, "cannot keep the result: the memory account for rounds is full");
}

Status Rows::add_row() {
  if (!attempt_.table().add_row()) return full();
  for (std::size_t i = 0; i < aliases_.size(); ++i)
    if (aliases_[i] == kResponseTime) attempt_.table().set(i, response_time_ms_);
  return {};
}

Status Rows::set(std::size_t alias, std::string_view value) {
  if (value.size() > kMaxValue)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot take a value of {} for '{}': at most {} are allowed", format_size(value.size()),
                             excerpt(aliases_[alias]), format_size(kMaxValue)));
  return attempt_.table().set(alias, value) ? Status() : full();
}

Result<bool> Rows::row(std::span<const Cell> cells) {
  if (cells.size() != width_)
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read a row of {} values: there are {} columns", cells.size(), width_));
  if (count_ >= most()) return false;
  ++count_;
  if (attempt_.traced()) {
    std::string line;
    append_line(cells, line);
    attempt_.note_answer(line);
  }
  if (type_ == QueryType::kColumns) {
    auto name = trimmed_name(cells[0].value_or(""));
    for (std::size_t i = 0; i < aliases_.size(); ++i)
      if (aliases_[i] != kResponseTime && same_text(aliases_[i], name) && cells[1]) TRY_OK(set(i, *cells[1]));
    return true;
  }
  TRY_OK(add_row());
  for (std::size_t i = 0; i < aliases_.size(); ++i)
    if (columns_[i] >= 0 && cells[static_cast<std::size_t>(columns_[i])])
      TRY_OK(set(i, *cells[static_cast<std::size_t>(columns_[i])]));
  return count_ < most();
}

Status Rows::end() {
  if (!begun_) return Error(ErrorCode::kProtocolViolation, "cannot read the answer: the statement brought no columns");
  return {};
}

Status read_into(std::string_view text, Rows& rows) {
  bool names = true;
  TRY_OK(read_lines(text, [&](std::span<const Cell> cells) -> Result<bool> {
    if (!std::exchange(names, false)) return rows.row(cells);
    TRY_OK(rows.begin(cells));
    return true;
  }));
  return rows.end();
}

}  // namespace holter::collect::jdbc
