#include "collect/series_index.h"

#include <gtest/gtest.h>

namespace holter::collect {
namespace {

TEST(SeriesIndex, keeps_all_it_knows_when_few_become_many) {
  memory::Account account{"series", nullptr, 1 << 20};
  {
    SeriesIndex index(account);
    for (std::uint64_t i = 1; i <= 1000; ++i) {
      EXPECT_EQ(index.find({i}), nullptr);
      auto* known = index.add({i});
      ASSERT_NE(known, nullptr);
      known->text_hash = static_cast<std::uint32_t>(7 * i);
      EXPECT_EQ(index.size(), i);
      for (std::uint64_t j = 1; j <= i; j += 1 + i / 10) {
        ASSERT_NE(index.find({j}), nullptr) << j << " of " << i;
        EXPECT_EQ(index.find({j})->text_hash, 7 * j);
      }
    }
    EXPECT_LE(account.used(), 1000 * SeriesIndex::kEntryBytes + sizeof(index));
  }
  EXPECT_EQ(account.used(), 0);
}

TEST(SeriesIndex, a_few_take_less_than_the_least_table) {
  memory::Account account{"series", nullptr, 1 << 20};
  SeriesIndex index(account);
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_NE(index.add({i}), nullptr);
  EXPECT_LE(account.used(), sizeof(index) + 4 * 16);
}

TEST(SeriesIndex, a_refusal_changes_nothing_at_any_size) {
  for (std::size_t size : {1, 2, 7, 8, 9, 13, 14, 100}) {
    memory::Account account{"series", nullptr, 1 << 20};
    SeriesIndex index(account);
    for (std::uint64_t i = 1; i <= size; ++i) ASSERT_NE(index.add({i}), nullptr);
    account.set_limit(account.used());
    std::uint64_t next = size + 1;
    while (index.add({next}) != nullptr) ++next;
    EXPECT_EQ(index.size(), next - 1);
    EXPECT_EQ(index.find({next}), nullptr);
    for (std::uint64_t i = 1; i < next; ++i) EXPECT_NE(index.find({i}), nullptr) << i << " of " << size;
    account.set_limit(1 << 20);
    EXPECT_NE(index.add({next}), nullptr);
  }
}

TEST(SeriesIndex, drops_what_is_old_and_goes_on) {
  memory::Account account{"series", nullptr, 1 << 20};
  for (std::uint64_t size : {5U, 300U}) {
    SeriesIndex index(account);
    for (std::uint64_t i = 1; i <= size; ++i) index.add({i})->announced_hour = i % 2 == 0 ? 10 : 20;
    EXPECT_EQ(index.drop_before(20), size / 2);
    EXPECT_EQ(index.size(), size - size / 2);
    EXPECT_EQ(index.find({2}), nullptr);
    EXPECT_NE(index.find({1}), nullptr);
    EXPECT_EQ(index.drop_before(30), size - size / 2);
    for (std::uint64_t i = 1; i <= size; ++i) ASSERT_NE(index.add({i}), nullptr);
    EXPECT_EQ(index.size(), size);
  }
}

}  // namespace
}  // namespace holter::collect
