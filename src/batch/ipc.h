#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "batch/batch.h"

namespace arrow {
class Buffer;
class MemoryPool;
}  // namespace arrow

namespace holter::batch {

/// One record batch as a complete Arrow IPC stream (schema, dictionaries, batch, end), from `pool`.
/// Errors: kResourceExhausted when the pool refuses.
Result<std::shared_ptr<arrow::Buffer>> encode(const arrow::RecordBatch& batch, arrow::MemoryPool& pool);

/// Reads what encode() wrote; exactly one record batch. The bytes are foreign: all offsets are validated.
/// Errors: kCorruption (not a valid stream, or several batches), kResourceExhausted (the pool refused).
Result<std::shared_ptr<arrow::RecordBatch>> decode(std::shared_ptr<arrow::Buffer> bytes, arrow::MemoryPool& pool);

}  // namespace holter::batch
