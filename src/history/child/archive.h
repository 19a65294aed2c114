#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "history/child/duck.h"

namespace holter::history::child {

struct ArchiveOptions {
  std::string dir;  ///< where the Parquet files live; exists
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
  std::chrono::milliseconds every{std::chrono::hours(1)};    ///< one file per table and period
  std::chrono::milliseconds after{std::chrono::minutes(5)};  ///< how long a period waits for late rows
  /// Most rows of a file. A table with more is written out before its period ends. When the engine's memory does not
  /// suffice for sorting so many, they are halved until it does.
  std::uint64_t most_rows = 400'000;
};

/// Moves rows that are old enough from the tables into Parquet files, and removes what is older than the retention.
///
/// A file counts only when it stands in the table `files`; the row is added in the transaction that deletes the file's
/// rows from their table, so that a crash at any moment neither loses nor doubles a row. A file without a row is
/// removed at the next open(). Late rows go to the next file: a file may hold any times, and says which.
///
/// A step writes one file, and nothing else happens meanwhile: sorting takes what memory the engine has, and a batch
/// committed at the same time was seen to fail for want of it. `most_rows` bounds how long that takes (measured: 0.3
/// s). Threads: the child's. Lifetime: the connection and the clock must outlive it.
class Archive {
 public:
  Archive(const Clock* clock, ArchiveOptions options)
      : clock_(clock), options_(std::move(options)), rows_per_file_(options_.most_rows) {}

  /// Reads the list of files and removes what does not stand in it. Call first, and again with a new connection when
  /// the database has been opened anew. Errors: kIo, kInternal.
  Status open(Connection* connection);

  /// Looks whether a period has ended, a table has grown too large, or files have outlived the retention. Cheap when
  /// nothing is due.
  Status tick();
  /// Tells how many rows the largest table was given.
  void note_rows(std::uint64_t rows) { rows_since_pass_ += rows; }

  /// True while there are steps to do.
  bool busy() const { return pass_ != nullptr; }
  /// Does one: up to some seconds of work. After an error the pass is given up, and tick() starts it again a minute
  /// later unless it was for memory; the database must be opened anew, since whether the error came before or after the
  /// point of no return is known from the disk only.
  Status step();

  /// Paths of the files of `table` that may hold times in [from_ms, to_ms), for read_parquet().
  std::vector<std::string> files(std::string_view table, std::int64_t from_ms, std::int64_t to_ms) const;
  std::size_t file_count() const { return files_.size(); }
  std::uint64_t file_bytes() const;

 private:
  struct File {
    std::string table, name;
    std::int64_t first_ms = 0, last_ms = 0;
    std::uint64_t bytes = 0;
  };
  /// All tables up to one moment.
  struct Pass {
    std::int64_t until_ms = 0;
    std::uint64_t rows = 0;  ///< rows_since_pass_ when it began
    std::size_t table = 0;
  };

  std::string path(const std::string& name) const { return options_.dir + "/" + name; }
  Result<bool> write_file();
  Result<std::int64_t> slice_end(const File& file) const;
  Status trade(File& file, std::int64_t until_ms);
  Status expire();
  bool clock_is_trusted();

  Connection* connection_ = nullptr;
  const Clock* clock_;
  const ArchiveOptions options_;
  std::vector<File> files_;
  std::unique_ptr<Pass> pass_;
  std::int64_t next_number_ = 1;
  std::int64_t done_until_ms_ = -1;  ///< end of the last pass
  std::uint64_t rows_per_file_;      ///< most_rows, or what was seen to fit
  std::uint64_t rows_since_pass_ = 0;
  MonoTime not_before_{};  ///< pause after a failed pass
  MonoTime last_expire_{}, last_mono_{}, trusted_from_{};
  std::int64_t last_wall_ms_ = 0;
};

}  // namespace holter::history::child
