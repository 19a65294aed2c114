#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "batch/builder.h"
#include "collect/layout.h"
#include "collect/series_index.h"
#include "memory/account.h"

namespace holter::collect {

/// `k="v",k2="v2"` of a row's label fields in the order of the definition; values escaped as in Prometheus' text
/// format, a zero byte as '?'.
void append_label(std::string& out, std::string_view key, std::string_view value);

/// What the recorder keeps of a set of a monitor between rounds.
struct SetMemory {
  std::unique_ptr<SeriesIndex> index;  ///< labelled and text series
  std::uint32_t announced_hour = 0;    ///< when the identities were last sent, in hours since start, plus one
  bool announced_plain = false;        ///< those of a row without labels were; a set may have had labelled rows alone
};

struct RecorderCounters {
  std::atomic<std::uint64_t> rows{0};            ///< appended, of all kinds
  std::atomic<std::uint64_t> dropped_rows{0};    ///< the batch pool refused memory
  std::atomic<std::uint64_t> filtered_rows{0};   ///< raw rows for which no filter of their set was true
  std::atomic<std::uint64_t> lost_results{0};    ///< results of a set of which a part was lost: no memory
  std::atomic<std::uint64_t> refused_series{0};  ///< values without a series: beyond max_series, or no memory
  std::atomic<std::uint64_t> dropped_series{0};  ///< forgotten, since they were no longer seen
  std::atomic<std::size_t> series{0};            ///< labelled and text series known
};

/// One collection of one set.
struct Collected {
  MonitorId monitor;
  std::string_view set;
  const Layout& layout;
  const RawTable& table;
  std::int64_t time_ms = 0;
  nanoseconds duration{};
  model::ResultCode code{};
  std::string_view message;
};

/// What is known so far of a result whose rows come table by table (Recorder::record_rows()).
struct Merged {
  std::size_t rows = 0;     ///< so far: the next one has this number
  std::size_t refused = 0;  ///< values without a series
  std::size_t limit = 0;    ///< that was met; 0: the account
  bool lost = false;        ///< the allocator refused
};

/// Writes what rounds found into batches, and hands each full or old batch on. One per shard.
///
/// The identity of a series goes out with its first value and again every hour, so that a consumer which lost a batch
/// learns it in the end. Texts go out only when they have changed. A labelled or text series that was not seen for two
/// hours is forgotten.
///
/// Batches are as large as the rate makes them: full at a high one, what there is after `flush_interval` at a low one;
/// with set_flush_early(true) small and soon.
class Recorder {
 public:
  using Publish = std::function<void(std::shared_ptr<const batch::Batch>)>;
  struct Options {
    std::size_t batch_rows = 8192;
    std::size_t max_series = 1'000'000;           ///< labelled and text series of this shard
    std::size_t max_series_per_monitor = 10'000;  ///< of them
    milliseconds flush_interval{1000};
    static constexpr std::size_t kEarlyRows = 512;
    static constexpr milliseconds kEarlyInterval{250};
  };
  Recorder(Options options, const Clock& clock, arrow::MemoryPool& pool, memory::Account& account, Publish publish);

  /// The round row, and on success the values of all rows of the table. `series` is the number of series of the
  /// monitor, kept up to date here. Throws nothing: what the allocator refuses is lost and counted.
  void record(const Collected& result, SetMemory& memory, std::atomic<std::uint32_t>& series) noexcept;

  /// The values of a result within a result (Attempt::publish_part()): no round row, and its series live in the index.
  void record_part(const Collected& part, SetMemory& memory, std::atomic<std::uint32_t>& series) noexcept;

  /// Rows of a result that comes table by table, in order: unlabelled rows are numbered on over all of them. Each has
  /// the layout of its own table; record_end() writes the round row.
  void record_rows(const Collected& rows, Merged& merged, SetMemory& memory,
                   std::atomic<std::uint32_t>& series) noexcept;
  /// The end of such a result: `end` has code, message and duration of the whole; its table is not looked at.
  void record_end(const Collected& end, const Merged& merged, SetMemory& memory,
                  std::atomic<std::uint32_t>& series) noexcept;

  /// Publishes what is there. What memory refuses is lost and counted.
  void flush() noexcept;
  /// Publishes what is older than the interval. Call it at least four times in an interval.
  void flush_old() noexcept;
  /// From now on: small batches, soon. Or as usual again.
  void set_flush_early(bool early) { early_ = early; }

  /// Forgets the series of a set that were not announced in this hour (they are announced again when they are seen).
  void shrink(SetMemory& memory, std::atomic<std::uint32_t>& series);
  /// The set goes away: takes its series off the count.
  void forget(SetMemory& memory, std::atomic<std::uint32_t>& series);

  const RecorderCounters& counters() const { return counters_; }

 private:
  struct Target;
  void flush_if_full() noexcept;
  void add_round(const Collected& result, const Merged& merged);
  void record_values(const Collected& result, Target& target);
  void drop_old(Target& target);
  bool keeps(const Collected& result, std::size_t row);
  void record_plain_row(const Collected& result, Target& target);
  void record_labelled_row(const Collected& result, std::size_t row, Target& target);
  void add_text(SeriesId series, std::int64_t time_ms, std::string_view text, bool announce, Target& target);
  SeriesIndex::Known* know(SeriesId series, Target& target);
  void drop_series(SetMemory& memory, std::atomic<std::uint32_t>& series, std::uint32_t before_hour);
  std::uint32_t hour() const;

  const Options options_;
  const Clock& clock_;
  const MonoTime started_;
  memory::Account& account_;
  Publish publish_;
  batch::Builder builder_;
  bool early_ = false;
  MonoTime oldest_{};  // when the first row since the last flush came
  std::string labels_;
  Layout::Scratch scratch_;
  RecorderCounters counters_;
};

}  // namespace holter::collect
