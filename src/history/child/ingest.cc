#include "history/child/ingest.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace holter::history::child {
namespace {

bool usable(std::int64_t time_ms) {
  return time_ms >= 0 && time_ms < kTimeEnd;
}

/// An appender of DuckDB with one data chunk that is filled and handed over again and again.
class Appender {
 public:
  Appender(Connection& connection, const char* table, std::initializer_list<duckdb_type> types) : table_(table) {
    std::vector<duckdb_logical_type> logical;
    for (auto type : types) logical.push_back(duckdb_create_logical_type(type));
    chunk_ = duckdb_create_data_chunk(logical.data(), logical.size());
    for (auto& type : logical) duckdb_destroy_logical_type(&type);
    ok_ = chunk_ != nullptr && duckdb_appender_create(connection.get(), nullptr, table, &appender_) == DuckDBSuccess;
  }
  ~Appender() {
    // What was not flushed belongs to a transaction that is about to be rolled back.
    if (appender_ != nullptr) duckdb_appender_clear(appender_);
    duckdb_appender_destroy(&appender_);
    duckdb_destroy_data_chunk(&chunk_);
  }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  template <class T>
  T* column(idx_t index) {
    return static_cast<T*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, index)));
  }
  /// The caller knows that the text is UTF-8: a decoded batch has been validated.
  void text(idx_t index, idx_t row, std::string_view value) {
    duckdb_unsafe_vector_assign_string_element_len(duckdb_data_chunk_get_vector(chunk_, index), row, value.data(),
                                                   value.size());
  }
  Status append(std::size_t rows) {
    if (rows == 0) return {};
    duckdb_data_chunk_set_size(chunk_, rows);
    if (duckdb_append_data_chunk(appender_, chunk_) != DuckDBSuccess) return error();
    duckdb_data_chunk_reset(chunk_);
    return {};
  }
  Status flush() {
    if (duckdb_appender_flush(appender_) != DuckDBSuccess) return error();
    return {};
  }
  Status opened() { return ok_ ? Status{} : Status(error()); }

 private:
  Error error() {
    auto data = duckdb_appender_error_data(appender_);
    auto failure = duck_error(duckdb_error_data_error_type(data), duckdb_error_data_message(data),
                              fmt::format("append to {}", table_));
    duckdb_destroy_error_data(&data);
    return failure;
  }

  const char* table_;
  duckdb_data_chunk chunk_ = nullptr;
  duckdb_appender appender_ = nullptr;
  bool ok_ = false;
};

/// Runs `fill(row, slot)` for rows that `keep(row)` accepts, a chunk at a time. Returns how many were kept.
template <class Keep, class Fill>
Result<std::uint64_t> append_rows(Appender& appender, std::size_t rows, Keep keep, Fill fill) {
  TRY_OK(appender.opened());
  const std::size_t width = duckdb_vector_size();
  std::uint64_t kept = 0;
  std::size_t slot = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    if (!keep(row)) continue;
    fill(row, slot);
    ++kept;
    if (++slot < width) continue;
    TRY_OK(appender.append(slot));
    slot = 0;
  }
  TRY_OK(appender.append(slot));
  TRY_OK(appender.flush());
  return kept;
}

Result<std::uint64_t> append_samples(Connection& connection, const batch::Batch& batch) {
  Appender out(connection, "samples", {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_DOUBLE});
  TRY_OK(out.opened());
  auto series = batch.sample_series();
  auto time = batch.sample_time_ms();
  auto value = batch.sample_value();
  auto* to_series = out.column<std::uint64_t>(0);
  auto* to_time = out.column<std::int64_t>(1);
  auto* to_value = out.column<double>(2);
  return append_rows(
      out, batch.samples(), [&](std::size_t row) { return usable(time[row]) && std::isfinite(value[row]); },
      [&](std::size_t row, std::size_t slot) {
        to_series[slot] = series[row];
        to_time[slot] = time[row];
        to_value[slot] = value[row];
      });
}

Result<std::uint64_t> append_texts(Connection& connection, const batch::Batch& batch) {
  Appender out(connection, "texts", {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_VARCHAR});
  auto series = batch.text_series();
  auto time = batch.text_time_ms();
  return append_rows(
      out, batch.texts(), [&](std::size_t row) { return usable(time[row]); },
      [&](std::size_t row, std::size_t slot) {
        out.column<std::uint64_t>(0)[slot] = series[row];
        out.column<std::int64_t>(1)[slot] = time[row];
        out.text(2, slot, batch.text_value(row));
      });
}

