#include "collect/table_sink.h"

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect {

TableSink::TableSink(RawTable& table, const std::vector<std::string>& aliases, RequestFigures figures)
    : table_(table), figures_(figures) {
  aliases_.reserve(aliases.size());
  for (const auto& alias : aliases)
    aliases_.push_back(same_text(alias, "responseTime") ? Alias::kResponseTime
                       : same_text(alias, "keyword")    ? Alias::kKeyword
                                                        : Alias::kAnswer);
}

bool TableSink::begin_row() {
  if (table_.add_row()) return true;
  auto cells = (table_.rows() + 1) * table_.columns();
  refusal_ = cells > RawTable::kMaxCells ? Refusal::kCells : Refusal::kMemory;
  return false;
}

bool TableSink::cell(std::size_t column, std::optional<std::string_view> text) {
  if (text) {
    text_bytes_ += text->size();
    if (table_.set(column, *text)) return true;
    refusal_ = text_bytes_ > RawTable::kMaxTextBytes ? Refusal::kText : Refusal::kMemory;
    return false;
  }
  if (aliases_[column] == Alias::kResponseTime) table_.set(column, figures_.response_time_ms);
  if (aliases_[column] == Alias::kKeyword) table_.set(column, figures_.keyword_count);
  return true;
}

Status TableSink::result(Status status) const {
  switch (refusal_) {
    case Refusal::kNone:
      return status;
    case Refusal::kCells:
      return Error(ErrorCode::kTooLarge,
                   fmt::format("cannot keep the result: it has more than {} cells", RawTable::kMaxCells));
    case Refusal::kText:
      return Error(ErrorCode::kTooLarge, fmt::format("cannot keep the result: its texts have more than {}",
                                                     format_size(RawTable::kMaxTextBytes)));
    case Refusal::kMemory:
      return Error(ErrorCode::kResourceExhausted,
                   "cannot keep the result: it is too large for the memory account for rounds");
  }
  return status;
}

}  // namespace holter::collect
