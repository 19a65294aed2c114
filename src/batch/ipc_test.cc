#include "batch/ipc.h"

#include <cstring>

#include <arrow/array/array_primitive.h>
#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/writer.h>
#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "batch/builder.h"
#include "batch/schema.h"
#include "memory/arrow_pool.h"

namespace holter::batch {
namespace {

using model::ResultCode;

class IpcTest : public ::testing::Test {
 protected:
  std::shared_ptr<const Batch> rows(int n) {
    Builder builder(pool, 100'000);
    for (int i = 0; i < n; ++i) {
      auto id = static_cast<std::uint64_t>(i);
      builder.add_sample({id}, 1000 + i, i * 0.5);
      builder.add_text({id}, 1000 + i, i % 2 == 0 ? "even" : "odd");
      builder.add_round({id}, "summary", 1000 + i, 7, i % 2 == 0 ? ResultCode::kSuccess : ResultCode::kTimeout,
                        i % 2 == 0 ? "" : "no answer");
      builder.add_series({id}, {id}, "summary", "responseTime", "");
    }
    return builder.finish().value();
  }
  std::shared_ptr<arrow::Buffer> copy(const arrow::Buffer& from) {
    std::shared_ptr<arrow::Buffer> to = arrow::AllocateBuffer(from.size(), &pool).ValueOrDie();
    std::memcpy(to->mutable_data(), from.data(), static_cast<std::size_t>(from.size()));
    return to;
  }

  memory::Account account{"process", nullptr, 64 << 20};
  memory::ArrowPool pool{account, "test"};
};

TEST_F(IpcTest, reads_back_what_it_wrote) {
  auto batch = rows(1000);
  auto through = [&](const arrow::RecordBatch& part) { return decode(encode(part, pool).value(), pool).value(); };
  auto again = Batch::make(through(*batch->samples_batch()), through(*batch->texts_batch()),
                           through(*batch->rounds_batch()), through(*batch->series_batch()))
                   .value();
  ASSERT_EQ(again->rows(), 4000u);
  EXPECT_EQ(again->sample_value()[999], 499.5);
  EXPECT_EQ(again->text_value(998), "even");
  EXPECT_EQ(again->text_value(999), "odd");
  EXPECT_EQ(again->round_message(999), "no answer");
  EXPECT_EQ(again->round_code()[999], 5);
  EXPECT_EQ(again->series_field(3), "responseTime");
}

TEST_F(IpcTest, reads_back_a_slice) {
  auto batch = rows(100);
  auto slice = decode(encode(*batch->rounds_batch()->Slice(51, 20), pool).value(), pool).value();
  auto again = Batch::make(nullptr, nullptr, slice, nullptr).value();
  ASSERT_EQ(again->rounds(), 20u);
  EXPECT_EQ(again->round_monitor()[0], 51u);
  EXPECT_EQ(again->round_message(0), "no answer");
}

TEST_F(IpcTest, leaves_arrows_default_pool_alone) {
  auto before = arrow::default_memory_pool()->total_bytes_allocated();
  auto batch = rows(5000);
  for (const auto& part :
       {batch->samples_batch(), batch->texts_batch(), batch->rounds_batch(), batch->series_batch()}) {
    auto bytes = encode(*part, pool).value();
    EXPECT_TRUE(decode(bytes, pool).has_value());
    EXPECT_FALSE(decode(arrow::SliceBuffer(bytes, 0, bytes->size() / 2), pool).has_value());
  }
  EXPECT_EQ(arrow::default_memory_pool()->total_bytes_allocated(), before);
}

TEST_F(IpcTest, allocates_the_encoded_bytes_and_no_more) {
  auto batch = rows(10'000);
  auto before = account.used();
  auto bytes = encode(*batch->samples_batch(), pool).value();
  EXPECT_LE(account.peak(), before + static_cast<std::size_t>(bytes->size()) + 4096);
}

TEST_F(IpcTest, reports_a_pool_that_refuses) {
  auto batch = rows(10'000);
  memory::Account small("small", nullptr, 64 << 10);
  memory::ArrowPool tight(small, "tight");
  auto bytes = encode(*batch->samples_batch(), tight);
  ASSERT_FALSE(bytes.has_value());
  EXPECT_EQ(bytes.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(bytes.error().message().substr(0, 33), "cannot encode a batch of 10000 ro");
}

TEST_F(IpcTest, rejects_a_stream_cut_anywhere) {
  auto batch = rows(20);
  auto bytes = encode(*batch->rounds_batch(), pool).value();
  for (std::int64_t size = 0; size < bytes->size(); ++size) {
    auto cut = decode(copy(*arrow::SliceBuffer(bytes, 0, size)), pool);
    ASSERT_FALSE(cut.has_value()) << size;
    EXPECT_EQ(cut.error().code(), ErrorCode::kCorruption) << size;
  }
}

TEST_F(IpcTest, survives_any_single_changed_byte) {
  auto batch = rows(20);
  auto bytes = encode(*batch->rounds_batch(), pool).value();
  for (std::int64_t at = 0; at < bytes->size(); ++at) {
    auto changed = copy(*bytes);
    changed->mutable_data()[at] ^= 0xff;
    auto decoded = decode(changed, pool);
    if (!decoded) continue;
    auto again = Batch::make(nullptr, nullptr, *decoded, nullptr);
    for (std::size_t i = 0; again && i < (*again)->rounds(); ++i) (void)(*again)->round_message(i);  // read all
  }
}

TEST_F(IpcTest, rejects_two_batches_in_one_stream_and_bytes_after_the_end) {
  auto batch = rows(10)->samples_batch();
  auto sink = arrow::io::BufferOutputStream::Create(4096, &pool).ValueOrDie();
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = &pool;
  auto writer = arrow::ipc::MakeStreamWriter(sink, batch->schema(), options).ValueOrDie();
  ASSERT_TRUE(writer->WriteRecordBatch(*batch).ok() && writer->WriteRecordBatch(*batch).ok() && writer->Close().ok());
  auto two = decode(sink->Finish().ValueOrDie(), pool);
  ASSERT_FALSE(two.has_value());
  EXPECT_EQ(two.error().code(), ErrorCode::kCorruption);

  auto one = encode(*batch, pool).value();
  std::shared_ptr<arrow::Buffer> longer = arrow::AllocateBuffer(one->size() + 8, &pool).ValueOrDie();
  std::memset(longer->mutable_data(), 0, static_cast<std::size_t>(longer->size()));
  std::memcpy(longer->mutable_data(), one->data(), static_cast<std::size_t>(one->size()));
  EXPECT_FALSE(decode(longer, pool).has_value());
}

TEST_F(IpcTest, refuses_a_batch_of_another_schema) {
  auto batch = rows(10);
  auto swapped = Batch::make(batch->texts_batch(), nullptr, nullptr, nullptr);
  ASSERT_FALSE(swapped.has_value());
  EXPECT_EQ(swapped.error().code(), ErrorCode::kCorruption);
}

TEST_F(IpcTest, refuses_an_index_outside_of_the_dictionary) {
  auto batch = rows(10)->texts_batch();
  auto data = batch->column_data(2)->Copy();
  data->buffers[1] = copy(*data->buffers[1]);
  reinterpret_cast<std::int32_t*>(data->buffers[1]->mutable_data())[4] = 2;  // entries are 0 and 1
  auto forged = arrow::RecordBatch::Make(texts_schema(), batch->num_rows(),
                                         std::vector{batch->column_data(0), batch->column_data(1), data});
  EXPECT_FALSE(Batch::make(nullptr, forged, nullptr, nullptr).has_value());
  EXPECT_FALSE(decode(encode(*forged, pool).value(), pool).has_value());
}

TEST_F(IpcTest, refuses_a_column_shorter_than_its_batch) {
  auto batch = rows(10)->samples_batch();
  auto forged = arrow::RecordBatch::Make(
      samples_schema(), 10,
      std::vector{batch->column_data(0), batch->column_data(1)->Slice(0, 3), batch->column_data(2)});
  EXPECT_FALSE(Batch::make(forged, nullptr, nullptr, nullptr).has_value());
}

}  // namespace
}  // namespace holter::batch
