#include "batch/batch.h"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "batch/schema.h"

namespace holter::batch {
namespace {

Error corrupt(std::string message) {
  return {ErrorCode::kCorruption, std::move(message)};
}

using RecordBatchPtr = std::shared_ptr<arrow::RecordBatch>;

/// Null or of the schema, without null cells.
Status check(const RecordBatchPtr& batch, const arrow::Schema& schema, std::string_view name) {
  if (!batch) return {};
  if (!batch->schema()->Equals(schema, /*check_metadata=*/false))
    return corrupt(fmt::format("cannot use a {} batch of another schema: {}", name, batch->schema()->ToString()));
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& data = batch->column_data(i);
    if (data->length != batch->num_rows())
      return corrupt(fmt::format("cannot use a {} batch of {} rows with {} in column {}", name, batch->num_rows(),
                                 data->length, i));
    if (data->GetNullCount() != 0)
      return corrupt(fmt::format("cannot use a {} batch with null cells in column {}", name, i));
    if (batch->num_rows() > 0 && (data->buffers.size() < 2 || !data->buffers[1]))
      return corrupt(fmt::format("cannot use a {} batch without data in column {}", name, i));
  }
  return {};
}

template <class T>
std::span<const T> values(const RecordBatchPtr& batch, int column) {
  if (!batch || batch->num_rows() == 0) return {};
  return {batch->column_data(column)->GetValues<T>(1), static_cast<std::size_t>(batch->num_rows())};
}

std::size_t buffer_bytes(const arrow::ArrayData& data) {
  std::size_t bytes = 0;
  for (const auto& buffer : data.buffers)
    if (buffer) bytes += static_cast<std::size_t>(buffer->capacity());
  return data.dictionary ? bytes + buffer_bytes(*data.dictionary) : bytes;
}

std::size_t batch_bytes(const RecordBatchPtr& batch) {
  std::size_t bytes = 0;
  for (int i = 0; batch && i < batch->num_columns(); ++i) bytes += buffer_bytes(*batch->column_data(i));
  return bytes;
}

}  // namespace

Batch::Batch() = default;
Batch::~Batch() = default;

/// Resolves a text column, and checks that each index points into the dictionary: batches may come from outside.
Result<Batch::TextColumn> Batch::text_column(const arrow::RecordBatch& batch, int column) {
  TextColumn out;
  if (batch.num_rows() == 0) return out;
  const auto& data = *batch.column_data(column);
  if (!data.dictionary) return corrupt(fmt::format("cannot use column {}: it has no dictionary", column));
  const auto& dictionary = *data.dictionary;
  if (dictionary.GetNullCount() != 0 || dictionary.buffers.size() < 3 || !dictionary.buffers[1])
    return corrupt(fmt::format("cannot use the dictionary of column {}: null entries or no offsets", column));
  out.index = {data.GetValues<std::int32_t>(1), static_cast<std::size_t>(batch.num_rows())};
  out.offsets = dictionary.GetValues<std::int32_t>(1);
  out.bytes = dictionary.buffers[2] ? reinterpret_cast<const char*>(dictionary.buffers[2]->data()) : "";
  for (auto i : out.index)
    if (i < 0 || i >= dictionary.length)
      return corrupt(
          fmt::format("cannot use column {}: index {} into a dictionary of {}", column, i, dictionary.length));
  return out;
}

Result<std::shared_ptr<const Batch>> Batch::make(RecordBatchPtr samples, RecordBatchPtr texts, RecordBatchPtr rounds,
                                                 RecordBatchPtr series) {
  TRY_OK(check(samples, *samples_schema(), "samples"));
  TRY_OK(check(texts, *texts_schema(), "texts"));
  TRY_OK(check(rounds, *rounds_schema(), "rounds"));
  TRY_OK(check(series, *series_schema(), "series"));
  auto batch = std::make_shared<Batch>();
  batch->sample_series_ = values<std::uint64_t>(samples, 0);
  batch->sample_time_ = values<std::int64_t>(samples, 1);
  batch->sample_value_ = values<double>(samples, 2);
  batch->text_series_ = values<std::uint64_t>(texts, 0);
  batch->text_time_ = values<std::int64_t>(texts, 1);
  batch->round_monitor_ = values<std::uint64_t>(rounds, 0);
  batch->round_time_ = values<std::int64_t>(rounds, 2);
  batch->round_duration_ = values<std::uint32_t>(rounds, 3);
  batch->round_code_ = values<std::uint8_t>(rounds, 4);
  batch->series_id_ = values<std::uint64_t>(series, 0);
  batch->series_monitor_ = values<std::uint64_t>(series, 1);
  if (texts) {
    TRY(batch->text_value_, text_column(*texts, 2));
  }
  if (rounds) {
    TRY(batch->round_set_, text_column(*rounds, 1));
    TRY(batch->round_message_, text_column(*rounds, 5));
  }
  if (series) {
    TRY(batch->series_set_, text_column(*series, 2));
    TRY(batch->series_field_, text_column(*series, 3));
    TRY(batch->series_labels_, text_column(*series, 4));
  }
  batch->bytes_ = sizeof(Batch) + batch_bytes(samples) + batch_bytes(texts) + batch_bytes(rounds) + batch_bytes(series);
  batch->samples_ = std::move(samples);
  batch->texts_ = std::move(texts);
  batch->rounds_ = std::move(rounds);
  batch->series_ = std::move(series);
  return std::shared_ptr<const Batch>(std::move(batch));
}

std::string_view Batch::text_value(std::size_t row) const {
  return text_value_.at(row);
}
std::string_view Batch::round_set(std::size_t row) const {
  return round_set_.at(row);
}
std::string_view Batch::round_message(std::size_t row) const {
  return round_message_.at(row);
}
std::string_view Batch::series_set(std::size_t row) const {
  return series_set_.at(row);
}
std::string_view Batch::series_field(std::size_t row) const {
  return series_field_.at(row);
}
std::string_view Batch::series_labels(std::size_t row) const {
  return series_labels_.at(row);
}

}  // namespace holter::batch
