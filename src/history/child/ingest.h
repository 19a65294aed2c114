#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "batch/batch.h"
#include "history/child/duck.h"
#include "history/wire/message.h"

namespace holter::history::child {

/// Most series whose identity is kept; one more is refused and counted (about 16 bytes of memory each).
inline constexpr std::size_t kMaxKnownSeries = 1'000'000;

/// Puts the columns of batches into the tables, within one transaction per batch. After any error the transaction is
/// rolled back as a whole.
///
/// Rows with a time outside of 1970..2200, or a value that is not finite, are left out and counted as rejected.
/// Threads: the child's. Lifetime: the connection must outlive it.
class Ingest {
 public:
  explicit Ingest(Connection* connection) : connection_(connection) {}

  /// Reads which series are known already. Call once, first.
  Status load();

  /// Adds one or more tables of a batch; begins the transaction with the first. Errors: those of Connection::run().
  Status add(const batch::Batch& batch);
  /// Makes what was added durable; what was kept. Without an add() before: zeros.
  Result<wire::Ack> commit();
  /// Forgets what was added since the last commit.
  void rollback();

  bool open() const { return open_; }
  std::size_t known_series() const { return known_.size(); }
  std::uint64_t refused_series() const { return refused_series_; }

 private:
  Result<std::uint64_t> append_series(const batch::Batch& batch);

  Connection* connection_;
  bool open_ = false;
  wire::Ack counts_;
  boost::unordered_flat_set<std::uint64_t> known_;
  std::vector<std::uint64_t> fresh_;  ///< became known in the open transaction
  std::uint64_t refused_series_ = 0;
};

}  // namespace holter::history::child
