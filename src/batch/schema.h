#pragma once

#include <memory>

namespace arrow {
class Schema;
}

namespace holter::batch {

/// Version of the four schemas below, sent in the hello of every stream. Change it with any of them.
inline constexpr int kSchemaVersion = 1;

// No column may hold nulls. Text columns are dictionary<int32, utf8>.

/// series: uint64, time: int64 (ms since 1970 UTC), value: float64
const std::shared_ptr<arrow::Schema>& samples_schema();
/// series: uint64, time: int64 (ms), value: text
const std::shared_ptr<arrow::Schema>& texts_schema();
/// monitor: uint64, set: text, time: int64 (ms), duration: uint32 (us), code: uint8 (model::ResultCode), message: text
const std::shared_ptr<arrow::Schema>& rounds_schema();
/// series: uint64, monitor: uint64, set: text, field: text, labels: text
const std::shared_ptr<arrow::Schema>& series_schema();

}  // namespace holter::batch
