#pragma once

#include <memory>

#include "base/result.h"
#include "model/table.h"

namespace arrow {
class Buffer;
class MemoryPool;
}  // namespace arrow

namespace holter::batch {

/// A table as a complete Arrow IPC stream of one record batch, for who asks for its format
/// (application/vnd.apache.arrow.stream): times are timestamp[ms, UTC], counts uint64, the others float64 and utf8;
/// what is none is null. Errors: kResourceExhausted when the pool refuses.
Result<std::shared_ptr<arrow::Buffer>> encode(const model::Table& table, arrow::MemoryPool& pool);

}  // namespace holter::batch
