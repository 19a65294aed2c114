#include "memory/stall.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <poll.h>

#include "testing/allocated.h"
#include "testing/fake_root.h"

namespace holter::memory {
namespace {

using testing::FakeRoot;

std::string psi(std::string_view avg10) {
  return "some avg10=" + std::string(avg10) +
         " avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
}

TEST(Stall, without_any_file_the_signal_is_nothing_and_says_why) {
  FakeRoot root;
  auto stall = Stall::open(root.path());
  EXPECT_EQ(stall.share(MonoTime{}), 0);
  EXPECT_EQ(stall.descriptor(), -1);
  EXPECT_EQ(stall.source(),
            "no PSI: " + root.path() + "proc/pressure/memory does not exist (kernel older than 4.20, or psi=0)");
}

TEST(Stall, prefers_the_own_groups_file_to_the_machines) {
  FakeRoot root;
  root.put("proc/pressure/memory", psi("40.00"));
  EXPECT_TRUE(Stall::open(root.path()).source().starts_with(root.path() + "proc/pressure/memory"));
  root.put("proc/self/cgroup", "0::/a/b\n");
  root.put("sys/fs/cgroup/a/b/memory.pressure", psi("10.00"));
  auto stall = Stall::open(root.path());
  EXPECT_TRUE(stall.source().starts_with(root.path() + "sys/fs/cgroup/a/b/memory.pressure")) << stall.source();
  EXPECT_DOUBLE_EQ(stall.share(MonoTime{}), 0.70);
}

TEST(Stall, finds_the_group_where_v2_stands_beside_v1) {
  FakeRoot root;
  root.put("proc/self/cgroup", "4:memory:/x\n0::/y\n");
  root.put("sys/fs/cgroup/unified/y/memory.pressure", psi("20.00"));
  EXPECT_DOUBLE_EQ(Stall::open(root.path()).share(MonoTime{}), 0.80);
}

TEST(Stall, passes_over_a_group_whose_file_is_not_understood) {
  FakeRoot root;
  root.put("proc/self/cgroup", "0::/a\n");
  root.put("sys/fs/cgroup/a/memory.pressure", "garbage");
  root.put("proc/pressure/memory", psi("1.00"));
  EXPECT_TRUE(Stall::open(root.path()).source().starts_with(root.path() + "proc/pressure/memory"));
  root.put("proc/pressure/memory", "more garbage");
  EXPECT_EQ(Stall::open(root.path()).source(),
            "no PSI: " + root.path() + "proc/pressure/memory does not read like \"some avg10=...\"");
}

TEST(Stall, writes_no_trigger_into_a_file_that_is_not_the_kernels) {
  FakeRoot root;
  root.put("proc/pressure/memory", psi("1.00"));
  auto stall = Stall::open(root.path());
  EXPECT_NE(stall.source().find("(averages only: not a file of the kernel)"), std::string::npos) << stall.source();
  std::stringstream text;
  text << std::ifstream(root.path() + "proc/pressure/memory").rdbuf();
  EXPECT_EQ(text.str(), psi("1.00"));
}

TEST(Stall, reads_the_file_anew_each_time) {
  FakeRoot root;
  root.put("proc/pressure/memory", psi("0.00"));
  auto stall = Stall::open(root.path());
  EXPECT_EQ(stall.share(MonoTime{}), 0);
  root.put("proc/pressure/memory", psi("60.00"));
  EXPECT_DOUBLE_EQ(stall.share(MonoTime{}), 0.95);
  root.put("proc/pressure/memory", "");
  EXPECT_EQ(stall.share(MonoTime{}), 0);
}

TEST(Stall, a_trigger_that_fired_counts_as_elevated_for_a_second) {
  FakeRoot root;
  root.put("proc/pressure/memory", psi("2.00"));
  auto stall = Stall::open(root.path());
  MonoTime now{seconds(100)};
  EXPECT_DOUBLE_EQ(stall.share(now), 0.14);
  stall.fired(now);
  EXPECT_DOUBLE_EQ(stall.share(now), 0.70);
  EXPECT_DOUBLE_EQ(stall.share(now + seconds(1)), 0.70);
  EXPECT_DOUBLE_EQ(stall.share(now + seconds(1), {.from = {0, 0.5, 0.6, 0.7, 0.8}}), 0.50);
  EXPECT_DOUBLE_EQ(stall.share(now + milliseconds(1001)), 0.14);
  root.put("proc/pressure/memory", psi("50.00"));
  EXPECT_GT(stall.share(now), 0.90) << "what is worse is not hidden";
}

TEST(StallShare, rises_with_the_levels_and_linearly_between) {
  EXPECT_EQ(stall_share(0), 0);
  EXPECT_EQ(stall_share(-3), 0);
  EXPECT_DOUBLE_EQ(stall_share(5), 0.35);
  EXPECT_DOUBLE_EQ(stall_share(10), 0.70);
  EXPECT_DOUBLE_EQ(stall_share(15), 0.75);
  EXPECT_DOUBLE_EQ(stall_share(20), 0.80);
  EXPECT_DOUBLE_EQ(stall_share(40), 0.90);
  EXPECT_DOUBLE_EQ(stall_share(60), 0.95);
  EXPECT_DOUBLE_EQ(stall_share(100), 1.0);
  EXPECT_DOUBLE_EQ(stall_share(20, {.from = {0, 0.5, 0.6, 0.7, 0.8}}), 0.60);
}

TEST(StallText, only_the_kernels_form_is_understood) {
  EXPECT_EQ(parse_stall(psi("0.00")), 0.0);
  EXPECT_EQ(parse_stall(psi("12.34")), 12.34);
  EXPECT_EQ(parse_stall(psi("100.00")), 100.0);
  for (std::string_view bad :
       {"", "some", "some avg10=", "some avg10= ", "some avg10=x ", "some avg10=-1.00 ", "some avg10=100.01 ",
        "some avg10=nan ", "some avg10=inf ", "some avg10=1e3 ", "some avg10=1.00", "full avg10=1.00 ",
        " some avg10=1.00 ", "some avg10=99999999999999999999999999999999999999999999999999999999999999999999999 "})
    EXPECT_FALSE(parse_stall(bad).has_value()) << bad;
}

TEST(Stall, works_with_the_kernel_of_this_machine) {
  auto stall = Stall::open();
  if (stall.source().starts_with("no PSI: ")) GTEST_SKIP() << stall.source();
  RecordProperty("source", stall.source());
  auto before = testing::allocated_bytes();
  auto share = stall.share(MonoTime{});
  EXPECT_EQ(testing::allocated_bytes(), before);
  EXPECT_GE(share, 0);
  EXPECT_LE(share, 1);
  if (stall.descriptor() < 0) GTEST_SKIP() << stall.source();
  pollfd poll{.fd = stall.descriptor(), .events = POLLPRI};
  EXPECT_GE(::poll(&poll, 1, 0), 0);
  EXPECT_EQ(poll.revents & POLLERR, 0) << "the kernel has taken the trigger";
}

}  // namespace
}  // namespace holter::memory
