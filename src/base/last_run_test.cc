#include "base/last_run.h"

#include <fstream>
#include <functional>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "testing/fake_root.h"

namespace holter {
namespace {

using End = LastRun::End;
using testing::FakeRoot;

constexpr std::int64_t kStarted = 1'764'000'000'000;  // 2025-11-24T16:00:00Z
constexpr std::uint64_t kMiB = 1 << 20;

/// A machine with one run that has left its file behind.
class LastRunTest : public ::testing::Test {
 protected:
  LastRunTest() {
    root_.put("proc/sys/kernel/random/boot_id", "first-boot\n");
    root_.put("proc/vmstat", "nr_free_pages 1\noom_kill 5\n");
    root_.put("proc/self/cgroup", "4:memory:/holter\n");
    root_.put("sys/fs/cgroup/memory/holter/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  }
  std::unique_ptr<RunFile> open() {
    auto file = RunFile::open(
        {.path = path_, .version = "0.1.0", .started_ms = kStarted, .budget = 256 * kMiB, .root = root_.path()});
    EXPECT_TRUE(file.has_value()) << file.error().message();
    return std::move(*file);
  }
  RunSample after(std::int64_t seconds, std::string_view level = "normal") const {
    return {.time_ms = kStarted + seconds * 1000, .resident = 250 * kMiB, .budget = 256 * kMiB, .level = level};
  }
  LastRun read() const { return read_last_run(path_, root_.path()); }
  std::string described() const { return describe_last_run(path_, root_.path()); }
  std::string who() const {
    return "the last run (started 2025-11-24T16:00:00.000Z, pid " + std::to_string(getpid()) + ") ";
  }

  FakeRoot root_;
  std::string path_ = root_.path() + "last-run.json";
};

TEST_F(LastRunTest, without_a_file_there_was_none) {
  EXPECT_EQ(read().end, End::kNone);
  EXPECT_EQ(described(), "there was no run before this one");
}

TEST_F(LastRunTest, a_clean_end_gives_its_reason) {
  auto file = open();
  ASSERT_TRUE(file->refresh(after(10)).has_value());
  ASSERT_TRUE(file->finish("SIGTERM", kStarted + 90'000).has_value());
  file.reset();
  auto run = read();
  EXPECT_EQ(run.end, End::kClean);
  EXPECT_EQ(run.version, "0.1.0");
  EXPECT_EQ(described(), who() + "ended cleanly after 1m30s: SIGTERM");
}

TEST_F(LastRunTest, without_a_word_it_was_killed) {
  ASSERT_TRUE(open()->refresh(after(3 * 3600 + 12 * 60, "critical")).has_value());
  EXPECT_EQ(read().end, End::kKilled);
  EXPECT_EQ(described(), who() +
                             "was killed after 3h12m: SIGKILL by a user, a supervisor or the end of its container, "
                             "resident 250 MiB of 256 MiB, level critical");
}

TEST_F(LastRunTest, before_the_first_refresh_there_is_no_resident_set_to_tell) {
  open().reset();
  EXPECT_EQ(described(), who() + "was killed after 0s: SIGKILL by a user, a supervisor or the end of its container");
}

TEST_F(LastRunTest, another_boot_is_a_reboot_whatever_the_counters) {
  open().reset();
  root_.put("proc/sys/kernel/random/boot_id", "second-boot\n");
  root_.put("proc/vmstat", "oom_kill 50\n");
  EXPECT_EQ(read().end, End::kReboot);
  EXPECT_EQ(described(), who() + "ended without a word after 0s: the machine restarted or lost power");
}

TEST_F(LastRunTest, a_counter_that_rose_in_its_group_is_out_of_memory) {
  ASSERT_TRUE(open()->refresh(after(60, "emergency")).has_value());
  root_.put("sys/fs/cgroup/memory/holter/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
  EXPECT_EQ(read().end, End::kOutOfMemory);
  EXPECT_EQ(described(), who() +
                             "was killed after 1m: out of memory (the kernel's OOM killer), resident 250 MiB of 256 "
                             "MiB, level emergency");
}

TEST_F(LastRunTest, v2_counts_in_memory_events) {
  root_.put("proc/self/cgroup", "0::/holter\n");
  root_.put("sys/fs/cgroup/holter/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 0\noom_group_kill 0\n");
  open().reset();
  EXPECT_EQ(read().end, End::kKilled);
  root_.put("sys/fs/cgroup/holter/memory.events", "low 0\nhigh 0\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n");
  EXPECT_EQ(read().end, End::kOutOfMemory);
}

TEST_F(LastRunTest, a_victim_elsewhere_on_the_machine_was_not_this_run) {
  open().reset();
  root_.put("proc/vmstat", "oom_kill 6\n");
  EXPECT_EQ(read().end, End::kKilled);
}

TEST_F(LastRunTest, a_group_made_anew_leaves_it_to_the_machines_counter) {
  open().reset();
  root_.remove("sys/fs/cgroup/memory/holter");
  root_.put("sys/fs/cgroup/memory/holter2/keeps_the_inode_from_being_used_again", "");
  root_.put("sys/fs/cgroup/memory/holter/memory.oom_control", "oom_kill 0\n");
  EXPECT_EQ(read().end, End::kKilled);
  root_.put("proc/vmstat", "oom_kill 6\n");
  EXPECT_EQ(read().end, End::kOutOfMemory);
  EXPECT_NE(described().find("out of memory (the kernel's OOM killer was at work on this machine)"), std::string::npos)
      << described();
}

TEST_F(LastRunTest, a_kill_before_the_last_refresh_was_another_process) {
  auto file = open();
  root_.put("sys/fs/cgroup/memory/holter/memory.oom_control", "oom_kill 3\n");
  ASSERT_TRUE(file->refresh(after(10)).has_value());
  file.reset();
  EXPECT_EQ(read().end, End::kKilled);
}

TEST_F(LastRunTest, without_any_counter_it_was_killed) {
  root_.remove("proc/vmstat");
  root_.remove("sys");
  open().reset();
  EXPECT_EQ(read().end, End::kKilled);
}

TEST_F(LastRunTest, a_new_run_replaces_the_file) {
  ASSERT_TRUE(open()->finish("SIGTERM", kStarted).has_value());
  open().reset();
  EXPECT_EQ(read().end, End::kKilled);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(LastRunTest, what_is_not_its_file_is_unknown) {
  for (std::string_view text : {"", "{}", "garbage", "\0\0\0"}) {
    root_.put("last-run.json", text);
    auto run = read();
    EXPECT_EQ(run.end, End::kUnknown) << text;
    EXPECT_TRUE(describe(run).starts_with("how the last run ended is unknown: " + path_ +
                                          ": cannot understand the status file: "))
        << describe(run);
  }
  root_.put("last-run.json", std::string(1 << 20, 'x'));
  EXPECT_NE(described().find("it is longer than 4.00 KiB"), std::string::npos) << described();
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(read().end, End::kUnknown);
  EXPECT_NE(described().find("Is a directory"), std::string::npos) << described();
}

TEST_F(LastRunTest, times_out_of_order_do_not_make_a_negative_run) {
  ASSERT_TRUE(open()->refresh(after(-100)).has_value());
  EXPECT_NE(described().find("after 0s"), std::string::npos) << described();
}

TEST_F(LastRunTest, a_folder_that_is_missing_is_an_error_that_names_the_file) {
  auto file = RunFile::open({.path = root_.path() + "none/last-run.json", .root = root_.path()});
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), ErrorCode::kIo);
  EXPECT_EQ(file.error().message(), "cannot create " + root_.path() + "none/last-run.json: No such file or directory");
}

TEST_F(LastRunTest, the_file_is_json_that_others_read_too) {
  open().reset();
  std::stringstream text;
  text << std::ifstream(path_).rdbuf();
  EXPECT_TRUE(text.str().starts_with("{\"format\":1,\"pid\":")) << text.str();
  EXPECT_TRUE(text.str().ends_with("\"signal\":  0}\n")) << text.str();
}

TEST_F(LastRunTest, only_one_file_at_a_time_notes_crashes_and_handlers_are_put_back) {
  struct sigaction before{}, during{}, later{};
  sigaction(SIGFPE, nullptr, &before);
  auto one = open();
  auto other = open();
  ASSERT_TRUE(one->catch_crashes().has_value());
  sigaction(SIGFPE, nullptr, &during);
  EXPECT_NE(during.sa_sigaction, before.sa_sigaction);
  auto refused = other->catch_crashes();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInternal);
  other.reset();
  one.reset();
  sigaction(SIGFPE, nullptr, &later);
  EXPECT_EQ(later.sa_sigaction, before.sa_sigaction);
  EXPECT_TRUE(open()->catch_crashes().has_value());
}

TEST(SignalName, is_the_one_that_people_know) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGABRT), "SIGABRT");
  EXPECT_EQ(signal_name(0), "signal 0");
  EXPECT_EQ(signal_name(64), "signal 64");
}

}  // namespace
}  // namespace holter