Result<std::uint64_t> append_rounds(Connection& connection, const batch::Batch& batch) {
  Appender out(connection, "rounds",
               {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_UINTEGER,
                DUCKDB_TYPE_UTINYINT, DUCKDB_TYPE_VARCHAR});
  auto monitor = batch.round_monitor();
  auto time = batch.round_time_ms();
  auto duration = batch.round_duration_us();
  auto code = batch.round_code();
  return append_rows(
      out, batch.rounds(), [&](std::size_t row) { return usable(time[row]); },
      [&](std::size_t row, std::size_t slot) {
        out.column<std::uint64_t>(0)[slot] = monitor[row];
        out.text(1, slot, batch.round_set(row));
        out.column<std::int64_t>(2)[slot] = time[row];
        out.column<std::uint32_t>(3)[slot] = duration[row];
        out.column<std::uint8_t>(4)[slot] = code[row];
        out.text(5, slot, batch.round_message(row));
      });
}

}  // namespace

Status Ingest::load() {
  TRY(auto rows, connection_->query("SELECT series FROM series"));
  rows.each_chunk([&](duckdb_data_chunk chunk, std::size_t count) {
    const auto* series = Rows::column<std::uint64_t>(chunk, 0);
    known_.insert(series, series + count);
  });
  return {};
}

Status Ingest::add(const batch::Batch& batch) {
  if (!open_) {
    TRY_OK(connection_->run("BEGIN TRANSACTION"));
    open_ = true;
  }
  if (batch.samples() > 0) {
    TRY(auto kept, append_samples(*connection_, batch));
    counts_.samples += kept;
    counts_.rejected += batch.samples() - kept;
  }
  if (batch.texts() > 0) {
    TRY(auto kept, append_texts(*connection_, batch));
    counts_.texts += kept;
    counts_.rejected += batch.texts() - kept;
  }
  if (batch.rounds() > 0) {
    TRY(auto kept, append_rounds(*connection_, batch));
    counts_.rounds += kept;
    counts_.rejected += batch.rounds() - kept;
  }
  if (batch.series() > 0) {
    TRY(auto kept, append_series(batch));
    counts_.series += kept;
  }
  return {};
}

/// Stores identities that are not known yet; returns how many of the batch's are known now.
Result<std::uint64_t> Ingest::append_series(const batch::Batch& batch) {
  auto id = batch.series_id();
  std::uint64_t refused = 0;
  auto is_new = [&](std::size_t row) {
    if (known_.size() >= kMaxKnownSeries && !known_.contains(id[row])) {
      ++refused;
      return false;
    }
    if (!known_.insert(id[row]).second) return false;
    fresh_.push_back(id[row]);
    return true;
  };
  // Most batches bring nothing new: no appender for those.
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < batch.series(); ++row)
    if (is_new(row)) rows.push_back(row);
  refused_series_ += refused;
  if (!rows.empty()) {
    Appender out(
        *connection_, "series",
        {DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_UBIGINT, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR});
    auto fill = [&](std::size_t i, std::size_t slot) {
      auto row = rows[i];
      out.column<std::uint64_t>(0)[slot] = id[row];
      out.column<std::uint64_t>(1)[slot] = batch.series_monitor()[row];
      out.text(2, slot, batch.series_set(row));
      out.text(3, slot, batch.series_field(row));
      out.text(4, slot, batch.series_labels(row));
    };
    TRY_OK(append_rows(out, rows.size(), [](std::size_t) { return true; }, fill));
  }
  return batch.series() - refused;
}

Result<wire::Ack> Ingest::commit() {
  if (open_) TRY_OK(connection_->run("COMMIT"));
  open_ = false;
  fresh_.clear();
  return std::exchange(counts_, {});
}

void Ingest::rollback() {
  if (open_) (void)connection_->run("ROLLBACK");  // a failed transaction is gone already
  open_ = false;
  counts_ = {};
  for (auto id : fresh_) known_.erase(id);
  fresh_.clear();
}

}  // namespace holter::history::child
