#include "history/child/archive.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"

namespace holter::history::child {
namespace {

namespace fs = std::filesystem;

struct Table {
  const char* name;
  const char* columns;
  const char* order;
};
constexpr Table kTables[] = {
    {"samples", "series, time, value", "series, time"},
    {"texts", "series, time, value", "series, time"},
    {"rounds", "monitor, set, time, duration, code, message", "monitor, set, time"},
};

constexpr std::uint64_t kFewestRows = 65'536;
constexpr std::chrono::seconds kPauseAfterFailure{60}, kPauseBeforeLess{3};
constexpr std::chrono::minutes kExpireEvery{1};
constexpr std::chrono::minutes kClockJump{
    10};                                    // a wall clock that moves by more against the monotonic one has been set
constexpr std::chrono::hours kDistrust{1};  // and nothing expires for so long

Error io_error(std::string_view what, const std::string& path) {
  return {ErrorCode::kIo, fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

Status sync_path(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) return io_error("open", path);
  auto synced = ::fsync(fd);
  Status status;
  if (synced != 0) status = io_error("sync", path);
  ::close(fd);
  return status;
}

void remove_quietly(const std::string& path) {
  std::error_code ignored;  // what stays is removed at the next start
  fs::remove(path, ignored);
}

}  // namespace

Status Archive::open(Connection* connection) {
  connection_ = connection;
  files_.clear();
  pass_.reset();
  TRY(auto rows, connection_->query("SELECT name, tbl, first, last, bytes FROM files"));
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      files_.push_back({Rows::text(chunk, 1, i), Rows::text(chunk, 0, i), Rows::column<std::int64_t>(chunk, 2)[i],
                        Rows::column<std::int64_t>(chunk, 3)[i],
                        static_cast<std::uint64_t>(Rows::column<std::int64_t>(chunk, 4)[i])});
  });
  TRY(next_number_, connection_->number("SELECT coalesce(max(number), 0) + 1 FROM files"));
  TRY(auto waiting,
      connection_->number("SELECT greatest((SELECT count(*) FROM samples), (SELECT count(*) FROM rounds))"));
  rows_since_pass_ = static_cast<std::uint64_t>(waiting);
  std::set<std::string> known;
  for (const auto& file : files_) known.insert(file.name);
  std::error_code failure;
  for (fs::directory_iterator it(options_.dir, failure), end; !failure && it != end; it.increment(failure))
    if (auto name = it->path().filename().string(); !known.contains(name)) remove_quietly(path(name));
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot list {}: {}", options_.dir, failure.message()));
  last_mono_ = clock_->mono();
  last_wall_ms_ = epoch_ms(clock_->wall());
  return {};
}

bool Archive::clock_is_trusted() {
  auto mono = clock_->mono();
  auto wall_ms = epoch_ms(clock_->wall());
  auto drift = std::chrono::milliseconds(wall_ms - last_wall_ms_) - (mono - last_mono_);
  if (std::chrono::abs(drift) > kClockJump) trusted_from_ = mono + kDistrust;
  last_mono_ = mono;
  last_wall_ms_ = wall_ms;
  return mono >= trusted_from_;
}

Status Archive::tick() {
  bool trusted = clock_is_trusted();
  auto mono = clock_->mono();
  if (busy() || mono < not_before_) return {};
  auto every = options_.every.count();
  auto latest = epoch_ms(clock_->wall()) - options_.after.count();
  auto until = latest - latest % every;
  if (rows_since_pass_ > options_.most_rows) until = latest;
  if (until > 0 && until != done_until_ms_) {
    pass_ = std::make_unique<Pass>();
    pass_->until_ms = until;
    pass_->rows = rows_since_pass_;
    return {};
  }
  if (trusted && mono >= last_expire_ + std::min<nanoseconds>(kExpireEvery, options_.every)) {
    last_expire_ = mono;
    return expire();
  }
  return {};
}

Status Archive::step() {
  auto more = write_file();
  if (!more) {
    pass_.reset();
    // Too much to sort is no fault that time heals: try less, soon. Not at once: the store opens its database anew
    // after each failure, and takes no batch if it has just done that.
    bool less = more.error().code() == ErrorCode::kResourceExhausted && rows_per_file_ > kFewestRows;
    if (less) rows_per_file_ /= 2;
    not_before_ = clock_->mono() + (less ? kPauseBeforeLess : kPauseAfterFailure);
    return std::move(more).error().with_context("cannot close a period of history");
  }
  if (*more || ++pass_->table < std::size(kTables)) return {};
  done_until_ms_ = pass_->until_ms;
  rows_since_pass_ -= pass_->rows;
  pass_.reset();
  return {};
}

