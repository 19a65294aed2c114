#include "base/proc_file.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "testing/fake_root.h"

namespace holter {
namespace {

using testing::FakeRoot;

TEST(ProcFile, reads_as_much_as_the_buffer_takes) {
  FakeRoot root;
  root.put("x", "0123456789");
  std::array<char, 4> small;
  std::array<char, 64> large;
  EXPECT_EQ(read_proc((root.path() + "x").c_str(), small), "0123");
  EXPECT_EQ(read_proc((root.path() + "x").c_str(), large), "0123456789");
}

TEST(ProcFile, an_open_file_is_read_from_its_start_each_time) {
  FakeRoot root;
  root.put("x", "one");
  Descriptor fd(::open((root.path() + "x").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 64> buffer;
  EXPECT_EQ(read_proc(fd.get(), buffer), "one");
  root.put("x", "other");
  EXPECT_EQ(read_proc(fd.get(), buffer), "other");
}

TEST(ProcFile, what_cannot_be_read_is_empty_and_errno_says_why) {
  FakeRoot root;
  std::array<char, 64> buffer;
  EXPECT_EQ(read_proc((root.path() + "none").c_str(), buffer), "");
  EXPECT_EQ(errno, ENOENT);
  EXPECT_EQ(read_proc(root.path().c_str(), buffer), "");
  EXPECT_EQ(errno, EISDIR);
}

TEST(ProcFile, a_pipe_in_its_place_is_not_waited_for) {
  FakeRoot root;
  ASSERT_EQ(mkfifo((root.path() + "pipe").c_str(), 0600), 0);
  std::array<char, 64> buffer;
  EXPECT_EQ(read_proc((root.path() + "pipe").c_str(), buffer), "");
}

TEST(Descriptor, closes_once_wherever_it_was_moved) {
  int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  {
    Descriptor a(fd);
    Descriptor b(std::move(a));
    Descriptor c;
    c = std::move(b);
    EXPECT_EQ(c.get(), fd);
    EXPECT_NE(fcntl(fd, F_GETFD), -1);
  }
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST(ProcField, is_found_where_a_line_begins_with_it) {
  constexpr std::string_view kText = "oom_kill_disable 0\nunder_oom 1\nx oom_kill 9\noom_kill 3\nVmRSS:\t  123 kB\n";
  EXPECT_EQ(proc_field(kText, "oom_kill"), 3U);
  EXPECT_EQ(proc_field(kText, "VmRSS:"), 123U);
  EXPECT_EQ(proc_field(kText, "under_oom"), 1U);
  EXPECT_FALSE(proc_field(kText, "oom").has_value());
  EXPECT_FALSE(proc_field(kText, "VmHWM:").has_value());
}

TEST(ProcField, what_is_no_number_is_nothing) {
  for (std::string_view text : {"", "a", "a ", "a \n", "a x", "a -1", "a 99999999999999999999", "a\t", "a\n1"})
    EXPECT_FALSE(proc_field(text, "a").has_value()) << text;
  EXPECT_EQ(proc_field("a 18446744073709551615", "a"), ~0ULL);
}

TEST(MemoryGroups, v1_comes_before_v2_and_v2_is_looked_for_in_both_its_places) {
  FakeRoot root;
  root.put("proc/self/cgroup", "0::/b\n9:cpu,memory:/a/\n8:memoryless:/c\n");
  auto groups = memory_groups(root.path());
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].file("memory.stat"), root.path() + "sys/fs/cgroup/memory/a/memory.stat");
  EXPECT_FALSE(groups[0].v2);
  EXPECT_EQ(groups[1].file("memory.max"), root.path() + "sys/fs/cgroup/b/memory.max");
  EXPECT_EQ(groups[2].file("memory.max"), root.path() + "sys/fs/cgroup/unified/b/memory.max");
}

TEST(MemoryGroups, a_path_that_leaves_the_mount_is_the_mounts_root) {
  FakeRoot root;
  for (auto text : {"0::/../../etc\n", "0::/a/../b\n", "0::\n", "0::x\n", "0::/\n"}) {
    root.put("proc/self/cgroup", text);
    auto groups = memory_groups(root.path());
    ASSERT_EQ(groups.size(), 2U) << text;
    EXPECT_EQ(groups[0].file("memory.max"), root.path() + "sys/fs/cgroup/memory.max") << text;
  }
}

TEST(MemoryGroups, garbage_names_none) {
  FakeRoot root;
  EXPECT_TRUE(memory_groups(root.path()).empty());
  for (auto text : {"", "\n\n", ":", "0", "0:memory", "nothing of the kind"}) {
    root.put("proc/self/cgroup", text);
    EXPECT_TRUE(memory_groups(root.path()).empty()) << text;
  }
}

}  // namespace
}  // namespace holter
