#include "batch/ipc.h"

#include <cstring>
#include <exception>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "base/units.h"

namespace holter::batch {
namespace {

constexpr unsigned char kEndOfStream[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
constexpr int kMaxNesting = 4;  // our columns are flat; a dictionary type is one level

Error to_error(const arrow::Status& status, std::string_view what, ErrorCode otherwise) {
  auto code = status.IsOutOfMemory() ? ErrorCode::kResourceExhausted : otherwise;
  return {code, fmt::format("cannot {}: {}", what, excerpt(status.message(), 300))};
}

arrow::Status write_stream(const arrow::RecordBatch& batch, arrow::io::OutputStream* sink,
                           const arrow::ipc::IpcWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(sink, batch.schema(), options));
  ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(batch));
  return writer->Close();
}

arrow::Result<std::shared_ptr<arrow::Buffer>> write_buffer(const arrow::RecordBatch& batch, arrow::MemoryPool& pool) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = &pool;
  options.use_threads = false;
  // Sizes first: a buffer that grows by doubling would hold up to three times as much for a moment.
  arrow::io::MockOutputStream measure;
  ARROW_RETURN_NOT_OK(write_stream(batch, &measure, options));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(measure.GetExtentBytesWritten(), &pool));
  arrow::io::FixedSizeBufferWriter sink(buffer);
  ARROW_RETURN_NOT_OK(write_stream(batch, &sink, options));
  return buffer;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> read_stream(const std::shared_ptr<arrow::Buffer>& bytes,
                                                               arrow::MemoryPool& pool) {
  // Arrow takes a missing end for an end; a stream that was cut there shall not pass.
  if (bytes->size() < 8 || std::memcmp(bytes->data() + bytes->size() - 8, kEndOfStream, 8) != 0)
    return arrow::Status::Invalid("the stream has no end");
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = &pool;
  options.use_threads = false;
  options.max_recursion_depth = kMaxNesting;
  // Readers get spans of numbers: a foreign stream may have put them at odd addresses.
  options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
  arrow::io::BufferReader source(bytes);
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(&source, options));
  std::shared_ptr<arrow::RecordBatch> batch, second;
  ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
  if (!batch) return arrow::Status::Invalid("the stream has no record batch");
  ARROW_RETURN_NOT_OK(reader->ReadNext(&second));
  if (second) return arrow::Status::Invalid("the stream has more than one record batch");
  ARROW_ASSIGN_OR_RAISE(auto end, source.Tell());
  if (end != bytes->size())
    return arrow::Status::Invalid("the stream ends after ", end, " of ", bytes->size(), " bytes");
  ARROW_RETURN_NOT_OK(batch->ValidateFull());
  return batch;
}

}  // namespace

Result<std::shared_ptr<arrow::Buffer>> encode(const arrow::RecordBatch& batch, arrow::MemoryPool& pool) try {
  auto buffer = write_buffer(batch, pool);
  if (!buffer.ok())
    return to_error(buffer.status(), fmt::format("encode a batch of {} rows", batch.num_rows()), ErrorCode::kInternal);
  return std::move(*buffer);
} catch (const std::exception& e) {  // Arrow allocates small things from the heap, which is capped
  return Error(ErrorCode::kResourceExhausted, fmt::format("cannot encode a batch: {}", e.what()));
}

Result<std::shared_ptr<arrow::RecordBatch>> decode(std::shared_ptr<arrow::Buffer> bytes, arrow::MemoryPool& pool) try {
  auto batch = read_stream(bytes, pool);
  if (!batch.ok())
    return to_error(batch.status(), fmt::format("decode a batch of {} bytes", bytes->size()), ErrorCode::kCorruption);
  return std::move(*batch);
} catch (const std::exception& e) {
  return Error(ErrorCode::kResourceExhausted, fmt::format("cannot decode a batch: {}", e.what()));
}

}  // namespace holter::batch
