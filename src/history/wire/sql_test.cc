#include "history/wire/sql.h"

#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "history/wire/query.h"
#include "history/wire/sql_message.h"

namespace holter::history::wire {
namespace {

Timed<SqlQuery> some_query() {
  return {{"SELECT 1", 1'700'000'000'000, true}, 500};
}

SqlTable some_table() {
  return {{"monitor", "value"},
          {false, true},
          {{{std::nullopt, "00000000000000ff", false}, {1.5, "1.5", false}},
           {{std::nullopt, "", false}, {std::nullopt, "", true}},
           {{std::nullopt, "", true}, {-0.0, "-0.0", false}}}};
}

TEST(SqlMessage, queries_and_answers_read_back) {
  auto query = decode_sql_query(encode(some_query())).value();
  EXPECT_EQ(query.query.text, "SELECT 1");
  EXPECT_EQ(query.query.now_ms, 1'700'000'000'000);
  EXPECT_TRUE(query.query.check_only);
  EXPECT_EQ(query.timeout_ms, 500u);
  EXPECT_EQ(decode_sql_answer(encode(some_table()).value()).value(), some_table());
  SqlTable checked{{"a", "b"}, {true, false}, {}};
  EXPECT_EQ(decode_sql_answer(encode(checked).value()).value(), checked);
}

TEST(SqlMessage, a_payload_cut_anywhere_or_too_long_is_refused) {
  auto check = [](Payload bytes, auto decode) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_FALSE(decode(Bytes(bytes).first(size)).has_value()) << size;
    bytes.push_back({});
    EXPECT_FALSE(decode(Bytes(bytes)).has_value());
  };
  check(encode(some_query()), decode_sql_query);
  check(encode(some_table()).value(), decode_sql_answer);
}

TEST(SqlMessage, the_longest_query_fits_into_its_frame_and_a_longer_one_is_refused) {
  auto query = some_query();
  query.query.text.assign(kMaxSqlBytes, 'x');
  auto payload = encode(query);
  auto header = decode_header(encode_header(FrameType::kSqlQuery, 1, payload)).value();
  EXPECT_EQ(header.length, payload_limit(FrameType::kSqlQuery));
  EXPECT_TRUE(decode_sql_query(payload).has_value());
  query.query.text += 'x';
  EXPECT_EQ(decode_sql_query(encode(query)).error().code(), ErrorCode::kInvalidArgument);
}

TEST(SqlMessage, an_answer_that_announces_more_than_it_holds_is_refused) {
  SqlTable table{{"a"}, {true}, {}};
  auto good = encode(table).value();
  for (std::uint32_t rows : {1U, 10'000U, 0xffffffffU}) {
    auto bytes = good;
    std::memcpy(bytes.data() + bytes.size() - 4, &rows, 4);
    EXPECT_EQ(decode_sql_answer(bytes).error().code(), ErrorCode::kCorruption) << rows;
  }
  for (std::uint32_t columns : {0U, 2U, 65U, 0xffffffffU}) {
    auto bytes = good;
    std::memcpy(bytes.data(), &columns, 4);
    EXPECT_EQ(decode_sql_answer(bytes).error().code(), ErrorCode::kCorruption) << columns;
  }
}

TEST(SqlMessage, rows_without_columns_are_refused) {
  Payload bytes(8);
  EXPECT_TRUE(decode_sql_answer(bytes).has_value());
  bytes[4] = std::byte{1};
  EXPECT_FALSE(decode_sql_answer(bytes).has_value());
}

TEST(SqlMessage, a_cell_of_another_kind_than_its_column_is_refused) {
  SqlTable table{{"a"}, {true}, {{{1.0, "1", false}}}};
  auto good = encode(table).value();
  auto kind = good.size() - kSqlCellBytes - 1;
  for (int other : {0, 1, 3}) {
    auto bytes = good;
    bytes[kind] = static_cast<std::byte>(other);
    EXPECT_FALSE(decode_sql_answer(bytes).has_value()) << other;
  }
  for (double value : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    auto bytes = good;
    std::memcpy(bytes.data() + kind + 1, &value, 8);
    EXPECT_FALSE(decode_sql_answer(bytes).has_value()) << value;
  }
}

TEST(SqlMessage, an_answer_over_the_limit_is_an_error_that_names_it) {
  SqlTable table{{"a"}, {false}, {{{std::nullopt, "", false}}}};
  // 4 + 5 + 1 of the columns, 4 of the number of rows are counted as 8 + 5 + 1.
  table.rows[0][0].text.assign(kMaxAnswerBytes - 8 - 6 - kSqlCellBytes, 'x');
  auto fits = encode(table);
  ASSERT_TRUE(fits.has_value());
  EXPECT_EQ(fits->size(), kMaxAnswerBytes);
  table.rows[0][0].text += 'x';
  auto encoded = encode(table);
  ASSERT_FALSE(encoded.has_value());
  EXPECT_EQ(encoded.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_NE(encoded.error().message().find("4194304 bytes"), std::string::npos);
}

TEST(SqlMessage, memory_is_set_aside_for_the_smallest_cells) {
  // One cell in a row is the most memory for a byte: a vector and its allocation, which the allocator rounds up.
  EXPECT_GE(decoded_limit(FrameType::kSqlAnswer, kSqlCellBytes), sizeof(std::vector<SqlCell>) + 64);
  EXPECT_EQ(decoded_limit(FrameType::kRangeAnswer, 1000), 1000u);
}

TEST(SqlQuery, limits_are_named_in_the_error) {
  auto message = [](const SqlQuery& query) { return validate(query).error().message(); };
  SqlQuery query{"SELECT 1", 0, false};
  EXPECT_TRUE(validate(query).has_value());
  query.text.clear();
  EXPECT_EQ(message(query), "cannot use a query of 0 bytes: it must have between 1 and 4096");
  query.text.assign(4097, 'x');
  EXPECT_EQ(message(query), "cannot use a query of 4097 bytes: it must have between 1 and 4096");
  query.text = std::string("SELECT 1\0; DROP", 15);
  EXPECT_EQ(message(query), "cannot use a query with a NUL, at byte 8");
  query.text = "SELECT 1";
  for (std::int64_t now : {std::int64_t{-1}, kTimeEnd}) {
    query.now_ms = now;
    EXPECT_FALSE(validate(query).has_value()) << now;
  }
}

}  // namespace
}  // namespace holter::history::wire
