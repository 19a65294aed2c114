#include "history/child/archive.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
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

constexpr std::chrono::minutes kPauseAfterFailure{1};
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

Status Archive::open() {
  files_.clear();
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
  auto status = advance();
  if (status) return {};
  if (pass_->copy) pass_->copy.reset();
  (void)connection_->run("ROLLBACK");  // fails when there is no transaction: then there is nothing to undo
  remove_quietly(path(pass_->file.name + ".tmp"));
  if (!pass_->file.name.empty()) remove_quietly(path(pass_->file.name));
  pass_.reset();
  not_before_ = clock_->mono() + kPauseAfterFailure;
  return std::move(status).error().with_context("cannot close a period of history");
}

Status Archive::advance() {
  if (!pass_->copy) {
    if (pass_->table == std::size(kTables)) {
      done_until_ms_ = pass_->until_ms;
      rows_since_pass_ -= pass_->rows;
      pass_.reset();
      return {};
    }
    return begin_table();
  }
  TRY(bool finished, pass_->copy->step());
  if (finished) return end_table();
  return {};
}

/// Starts to copy one table's rows, or goes to the next table when it has none.
Status Archive::begin_table() {
  const auto& table = kTables[pass_->table];
  auto where = fmt::format("FROM {} WHERE time < {}", table.name, pass_->until_ms);
  TRY_OK(connection_->run("BEGIN TRANSACTION"));
  TRY(auto rows, connection_->query("SELECT min(time), max(time) " + where));
  std::optional<File> file;
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    if (count > 0 && !Rows::is_null(chunk, 0, 0))
      file = File{table.name, "", Rows::column<std::int64_t>(chunk, 0)[0], Rows::column<std::int64_t>(chunk, 1)[0], 0};
  });
  if (!file) {
    ++pass_->table;
    return connection_->run("COMMIT");
  }
  file->name = fmt::format("{}-{:08}.parquet", table.name, next_number_);
  pass_->file = *file;
  auto copy =
      fmt::format("COPY (SELECT {} {} ORDER BY {}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)",
                  table.columns, where, table.order, sql_text(path(file->name + ".tmp")));
  TRY(pass_->copy, Pending::start(connection_->get(), copy));
  return {};
}

/// The file is whole: make it durable, then let one transaction trade it for the rows.
Status Archive::end_table() {
  auto& file = pass_->file;
  auto temporary = path(file.name + ".tmp"), final = path(file.name);
  TRY(auto result, pass_->copy->finish());
  pass_->copy.reset();
  TRY_OK(sync_path(temporary, O_RDONLY));
  std::error_code failure;
  file.bytes = fs::file_size(temporary, failure);
  if (!failure) fs::rename(temporary, final, failure);
  if (failure) return Error(ErrorCode::kIo, fmt::format("cannot rename {}: {}", temporary, failure.message()));
  TRY_OK(sync_path(options_.dir, O_RDONLY | O_DIRECTORY));
  TRY_OK(connection_->run(fmt::format("DELETE FROM {} WHERE time < {}", file.table, pass_->until_ms)));
  TRY_OK(connection_->run(fmt::format("INSERT INTO files VALUES ({}, {}, {}, {}, {}, {})", next_number_,
                                      sql_text(file.name), sql_text(file.table), file.first_ms, file.last_ms,
                                      file.bytes)));
  TRY_OK(connection_->run("COMMIT"));
  ++next_number_;
  files_.push_back(std::exchange(file, {}));
  ++pass_->table;
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
