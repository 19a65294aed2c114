#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "doctor/facts.h"
#include "testing/fake_root.h"

namespace holter::doctor {
namespace {

using holter::testing::FakeRoot;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kPressure =
    "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";

/// Configuration of a machine of the test's own, which has the data directory, too.
class GatherTest : public ::testing::Test {
 protected:
  GatherTest() {
    config_.data_dir = root_.path() + "data";
    config_.server.listen = "127.0.0.1:0";
  }
  Facts gather_all() {
    return gather({.config = config_, .budget = 64ULL << 20, .shards = 2, .root = root_.path()}, SystemClock());
  }

  FakeRoot root_;
  define::Config config_;
};

TEST_F(GatherTest, the_effective_user_is_who_counts) {
  root_.put("proc/self/status",
            "Name:\tholter\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t24 25 \nCapEff:\t0000000000002000\n");
  auto user = read_user(root_.path());
  EXPECT_EQ(user.uid, 2U);
  EXPECT_EQ(user.gid, 6U);
  EXPECT_THAT(user.groups, ElementsAre(24, 25));
  EXPECT_EQ(user.capabilities, 1ULL << 13);
  EXPECT_EQ(read_user("/").uid, geteuid());
  EXPECT_EQ(read_user("/").gid, getegid());
}

TEST_F(GatherTest, the_group_range_has_two_numbers_or_is_none) {
  EXPECT_FALSE(read_ping(root_.path()).group_range);
  for (std::string_view text : {"", "1", "1 2 3", "-1 0", "a b"}) {
    root_.put("proc/sys/net/ipv4/ping_group_range", text);
    EXPECT_FALSE(read_ping(root_.path()).group_range) << text;
  }
  root_.put("proc/sys/net/ipv4/ping_group_range", "0\t2147483647\n");
  EXPECT_EQ(read_ping(root_.path()).group_range, std::pair(0U, 2147483647U));
}

TEST_F(GatherTest, a_data_directory_is_there_missing_or_something_else) {
  auto missing = read_data_dir(root_.path() + "a/b/c");
  EXPECT_EQ(missing.kind, DataDir::Kind::kMissing);
  EXPECT_EQ(missing.parent + "/", root_.path());
  EXPECT_TRUE(missing.parent_is_dir);
  EXPECT_TRUE(missing.writable);

  root_.put("file", "");
  EXPECT_EQ(read_data_dir(root_.path() + "file").kind, DataDir::Kind::kOther);
  auto below = read_data_dir(root_.path() + "file/data");
  EXPECT_EQ(below.parent, root_.path() + "file");
  EXPECT_FALSE(below.parent_is_dir);
  EXPECT_FALSE(below.writable);

  std::filesystem::create_directory(config_.data_dir);
  std::filesystem::permissions(config_.data_dir, std::filesystem::perms(0750));
  auto there = read_data_dir(config_.data_dir);
  EXPECT_EQ(there.kind, DataDir::Kind::kDirectory);
  EXPECT_EQ(there.mode, 0750U);
  EXPECT_EQ(there.owner, geteuid());
  EXPECT_TRUE(there.writable);
}

TEST_F(GatherTest, a_relative_path_is_looked_for_where_the_process_is) {
  auto missing = read_data_dir("there-is-no-such-directory/data");
  EXPECT_EQ(missing.parent, std::filesystem::current_path().string());
}

TEST_F(GatherTest, the_disk_is_that_of_the_nearest_directory) {
  auto disk = read_disk(config_.data_dir + "/history");
  EXPECT_EQ(disk.failure, "");
  EXPECT_EQ(disk.path + "/", root_.path());
  EXPECT_GT(disk.total_bytes, 0U);
  EXPECT_GE(disk.total_bytes, disk.free_bytes);
  EXPECT_FALSE(disk.read_only);
  EXPECT_TRUE(read_disk("/proc/self").total_bytes == 0);  // procfs has no room
}

TEST_F(GatherTest, open_files_are_counted_for_all_shards) {
  config_.server.max_connections = 10;
  config_.collect.max_in_flight = 100;
  auto files = gather_all().open_files;
  EXPECT_EQ(files.wanted, 10U + 2 * 100 + 64);
  EXPECT_GT(files.soft, 0U);
  EXPECT_LE(files.soft, files.hard);
}

TEST_F(GatherTest, memory_has_limit_swap_and_the_least_high) {
  root_.put("proc/meminfo", "MemTotal:        2097152 kB\nSwapTotal:       1024 kB\n");
  root_.put("proc/self/cgroup", "0::/system.slice/holter.service\n");
  root_.put("sys/fs/cgroup/system.slice/holter.service/memory.max", "536870912\n");
  root_.put("sys/fs/cgroup/system.slice/holter.service/memory.high", "max\n");
  EXPECT_FALSE(gather_all().memory.high);
  root_.put("sys/fs/cgroup/system.slice/memory.high", "268435456\n");
  root_.put("sys/fs/cgroup/memory.high", "300000000\n");
  auto memory = gather_all().memory;
  EXPECT_EQ(memory.budget.value(), 64ULL << 20);
  EXPECT_EQ(memory.limit, 512ULL << 20);
  EXPECT_THAT(memory.limit_source, HasSubstr("holter.service/memory.max"));
  EXPECT_EQ(memory.high, 256ULL << 20);
  EXPECT_EQ(memory.swap_bytes, 1ULL << 20);
}

TEST_F(GatherTest, stalls_are_there_where_the_kernel_shows_them) {
  EXPECT_FALSE(gather_all().stalls.there);
  root_.put("proc/pressure/memory", kPressure);
  EXPECT_TRUE(gather_all().stalls.there);
  EXPECT_THAT(gather_all().stalls.source, HasSubstr("proc/pressure/memory"));
  root_.remove("proc/pressure");
  root_.put("proc/self/cgroup", "0::/a\n");
  root_.put("sys/fs/cgroup/a/memory.pressure", kPressure);
  EXPECT_TRUE(gather_all().stalls.there);
  config_.memory.psi = false;
  EXPECT_FALSE(gather_all().stalls.wanted);
}

TEST_F(GatherTest, time_zones_are_there_with_the_zone_that_is_always_needed) {
  std::filesystem::create_directories(root_.path() + "usr/share/zoneinfo");
  EXPECT_FALSE(gather_all().time_zones.there);
  root_.put("usr/share/zoneinfo/Etc/UTC", "TZif2");
  EXPECT_TRUE(gather_all().time_zones.there);
}

TEST_F(GatherTest, the_history_program_is_looked_for_beside_this_one) {
  auto self = std::filesystem::read_symlink("/proc/self/exe");
  EXPECT_EQ(gather_all().history.path, (self.parent_path() / "holter-history").string());
}

}  // namespace
}  // namespace holter::doctor
