#include "batch/table_stream.h"

#include <cmath>
#include <utility>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "base/units.h"
#include "batch/ipc.h"

namespace holter::batch {
namespace {

using Array = std::shared_ptr<arrow::Array>;

arrow::Result<Array> array_of(const model::Table::Times& times, arrow::MemoryPool& pool) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"), &pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(times.ms.size())));
  for (auto ms : times.ms) {
    if (ms == 0)
      builder.UnsafeAppendNull();
    else
      builder.UnsafeAppend(ms);
  }
  return builder.Finish();
}

arrow::Result<Array> array_of(const std::vector<double>& numbers, arrow::MemoryPool& pool) {
  arrow::DoubleBuilder builder(&pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<std::int64_t>(numbers.size())));
  for (auto number : numbers) {
    if (std::isnan(number))
      builder.UnsafeAppendNull();
    else
      builder.UnsafeAppend(number);
  }
  return builder.Finish();
}

arrow::Result<Array> array_of(const std::vector<std::uint64_t>& counts, arrow::MemoryPool& pool) {
  arrow::UInt64Builder builder(&pool);
  ARROW_RETURN_NOT_OK(builder.AppendValues(counts));
  return builder.Finish();
}

arrow::Result<Array> array_of(const std::vector<std::string>& texts, arrow::MemoryPool& pool) {
  arrow::StringBuilder builder(&pool);
  ARROW_RETURN_NOT_OK(builder.AppendValues(texts));
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> batch_of(const model::Table& table, arrow::MemoryPool& pool) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<Array> arrays;
  for (const auto& column : table.columns) {
    ARROW_ASSIGN_OR_RAISE(auto array,
                          std::visit([&pool](const auto& values) { return array_of(values, pool); }, column.values));
    fields.push_back(arrow::field(column.name, array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), static_cast<std::int64_t>(table.rows()),
                                  std::move(arrays));
}

}  // namespace

Result<std::shared_ptr<arrow::Buffer>> encode(const model::Table& table, arrow::MemoryPool& pool) {
  auto made = batch_of(table, pool);
  if (!made.ok())
    return Error(made.status().IsOutOfMemory() ? ErrorCode::kResourceExhausted : ErrorCode::kInternal,
                 fmt::format("cannot make an Arrow stream: {}", excerpt(made.status().message(), 300)));
  return encode(**made, pool);
}

}  // namespace holter::batch
