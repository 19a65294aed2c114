#include "history/encoder.h"

#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include "batch/builder.h"
#include "memory/arrow_pool.h"

namespace holter::history {
namespace {

class EncoderTest : public ::testing::Test {
 protected:
  memory::Account account{"test", nullptr, 256 << 20};
  memory::ArrowPool pool{account, "test"};
  batch::Builder builder{pool, 1'000'000};
  Encoder encoder{&pool};

  struct Outcome {
    int pieces = 0, errors = 0;
    std::string message;
  };
  Outcome all(std::shared_ptr<arrow::RecordBatch> rows) {
    Outcome outcome;
    encoder.begin(std::move(rows));
    while (auto piece = encoder.next()) {
      if (*piece) {
        ++outcome.pieces;
        EXPECT_LE((*piece)->bytes().size(), wire::kMaxRowsBytes);
      } else {
        ++outcome.errors;
        outcome.message = piece->error().message();
      }
    }
    return outcome;
  }
};

TEST_F(EncoderTest, has_no_piece_of_nothing) {
  EXPECT_EQ(all(nullptr).pieces, 0);
}

TEST_F(EncoderTest, holds_one_piece_of_a_large_batch_at_a_time) {
  for (std::uint64_t i = 0; i < 200'000; ++i) builder.add_sample({i}, 1, 1);
  auto batch = builder.finish().value();
  auto before = account.used();
  auto outcome = all(batch->samples_batch());
  EXPECT_EQ(outcome.pieces, 7);
  EXPECT_EQ(outcome.errors, 0);
  EXPECT_EQ(account.used(), before);
}

TEST_F(EncoderTest, a_row_larger_than_a_frame_is_an_error_and_stands_for_rows_of_its_dictionary_only) {
  builder.add_text({1}, 1, std::string(9 << 20, 'x'));
  builder.add_text({2}, 1, "short");
  auto outcome = all(builder.finish().value()->texts_batch());
  EXPECT_EQ(outcome.pieces, 0);
  EXPECT_EQ(outcome.errors, 2);  // both rows carry the dictionary with them
  EXPECT_EQ(outcome.message.substr(0, 20), "cannot send a row of");
}

TEST_F(EncoderTest, a_pool_without_room_is_an_error_and_the_rest_goes_on) {
  for (std::uint64_t i = 0; i < 100'000; ++i) builder.add_sample({i}, 1, 1);
  auto batch = builder.finish().value();
  memory::Account small("small", nullptr, 256 << 10);
  memory::ArrowPool tight(small, "tight");
  encoder = Encoder(&tight);
  auto outcome = all(batch->samples_batch());
  EXPECT_EQ(outcome.errors, 3);  // three pieces of 32,768 rows, and a short one that fits
  EXPECT_EQ(outcome.pieces, 1);
}

}  // namespace
}  // namespace holter::history
