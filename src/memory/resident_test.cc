#include "memory/resident.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <unistd.h>

namespace holter::memory {
namespace {

namespace fs = std::filesystem;

/// A root directory with the files that the kernel would show.
class FakeRoot {
 public:
  FakeRoot() {
    std::string pattern = (fs::temp_directory_path() / "holter-root-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "cannot make " << pattern;
    path_ = pattern + "/";
  }
  ~FakeRoot() { fs::remove_all(path_); }
  void put(const std::string& name, std::string_view text) const {
    fs::create_directories(fs::path(path_ + name).parent_path());
    std::ofstream(path_ + name) << text;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

constexpr std::string_view kMeminfo = "MemTotal:        2097152 kB\nMemFree: 1 kB\n";  // 2 GiB
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

}  // namespace
}  // namespace holter::memory
