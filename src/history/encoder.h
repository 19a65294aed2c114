#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "history/wire/frame.h"

namespace arrow {
class Buffer;
class MemoryPool;
class RecordBatch;
}  // namespace arrow

namespace holter::history {

/// Cuts a record batch into pieces that fit into a frame each, and encodes one at a time, so that no more than one
/// frame's bytes are held. Threads: one. Lifetime: the pool must outlive it and the pieces.
class Encoder {
 public:
  class Piece {
   public:
    explicit Piece(std::shared_ptr<arrow::Buffer> buffer) : buffer_(std::move(buffer)) {}
    wire::Bytes bytes() const;

   private:
    std::shared_ptr<arrow::Buffer> buffer_;
  };

  static constexpr std::int64_t kRowsPerPiece = 32'768;

  explicit Encoder(arrow::MemoryPool* pool) : pool_(pool) {}

  /// `rows` may be null: then there is no piece.
  void begin(std::shared_ptr<arrow::RecordBatch> rows);
  /// The next piece, or nothing after the last. An error stands for the rows that it names, and the next call goes on
  /// behind them: kResourceExhausted (the pool refused), kInvalidArgument (one row alone is larger than a frame).
  std::optional<Result<Piece>> next();

 private:
  arrow::MemoryPool* pool_;
  std::shared_ptr<arrow::RecordBatch> rows_;
  std::int64_t at_ = 0;
};

}  // namespace holter::history