/// Writes rows of the pass's current table into a file. True when a slice of them is left. Rows that come in meanwhile
/// are for the next pass, however old they are.
Result<bool> Archive::write_file() {
  const auto& table = kTables[pass_->table];
  File file{table.name, fmt::format("{}-{:08}.parquet", table.name, next_number_), 0, -1, 0};
  TRY(auto range, connection_->query(
                      fmt::format("SELECT min(time), max(time) FROM {} WHERE time < {}", table.name, pass_->until_ms)));
  range.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    if (count == 0 || Rows::is_null(chunk, 0, 0)) return;
    file.first_ms = Rows::column<std::int64_t>(chunk, 0)[0];
    file.last_ms = Rows::column<std::int64_t>(chunk, 1)[0];
  });
  if (file.last_ms < 0) return false;
  TRY(auto until_ms, slice_end(file));
  TRY_OK(connection_->run("CHECKPOINT"));  // rows on disk need no memory while others are sorted
  bool more = until_ms <= file.last_ms;
  file.last_ms = std::min(file.last_ms, until_ms - 1);
  TRY_OK(connection_->run(
      fmt::format("COPY (SELECT {} FROM {} WHERE time < {} ORDER BY {}) TO {} (FORMAT parquet, COMPRESSION zstd, "
                  "ROW_GROUP_SIZE 30720)",
                  table.columns, table.name, until_ms, table.order, sql_text(path(file.name + ".tmp")))));
  TRY_OK(trade(file, until_ms));
  return more;
}

/// The end of a time slice from the first row on that has no more than rows_per_file_ rows. Rows that share one
/// millisecond are not parted.
Result<std::int64_t> Archive::slice_end(const File& file) const {
  auto until = file.last_ms + 1;
  for (;;) {
    TRY(auto rows, connection_->number(fmt::format("SELECT count(*) FROM {} WHERE time < {}", file.table, until)));
    if (static_cast<std::uint64_t>(rows) <= rows_per_file_ || until <= file.first_ms + 1) return until;
    // Rows are spread about evenly; a little less than the share that should fit.
    auto share = 0.95 * static_cast<double>(rows_per_file_) / static_cast<double>(rows);
    auto width = static_cast<std::int64_t>(static_cast<double>(until - file.first_ms) * share);
    until = file.first_ms + std::max<std::int64_t>(width, 1);
  }
}

/// The file is whole: make it durable, then let one transaction trade it for the rows.
Status Archive::trade(File& file, std::int64_t until_ms) {
  auto temporary = path(file.name + ".tmp"), final = path(file.name);
  TRY_OK(sync_path(temporary, O_RDONLY));
  std::error_code failure;
  file.bytes = fs::file_size(temporary, failure);
  if (!failure) fs::rename(temporary, final, failure);
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot rename {}: {}", temporary, failure.message()));
  TRY_OK(sync_path(options_.dir, O_RDONLY | O_DIRECTORY));
  TRY_OK(connection_->run("BEGIN TRANSACTION"));
  TRY_OK(connection_->run(fmt::format("DELETE FROM {} WHERE time < {}", file.table, until_ms)));
  TRY_OK(connection_->run(fmt::format("INSERT INTO files VALUES ({}, {}, {}, {}, {}, {})", next_number_,
                                      sql_text(file.name), sql_text(file.table), file.first_ms, file.last_ms,
                                      file.bytes)));
  TRY_OK(connection_->run("COMMIT"));
  ++next_number_;
  files_.push_back(std::move(file));
  return {};
}

Status Archive::expire() {
  auto before = epoch_ms(clock_->wall()) - options_.retention.count();
  auto old = [&](const File& file) { return file.last_ms < before; };
  for (const auto& table : kTables)  // rows that outlived it while the child was down; zone maps make it cheap
    TRY_OK(connection_->run(fmt::format("DELETE FROM {} WHERE time < {}", table.name, before)));
  if (std::ranges::none_of(files_, old)) return {};
  TRY_OK(connection_->run(fmt::format("DELETE FROM files WHERE last < {}", before)));
  for (const auto& file : files_)
    if (old(file)) remove_quietly(path(file.name));
  std::erase_if(files_, old);
  return {};
}

std::vector<std::string> Archive::files(std::string_view table, std::int64_t from_ms, std::int64_t to_ms) const {
  std::vector<std::string> paths;
  for (const auto& file : files_)
    if (file.table == table && file.last_ms >= from_ms && file.first_ms < to_ms) paths.push_back(path(file.name));
  return paths;
}

std::uint64_t Archive::file_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& file : files_) bytes += file.bytes;
  return bytes;
}

}  // namespace holter::history::child
