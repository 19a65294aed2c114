#include <cstring>

#include <arrow/buffer.h>
#include <arrow/record_batch.h>

#include "batch/batch.h"
#include "batch/ipc.h"
#include "memory/arrow_pool.h"

using holter::batch::Batch;

namespace {

// Reads every cell, so that a sanitizer sees a view that points outside.
std::size_t read_all(const Batch& batch) {
  double sum = 0;
  for (auto v : batch.sample_value()) sum += v;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < batch.texts(); ++i) bytes += std::string(batch.text_value(i)).size();
  for (std::size_t i = 0; i < batch.rounds(); ++i)
    bytes += std::string(batch.round_set(i)).size() + std::string(batch.round_message(i)).size();
  for (std::size_t i = 0; i < batch.series(); ++i)
    bytes += std::string(batch.series_set(i)).size() + std::string(batch.series_labels(i)).size();
  return bytes + (sum > 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  holter::memory::Account account("fuzz", nullptr, 16 << 20);
  holter::memory::ArrowPool pool(account, "fuzz");
  std::shared_ptr<arrow::Buffer> bytes = arrow::AllocateBuffer(static_cast<std::int64_t>(size), &pool).ValueOrDie();
  if (size > 0) std::memcpy(bytes->mutable_data(), data, size);
  auto part = holter::batch::decode(std::move(bytes), pool);
  if (!part) return 0;
  for (int table = 0; table < 4; ++table) {
    auto at = [&](int t) { return t == table ? *part : nullptr; };
    if (auto batch = Batch::make(at(0), at(1), at(2), at(3))) (void)read_all(**batch);
  }
  return 0;
}
