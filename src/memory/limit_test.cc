#include "memory/limit.h"

#include <limits>

#include <gtest/gtest.h>

#include "testing/fake_root.h"

namespace holter::memory {
namespace {

using testing::FakeRoot;

constexpr std::string_view kMeminfo = "MemTotal:        2097152 kB\nMemFree: 1 kB\n";  // 2 GiB
constexpr std::uint64_t kMiB = 1 << 20;

TEST(MemoryLimit, is_physical_memory_where_no_group_limits) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  EXPECT_EQ(machine_memory_limit(root.path()), 2048 * kMiB);
  root.put("proc/self/cgroup", "0::/a\n");
  root.put("sys/fs/cgroup/a/memory.max", "max\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 2048 * kMiB);
}

TEST(MemoryLimit, is_endless_where_nothing_can_be_read) {
  FakeRoot root;
  EXPECT_EQ(machine_memory_limit(root.path()), std::numeric_limits<std::uint64_t>::max());
  root.put("proc/meminfo", "MemTotal: none\n");
  root.put("proc/self/cgroup", "garbage\n0:\n0::no-slash\n::\n\n");
  EXPECT_EQ(machine_memory_limit(root.path()), std::numeric_limits<std::uint64_t>::max());
}

TEST(MemoryLimit, v2_takes_the_own_groups_limit) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/system.slice/holter.service\n");
  root.put("sys/fs/cgroup/system.slice/holter.service/memory.max", "67108864\n");
  root.put("sys/fs/cgroup/system.slice/memory.max", "max\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 64 * kMiB);
}

TEST(MemoryLimit, v2_takes_a_smaller_limit_above) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/a/b/c\n");
  root.put("sys/fs/cgroup/a/b/c/memory.max", "536870912\n");
  root.put("sys/fs/cgroup/a/b/memory.max", "max\n");
  root.put("sys/fs/cgroup/a/memory.max", "33554432\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 32 * kMiB);
}

TEST(MemoryLimit, v2_in_a_container_takes_the_limit_at_the_mount) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/\n");
  root.put("sys/fs/cgroup/memory.max", "134217728\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 128 * kMiB);
}

TEST(MemoryLimit, v1_reads_the_memory_controller_only) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "11:cpu,cpuacct:/docker/x\n7:memory:/docker/x\n1:name=systemd:/docker/x\n");
  root.put("sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", "268435456\n");
  root.put("sys/fs/cgroup/docker/x/memory.max", "1\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 256 * kMiB);
}

TEST(MemoryLimit, v1_huge_number_is_no_limit_and_a_parents_limit_counts) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "7:hugetlb,memory:/a/b\n");
  root.put("sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 2048 * kMiB);
  root.put("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 1024 * kMiB);
}

TEST(MemoryLimit, ignores_a_mount_without_the_controller_and_a_path_above_the_mount) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/../other\n3:cpuset:/\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 2048 * kMiB);
}

TEST(MemoryLimit, v1_takes_the_hierarchys_limit_from_above_the_mount) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "4:memory:/docker/x\n");
  root.put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  root.put("sys/fs/cgroup/memory/memory.stat", "cache 1\nrss 2\nhierarchical_memory_limit 100663296\ntotal_rss 5\n");
  auto limit = container_limit(root.path());
  EXPECT_EQ(limit.bytes, 96 * kMiB);
  EXPECT_EQ(limit.source, root.path() + "sys/fs/cgroup/memory/memory.stat");
}

TEST(MemoryLimit, v2_beside_v1_is_found_where_it_is_mounted_then) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "1:name=systemd:/a\n0::/a\n");
  root.put("sys/fs/cgroup/unified/a/memory.max", "50331648\n");
  EXPECT_EQ(machine_memory_limit(root.path()), 48 * kMiB);
}

TEST(MemoryLimit, names_the_file_that_decides) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/a/b\n");
  EXPECT_EQ(container_limit(root.path()).source,
            "physical memory (" + root.path() + "proc/meminfo); no cgroup has a smaller limit");
  root.put("sys/fs/cgroup/a/memory.max", "33554432\n");
  EXPECT_EQ(container_limit(root.path()).source, root.path() + "sys/fs/cgroup/a/memory.max");
}

TEST(MemoryLimit, says_that_there_is_none_where_nothing_can_be_read) {
  FakeRoot root;
  EXPECT_TRUE(container_limit(root.path()).source.starts_with("no limit: ")) << container_limit(root.path()).source;
}

TEST(MemoryLimit, overflowing_and_negative_numbers_are_no_limit) {
  FakeRoot root;
  root.put("proc/meminfo", "MemTotal: 99999999999999999999 kB\n");
  root.put("proc/self/cgroup", "0::/a\n");
  for (auto text : {"-1\n", "99999999999999999999999\n", "", "max", "0x100"}) {
    root.put("sys/fs/cgroup/a/memory.max", text);
    auto bytes = machine_memory_limit(root.path());
    EXPECT_EQ(bytes, text == std::string_view("0x100") ? 0 : std::numeric_limits<std::uint64_t>::max()) << text;
  }
}

TEST(LimitWatch, tells_of_a_limit_that_falls_and_rises) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "0::/a/b\n");
  root.put("sys/fs/cgroup/a/b/memory.max", "536870912\n");
  root.put("sys/fs/cgroup/a/memory.max", "max\n");
  LimitWatch watch(root.path());
  EXPECT_EQ(watch.current().bytes, 512 * kMiB);
  EXPECT_FALSE(watch.poll().has_value());
  root.put("sys/fs/cgroup/a/memory.max", "268435456\n");
  auto change = watch.poll();
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->bytes, 256 * kMiB);
  EXPECT_EQ(change->source, root.path() + "sys/fs/cgroup/a/memory.max");
  EXPECT_FALSE(watch.poll().has_value()) << "the same is no change";
  root.put("sys/fs/cgroup/a/memory.max", "max\n");
  root.put("sys/fs/cgroup/a/b/memory.max", "1073741824\n");
  change = watch.poll();
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->bytes, 1024 * kMiB);
}

TEST(LimitWatch, a_limit_whose_file_vanishes_is_none) {
  FakeRoot root;
  root.put("proc/meminfo", kMeminfo);
  root.put("proc/self/cgroup", "4:memory:/x\n");
  root.put("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "268435456\n");
  LimitWatch watch(root.path());
  root.remove("sys/fs/cgroup/memory/x");
  auto change = watch.poll();
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->bytes, 2048 * kMiB);
}

}  // namespace
}  // namespace holter::memory
