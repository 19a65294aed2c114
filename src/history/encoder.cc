#include "history/encoder.h"

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "batch/ipc.h"

namespace holter::history {

wire::Bytes Encoder::Piece::bytes() const {
  return {reinterpret_cast<const std::byte*>(buffer_->data()), static_cast<std::size_t>(buffer_->size())};
}

void Encoder::begin(std::shared_ptr<arrow::RecordBatch> rows) {
  rows_ = std::move(rows);
  at_ = 0;
}

std::optional<Result<Encoder::Piece>> Encoder::next() {
  if (!rows_ || at_ >= rows_->num_rows()) {
    rows_.reset();
    return std::nullopt;
  }
  auto count = std::min(kRowsPerPiece, rows_->num_rows() - at_);
  for (;; count /= 2) {
    auto encoded = batch::encode(*rows_->Slice(at_, count), *pool_);
    if (encoded && (*encoded)->size() > static_cast<std::int64_t>(wire::kMaxRowsBytes)) {
      auto size = (*encoded)->size();
      if (count > 1) continue;
      encoded =
          Error(ErrorCode::kInvalidArgument,
                fmt::format("cannot send a row of {} bytes to history: the limit is {}", size, wire::kMaxRowsBytes));
    }
    at_ += count;
    if (!encoded) return std::move(encoded).error();
    return Piece(std::move(*encoded));
  }
}

}  // namespace holter::history
