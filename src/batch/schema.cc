#include "batch/schema.h"

#include <arrow/type.h>

namespace holter::batch {
namespace {

std::shared_ptr<arrow::Field> column(const char* name, std::shared_ptr<arrow::DataType> type) {
  return arrow::field(name, std::move(type), /*nullable=*/false);
}
std::shared_ptr<arrow::DataType> text() {
  return arrow::dictionary(arrow::int32(), arrow::utf8());
}

}  // namespace

const std::shared_ptr<arrow::Schema>& samples_schema() {
  static const auto schema = arrow::schema(
      {column("series", arrow::uint64()), column("time", arrow::int64()), column("value", arrow::float64())});
  return schema;
}

const std::shared_ptr<arrow::Schema>& texts_schema() {
  static const auto schema =
      arrow::schema({column("series", arrow::uint64()), column("time", arrow::int64()), column("value", text())});
  return schema;
}

const std::shared_ptr<arrow::Schema>& rounds_schema() {
  static const auto schema =
      arrow::schema({column("monitor", arrow::uint64()), column("set", text()), column("time", arrow::int64()),
                     column("duration", arrow::uint32()), column("code", arrow::uint8()), column("message", text())});
  return schema;
}

const std::shared_ptr<arrow::Schema>& series_schema() {
  static const auto schema = arrow::schema({column("series", arrow::uint64()), column("monitor", arrow::uint64()),
                                            column("set", text()), column("field", text()), column("labels", text())});
  return schema;
}

}  // namespace holter::batch
