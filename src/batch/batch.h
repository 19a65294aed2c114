#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "model/monitor.h"

namespace arrow {
class RecordBatch;
}

namespace holter::batch {

/// Frozen columns of many results: what one flush of one shard produced. Four record batches, each of which may be
/// absent (null); schemas in docs/formats/batch.md and batch/schema.h. Consumers share it read-only; its memory goes
/// back to the pool with the last of them.
///
/// Threads: immutable, any thread. Lifetime: the pool that it came from must outlive it.
class Batch {
 public:
  /// Takes record batches of the schemas of batch/schema.h. Errors: kCorruption for another schema or null cells where
  /// the schema has none.
  static Result<std::shared_ptr<const Batch>> make(std::shared_ptr<arrow::RecordBatch> samples,
                                                   std::shared_ptr<arrow::RecordBatch> texts,
                                                   std::shared_ptr<arrow::RecordBatch> rounds,
                                                   std::shared_ptr<arrow::RecordBatch> series);

  // samples: n rows, one number each.
  std::size_t samples() const { return sample_series_.size(); }
  std::span<const std::uint64_t> sample_series() const { return sample_series_; }
  std::span<const std::int64_t> sample_time_ms() const { return sample_time_; }
  std::span<const double> sample_value() const { return sample_value_; }

  // texts: n rows, one changed text each.
  std::size_t texts() const { return text_series_.size(); }
  std::span<const std::uint64_t> text_series() const { return text_series_; }
  std::span<const std::int64_t> text_time_ms() const { return text_time_; }
  std::string_view text_value(std::size_t row) const;

  // rounds: n rows, one collection of one set each, also failed ones.
  std::size_t rounds() const { return round_monitor_.size(); }
  std::span<const std::uint64_t> round_monitor() const { return round_monitor_; }
  std::span<const std::int64_t> round_time_ms() const { return round_time_; }
  std::span<const std::uint32_t> round_duration_us() const { return round_duration_; }
  std::span<const std::uint8_t> round_code() const { return round_code_; }  ///< model::ResultCode
  std::string_view round_set(std::size_t row) const;
  std::string_view round_message(std::size_t row) const;

  // series: n rows, the identity of a series, sent before or with its first sample.
  std::size_t series() const { return series_id_.size(); }
  std::span<const std::uint64_t> series_id() const { return series_id_; }
  std::span<const std::uint64_t> series_monitor() const { return series_monitor_; }
  std::string_view series_set(std::size_t row) const;
  std::string_view series_field(std::size_t row) const;
  /// `k="v",k2="v2"`, sorted by key, escaped as in Prometheus' text format; empty without labels.
  std::string_view series_labels(std::size_t row) const;

  std::size_t rows() const { return samples() + texts() + rounds() + series(); }
  /// Size of all buffers, as charged to the pool.
  std::size_t bytes() const { return bytes_; }

  const std::shared_ptr<arrow::RecordBatch>& samples_batch() const { return samples_; }
  const std::shared_ptr<arrow::RecordBatch>& texts_batch() const { return texts_; }
  const std::shared_ptr<arrow::RecordBatch>& rounds_batch() const { return rounds_; }
  const std::shared_ptr<arrow::RecordBatch>& series_batch() const { return series_; }

  Batch();
  ~Batch();

 private:
  /// A dictionary-encoded text column, resolved once so that readers need no Arrow.
  struct TextColumn {
    std::span<const std::int32_t> index;  ///< per row, into the dictionary
    const std::int32_t* offsets = nullptr;
    const char* bytes = nullptr;
    std::string_view at(std::size_t row) const {
      auto i = index[row];
      return {bytes + offsets[i], static_cast<std::size_t>(offsets[i + 1] - offsets[i])};
    }
  };
  static Result<TextColumn> text_column(const arrow::RecordBatch& batch, int column);

  std::shared_ptr<arrow::RecordBatch> samples_, texts_, rounds_, series_;
  std::span<const std::uint64_t> sample_series_, text_series_, round_monitor_, series_id_, series_monitor_;
  std::span<const std::int64_t> sample_time_, text_time_, round_time_;
  std::span<const double> sample_value_;
  std::span<const std::uint32_t> round_duration_;
  std::span<const std::uint8_t> round_code_;
  TextColumn text_value_, round_set_, round_message_, series_set_, series_field_, series_labels_;
  std::size_t bytes_ = 0;
};

}  // namespace holter::batch
