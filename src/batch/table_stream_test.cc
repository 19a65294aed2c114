#include "batch/table_stream.h"

#include <limits>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include "batch/ipc.h"
#include "memory/arrow_pool.h"

namespace holter::batch {
namespace {

TEST(TableStream, is_read_back_by_arrow) {
  memory::Budget budget(1 << 20);
  memory::ArrowPool pool(budget.account("test"), "test");
  model::Table table;
  table.columns.push_back({"time", model::Table::Times{{1'764'000'000'000, 0}}});
  table.columns.push_back({"avg", std::vector<double>{0.5, std::numeric_limits<double>::quiet_NaN()}});
  table.columns.push_back({"count", std::vector<std::uint64_t>{12, 0}});
  table.columns.push_back({"field", std::vector<std::string>{"responseTime", ""}});
  auto bytes = encode(table, pool);
  ASSERT_TRUE(bytes) << bytes.error().message();
  auto batch = decode(*bytes, pool);
  ASSERT_TRUE(batch) << batch.error().message();
  EXPECT_EQ((*batch)->schema()->ToString(), "time: timestamp[ms, tz=UTC]\navg: double\ncount: uint64\nfield: string");
  EXPECT_EQ((*batch)->num_rows(), 2);
  EXPECT_TRUE((*batch)->column(0)->IsNull(1));
  EXPECT_TRUE((*batch)->column(1)->IsNull(1));
  EXPECT_EQ((*batch)->column(3)->GetScalar(0).ValueOrDie()->ToString(), "responseTime");
}

TEST(TableStream, ends_where_its_memory_ends) {
  memory::Budget budget(16 << 10);
  memory::ArrowPool pool(budget.account("test"), "test");
  model::Table table;
  table.columns.push_back({"avg", std::vector<double>(100'000, 0.5)});
  auto bytes = encode(table, pool);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(pool.bytes_allocated(), 0);
}

}  // namespace
}  // namespace holter::batch
