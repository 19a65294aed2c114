#include "memory/allocator.h"

#include <cstdlib>
#include <functional>
#include <new>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory/resident.h"

namespace holter::memory {
namespace {

#ifndef HOLTER_JEMALLOC

TEST(AllocatorCap, is_refused_where_the_sanitizer_allocates) {
  auto status = set_allocator_cap(1 << 20);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
}

#else

constexpr std::uint64_t kMiB = 1 << 20;

#define REQUIRE(condition)                                                     \
  do {                                                                         \
    if (!(condition)) {                                                        \
      dprintf(2, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      _exit(1);                                                                \
    }                                                                          \
  } while (false)

/// The cap is the process's, so each case runs in a child.
void in_child(const std::function<void()>& body) {
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}

/// malloc() that the compiler may not reason about: it drops a call whose block is only compared.
void* take(std::size_t bytes) {
  void* volatile p = std::malloc(bytes);
  return p;
}

/// Takes blocks until malloc says no, touches each, and chains them through their first bytes, so that the list itself
/// needs no memory. Returns the bytes taken.
std::uint64_t take_all(std::size_t block, void** chain, std::uint64_t most) {
  std::uint64_t total = 0;
  while (total < most) {
    auto* p = static_cast<char*>(std::malloc(block));
    if (p == nullptr) break;
    for (std::size_t i = 0; i < block; i += 4096) p[i] = 1;
    *reinterpret_cast<void**>(p) = *chain;
    *chain = p;
    total += block;
  }
  return total;
}

void free_all(void** chain) {
  while (*chain != nullptr) {
    void* p = *chain;
    *chain = *static_cast<void**>(p);
    std::free(p);
  }
}

void hands_out_up_to(std::size_t block) {
  REQUIRE(set_allocator_cap(64 * kMiB).has_value());
  auto before = resident_set()->anonymous;
  void* chain = nullptr;
  auto total = take_all(block, &chain, 1024 * kMiB);
  auto full = resident_set()->anonymous;
  auto stats = allocator_stats();
  if (total < 46 * kMiB || total > 64 * kMiB || full > before + 65 * kMiB)
    dprintf(2, "block %zu: handed out %lu, mapped %lu, anonymous %lu\n", block, total, stats.mapped, full);
  REQUIRE(total >= 46 * kMiB && total <= 64 * kMiB);
  REQUIRE(stats.mapped <= 64 * kMiB && stats.refused > 0 && stats.cap == 64 * kMiB);
  REQUIRE(full <= before + 65 * kMiB);
  free_all(&chain);
  purge_allocator();
  REQUIRE(resident_set()->anonymous < before + 8 * kMiB);
  REQUIRE(allocator_stats().mapped < 24 * kMiB);
  // And again: what was freed can be had again.
  REQUIRE(take_all(block, &chain, 1024 * kMiB) >= 46 * kMiB);
  free_all(&chain);
}

TEST(AllocatorCap, hands_out_small_blocks_up_to_the_cap_and_falls_back) {
  in_child([] { hands_out_up_to(64); });
}

TEST(AllocatorCap, hands_out_middle_blocks_up_to_the_cap_and_falls_back) {
  in_child([] { hands_out_up_to(40'000); });
}

TEST(AllocatorCap, keeps_the_last_of_it_for_small_blocks) {
  in_child([] {
    REQUIRE(set_allocator_cap(64 * kMiB).has_value());
    void* chain = nullptr;
    (void)take_all(64 << 10, &chain, 1024 * kMiB);  // until it is refused
    void* small = nullptr;
    auto total = take_all(256, &small, 1024 * kMiB);
    REQUIRE(total >= kMiB && total <= 3 * kMiB);
    free_all(&small);
    free_all(&chain);
  });
}

TEST(AllocatorCap, blocks_of_eight_mebibytes_do_not_escape) {
  in_child([] { hands_out_up_to(8 * kMiB); });
}

TEST(AllocatorCap, lets_new_throw_and_the_process_go_on) {
  in_child([] {
    REQUIRE(set_allocator_cap(32 * kMiB).has_value());
    for (int round = 0; round < 3; ++round) {
      bool thrown = false;
      try {
        std::vector<char> large(64 * kMiB);
        REQUIRE(large.size() == 64 * kMiB);
      } catch (const std::bad_alloc&) {
        thrown = true;
      }
      REQUIRE(thrown);
      std::vector<char> small(kMiB, 'x');  // a success in between arms the purge again
      REQUIRE(small.back() == 'x');
    }
    void* chain = nullptr;
    (void)take_all(1024, &chain, 1024 * kMiB);
    bool thrown = false;
    try {
      (void)std::string(2 * kMiB, 'x');
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    REQUIRE(thrown);
    free_all(&chain);
  });
}

TEST(AllocatorCap, holds_for_all_threads_together) {
  in_child([] {
    REQUIRE(set_allocator_cap(64 * kMiB).has_value());
    std::uint64_t totals[4] = {};
    void* chains[4] = {};
    {
      std::vector<std::jthread> threads;
      for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] { totals[t] = take_all(t % 2 == 0 ? 9000 : 8 * kMiB, &chains[t], 1024 * kMiB); });
    }
    std::uint64_t sum = 0;
    for (auto total : totals) sum += total;
    REQUIRE(sum >= 40 * kMiB && sum <= 64 * kMiB);
    REQUIRE(allocator_stats().mapped <= 64 * kMiB);
    for (auto& chain : chains) free_all(&chain);
  });
}

TEST(AllocatorCap, can_be_raised_and_lowered) {
  in_child([] {
    REQUIRE(set_allocator_cap(16 * kMiB).has_value());
    REQUIRE(take(24 * kMiB) == nullptr);
    REQUIRE(set_allocator_cap(48 * kMiB).has_value());
    void* p = take(24 * kMiB);
    REQUIRE(p != nullptr);
    REQUIRE(set_allocator_cap(16 * kMiB).has_value());
    REQUIRE(take(8 * kMiB) == nullptr);
    std::free(p);
    purge_allocator();
    p = take(4 * kMiB);
    REQUIRE(p != nullptr);
    std::free(p);
  });
}

#endif

}  // namespace
}  // namespace holter::memory
