#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "batch/batch.h"

namespace arrow {
class MemoryPool;
}

namespace holter::batch {

/// Collects rows into columns that grow in the pool, and freezes them into a Batch. One per shard; rows are plain
/// appends, nothing is allocated per row.
///
/// When the pool or the allocator refuses memory, the row is dropped and counted; rows that were taken are whole.
/// Nothing throws.
/// Threads: one. Lifetime: the pool must outlive the builder and all its batches.
class Builder {
 public:
  /// `max_rows` per column group: full() is true from then on.
  Builder(arrow::MemoryPool& pool, std::size_t max_rows);
  ~Builder();
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  void add_sample(SeriesId series, std::int64_t time_ms, double value);
  void add_text(SeriesId series, std::int64_t time_ms, std::string_view value);
  void add_round(MonitorId monitor, std::string_view set, std::int64_t time_ms, std::uint32_t duration_us,
                 model::ResultCode code, std::string_view message);
  void add_series(SeriesId series, MonitorId monitor, std::string_view set, std::string_view field,
                  std::string_view labels);

  bool empty() const;
  /// Rows added since the last finish(), of all kinds.
  std::uint64_t rows() const;
  bool full() const;
  std::uint64_t dropped_rows() const { return dropped_; }

  /// Freezes what was added and begins anew. Errors: kResourceExhausted (the pool refused: the rows are dropped and
  /// counted).
  Result<std::shared_ptr<const Batch>> finish();

 private:
  void discard(std::uint64_t rows);

  struct Columns;
  std::unique_ptr<Columns> columns_;
  const std::size_t max_rows_;
  std::string scratch_;
  std::uint64_t dropped_ = 0;
};

}  // namespace holter::batch
