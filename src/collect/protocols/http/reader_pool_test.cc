#include "collect/protocols/http/reader_pool.h"

#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace holter::collect::http {
namespace {

TEST(ReaderPool, shares_readers_of_sets_that_agree) {
  ReaderPool pool(10);
  const std::vector<std::string> aliases{"a", "b"};
  auto first = pool.get({"jsonPath", "$.x", "set", aliases});
  auto second = pool.get({"jsonPath", "$.x", "other set", aliases});
  EXPECT_TRUE(first->is_new);
  EXPECT_FALSE(second->is_new);
  EXPECT_EQ(first->reader, second->reader);
  const std::vector<std::string> joined{"ab"};
  EXPECT_NE(pool.get({"jsonPath", "$.x", "set", joined})->reader, first->reader);
  EXPECT_NE(pool.get({"jsonPath", "$.y", "set", aliases})->reader, first->reader);
}

TEST(ReaderPool, a_set_of_an_exporter_is_its_metric) {
  ReaderPool pool(10);
  const std::vector<std::string> aliases{"value"};
  auto first = pool.get({"prometheus", "", "up", aliases});
  EXPECT_NE(pool.get({"prometheus", "", "down", aliases})->reader, first->reader);
}

TEST(ReaderPool, does_not_keep_what_nobody_uses) {
  ReaderPool pool(2);
  const std::vector<std::string> aliases{"a"};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.get({"jsonPath", fmt::format("$.x{}", i), "", aliases}));
  EXPECT_LE(pool.size(), 2);
  auto held = pool.get({"jsonPath", "$.x99", "", aliases});
  EXPECT_TRUE(held->is_new);
}

TEST(ReaderPool, goes_on_without_sharing_when_it_is_full) {
  ReaderPool pool(1);
  const std::vector<std::string> aliases{"a"};
  auto first = pool.get({"website", "", "", aliases});
  auto second = pool.get({"header", "", "", aliases});
  auto third = pool.get({"header", "", "", aliases});
  EXPECT_NE(second->reader, third->reader);
  EXPECT_EQ(pool.size(), 1);
}

TEST(ReaderPool, refuses_a_script_that_is_wrong) {
  ReaderPool pool(1);
  const std::vector<std::string> aliases{"a"};
  auto wrong = pool.get({"jsonPath", "$.[", "", aliases});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(pool.size(), 0);
}

TEST(ReaderPool, is_used_by_many_threads) {
  ReaderPool pool(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&pool] {
      const std::vector<std::string> aliases{"a"};
      for (int i = 0; i < 200; ++i) EXPECT_TRUE(pool.get({"jsonPath", fmt::format("$.x{}", i % 7), "", aliases}));
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace holter::collect::http
