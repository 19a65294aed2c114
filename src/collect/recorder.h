#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "batch/builder.h"
#include "collect/layout.h"
#include "memory/account.h"

namespace holter::collect {

/// Identity of a series: stable over restarts. `labels` as in batch::Batch::series_labels().
SeriesId series_id(MonitorId monitor, std::string_view set, std::string_view field, std::string_view labels);

/// `k="v",k2="v2"` of a row's label fields in the order of the definition; values escaped as in Prometheus' text
/// format.
void append_label(std::string& out, std::string_view key, std::string_view value);

/// What the recorder keeps of a set of a monitor between rounds.
struct SetMemory {
  std::unique_ptr<SeriesId[]> series;  ///< ids of the fields of a row without labels
  std::uint32_t announced_hour = 0;    ///< when the identities were last sent, in hours since start, plus one
};

struct RecorderCounters {
  std::atomic<std::uint64_t> rows{0};            ///< appended, of all kinds
  std::atomic<std::uint64_t> dropped_rows{0};    ///< the batch pool refused memory
  std::atomic<std::uint64_t> refused_series{0};  ///< more series than max_series, or no memory for the index
  std::atomic<std::size_t> series{0};            ///< labelled and text series known
};

/// Writes what rounds found into batches, and hands each full or old batch on. One per shard.
///
/// The identity of a series goes out with its first value and again every hour, so that a consumer which lost a batch
/// learns it in the end. Texts go out only when they have changed.
class Recorder {
 public:
  using Publish = std::function<void(std::shared_ptr<const batch::Batch>)>;
  struct Options {
    std::size_t batch_rows = 8192;
    std::size_t max_series = 1'000'000;  ///< labelled and text series of this shard
  };
  Recorder(Options options, const Clock& clock, arrow::MemoryPool& pool, memory::Account& account, Publish publish);

  /// One collection of one set: the round row, and on success the values of all rows of `table`.
  void record(MonitorId monitor, std::string_view set, const Layout& layout, SetMemory& memory, const RawTable& table,
              std::int64_t time_ms, nanoseconds duration, model::ResultCode code, std::string_view message);

  /// Publishes what is there. Call it at least every second.
  void flush();

  const RecorderCounters& counters() const { return counters_; }

 private:
  void record_plain_row(MonitorId monitor, std::string_view set, const Layout& layout, SetMemory& memory,
                        const RawTable& table, std::int64_t time_ms);
  void record_labelled_row(MonitorId monitor, std::string_view set, const Layout& layout, const RawTable& table,
                           std::size_t row, std::int64_t time_ms);
  void add_text(SeriesId series, std::int64_t time_ms, std::string_view text, bool announce);
  struct Known {
    std::uint32_t announced_hour = 0;
    std::uint32_t text_hash = 0;
  };
  Known* know(SeriesId series);
  std::uint32_t hour() const;

  const Options options_;
  const Clock& clock_;
  const MonoTime started_;
  memory::Account& account_;
  Publish publish_;
  batch::Builder builder_;
  boost::unordered_flat_map<std::uint64_t, Known> known_;
  memory::Reservation reserved_;
  std::string labels_, scratch_;
  RecorderCounters counters_;
};

}  // namespace holter::collect
