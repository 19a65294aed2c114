#include "runtime/shard.h"

#include <boost/asio/post.hpp>
#include <future>
#include <new>

#include <gtest/gtest.h>

namespace holter::runtime {
namespace {

using namespace std::chrono_literals;

TEST(Shard, runs_what_is_posted_on_one_thread_that_is_not_ours) {
  Shard shard("t-shard");
  shard.start();
  std::promise<std::thread::id> first, second;
  asio::post(shard.executor(), [&] { first.set_value(std::this_thread::get_id()); });
  asio::post(shard.executor(), [&] { second.set_value(std::this_thread::get_id()); });
  auto id = first.get_future().get();
  EXPECT_EQ(id, second.get_future().get());
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST(Shard, names_its_thread) {
  Shard shard("a-name-that-is-too-long");
  shard.start();
  std::promise<std::string> name;
  asio::post(shard.executor(), [&] {
    char buffer[32] = {};
    pthread_getname_np(pthread_self(), buffer, sizeof(buffer));
    name.set_value(buffer);
  });
  EXPECT_EQ(name.get_future().get(), "a-name-that-is-");
}

TEST(Shard, stop_runs_what_is_ready_first) {
  int ran = 0;
  Shard shard("t-shard");
  for (int i = 0; i < 100; ++i) asio::post(shard.executor(), [&] { ++ran; });
  shard.start();
  shard.stop();
  EXPECT_EQ(ran, 100);
  shard.stop();
}

TEST(Shard, never_started_ends_quietly) {
  Shard shard("t-shard");
  EXPECT_EQ(shard.cpu_time(), 0ns);
  shard.stop();
}

TEST(Shard, beats_while_it_moves_and_not_while_a_handler_hangs) {
  Shard shard("t-shard");
  shard.start();
  auto until = std::chrono::steady_clock::now() + 20s;
  while (shard.beats() < 2 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
  EXPECT_GE(shard.beats(), 2U);
  std::promise<void> hangs, end;
  asio::post(shard.executor(), [&] {
    hangs.set_value();
    end.get_future().wait();
  });
  hangs.get_future().wait();
  auto before = shard.beats();
  std::this_thread::sleep_for(1200ms);
  EXPECT_EQ(shard.beats(), before);
  end.set_value();
}

TEST(Shard, counts_its_threads_cpu_time) {
  Shard shard("t-shard");
  shard.start();
  std::promise<void> done;
  asio::post(shard.executor(), [&] {
    std::uint64_t h = 1;
    auto until = std::chrono::steady_clock::now() + 20ms;
    while (std::chrono::steady_clock::now() < until) h = h * 6364136223846793005ULL + 1;
    EXPECT_NE(h, 0U);
    done.set_value();
  });
  done.get_future().get();
  EXPECT_GT(shard.cpu_time(), 1ms);
}

TEST(Shard, goes_on_after_a_handler_found_no_memory) {
  Shard shard("t-shard");
  shard.start();
  for (int i = 0; i < 3; ++i) asio::post(shard.executor(), [] { throw std::bad_alloc(); });
  std::promise<void> alive;
  asio::post(shard.executor(), [&] { alive.set_value(); });
  alive.get_future().get();
  EXPECT_EQ(shard.out_of_memory(), 3U);
}

}  // namespace
}  // namespace holter::runtime
