#include "memory/resident.h"

#include <limits>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "testing/allocated.h"

namespace holter::memory {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(ResidentSet, reads_this_process) {
  auto set = resident_set();
  ASSERT_TRUE(set.has_value());
  EXPECT_GT(set->resident, kMiB);
  EXPECT_GE(set->peak, set->resident);
  EXPECT_GT(set->anonymous, 0U);
  EXPECT_LE(set->anonymous + set->file, set->resident + kMiB);
}

TEST(ResidentSet, says_when_the_process_is_gone) {
  auto set = resident_set(std::numeric_limits<pid_t>::max());
  ASSERT_FALSE(set.has_value());
  EXPECT_EQ(set.error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(set.error().message().starts_with("cannot read /proc/")) << set.error().message();
}

TEST(ResidentReader, tells_the_same_again_and_again_without_allocating) {
  ResidentReader reader;
  auto first = reader.read();
  ASSERT_TRUE(first.has_value());
  EXPECT_GT(first->resident, kMiB);
  EXPECT_GT(first->file, 0U);
  void* big = mmap(nullptr, 32 * kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(big, MAP_FAILED);
  auto before = testing::allocated_bytes();
  auto second = reader.read();
  EXPECT_EQ(testing::allocated_bytes(), before);
  munmap(big, 32 * kMiB);
  ASSERT_TRUE(second.has_value());
  EXPECT_GE(second->resident, first->resident + 30 * kMiB);
  EXPECT_GE(second->anonymous, first->anonymous + 30 * kMiB);
  EXPECT_GE(second->peak, second->resident);
}

TEST(Explained, what_was_there_at_the_start_and_mapped_files_are_fixed) {
  Explained explained;
  explained.mark_fixed({.resident = 30 * kMiB, .anonymous = 10 * kMiB, .file = 20 * kMiB});
  ResidentSet now{.resident = 75 * kMiB, .anonymous = 50 * kMiB, .file = 25 * kMiB};
  EXPECT_EQ(explained.fixed(now), 35 * kMiB);
  EXPECT_EQ(explained.unexplained(now, 36 * kMiB), static_cast<std::int64_t>(4 * kMiB));
}

TEST(Explained, bytes_reserved_but_not_touched_make_it_negative) {
  Explained explained;
  explained.mark_fixed({.resident = 30 * kMiB, .anonymous = 10 * kMiB, .file = 20 * kMiB});
  ResidentSet now{.resident = 31 * kMiB, .anonymous = 11 * kMiB, .file = 20 * kMiB};
  EXPECT_EQ(explained.unexplained(now, 4 * kMiB), -static_cast<std::int64_t>(3 * kMiB));
}

}  // namespace
}  // namespace holter::memory
