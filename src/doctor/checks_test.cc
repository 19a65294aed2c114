#include "doctor/checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holter::doctor {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1ULL << 20;
constexpr std::uint64_t kGiB = 1ULL << 30;
const User kUser{.uid = 990, .gid = 991, .groups = {4, 27}};

DataDir good_dir() {
  return {.kind = DataDir::Kind::kDirectory, .path = "/var/lib/holter", .writable = true, .mode = 0700, .owner = 990};
}

Disk good_disk() {
  return {
      .path = "/var/lib", .total_bytes = 100 * kGiB, .free_bytes = 50 * kGiB, .total_inodes = 1000, .free_inodes = 500};
}

Memory good_memory() {
  return {.budget = 256 * kMiB, .limit = 448 * kMiB, .limit_source = "/sys/fs/cgroup/memory.max"};
}

/// Every finding that is not ok must say what to do.
void expect(const Finding& finding, Level level, const std::string& text, const std::string& advice = "") {
  EXPECT_EQ(finding.level, level) << finding.text;
  EXPECT_THAT(finding.text, HasSubstr(text));
  EXPECT_THAT(finding.advice, HasSubstr(advice));
  EXPECT_EQ(finding.advice.empty(), level == Level::kOk) << finding.advice;
}

TEST(Doctor, a_data_directory_of_ones_own_is_ok) {
  expect(check_data_dir(good_dir(), kUser), Level::kOk, "/var/lib/holter (mode 0700, owner uid 990)");
}

TEST(Doctor, a_missing_data_directory_is_ok_where_it_can_be_made) {
  DataDir dir{.path = "/var/lib/it's", .parent = "/var/lib", .writable = true};
  expect(check_data_dir(dir, kUser), Level::kOk, "does not exist yet");
  dir.writable = false;
  expect(check_data_dir(dir, kUser), Level::kError, "uid 990 may not write to /var/lib",
         R"(install -d -m 0700 -o 990 -g 991 '/var/lib/it'\''s')");
  dir.parent_is_dir = false;
  expect(check_data_dir(dir, kUser), Level::kError, "/var/lib is not a directory", "data_dir");
}

TEST(Doctor, a_data_directory_that_cannot_be_used_is_an_error) {
  auto dir = good_dir();
  dir.writable = false;
  expect(check_data_dir(dir, kUser), Level::kError, "uid 990 cannot write", "chown -R 990:991 '/var/lib/holter'");
  dir.kind = DataDir::Kind::kOther;
  expect(check_data_dir(dir, kUser), Level::kError, "is not a directory", "data_dir");
}

TEST(Doctor, warns_of_a_data_directory_that_others_see_or_own) {
  auto dir = good_dir();
  dir.mode = 0755;
  expect(check_data_dir(dir, kUser), Level::kWarning, "can be read by every user", "chmod o-rwx '/var/lib/holter'");
  dir.mode = 0777;
  expect(check_data_dir(dir, kUser), Level::kWarning, "can be written to by every user", "chmod o-rwx");
  dir.owner = 1;
  expect(check_data_dir(dir, kUser), Level::kWarning, "belongs to another user", "sudo -u '#1' holter doctor");
  dir = good_dir();
  dir.mode = 0770;  // a group of one's own choice
  expect(check_data_dir(dir, kUser), Level::kOk, "0770");
}

TEST(Doctor, disk_space_warns_below_one_gibibyte_or_five_percent) {
  expect(check_disk(good_disk()), Level::kOk, "50.0 GiB of 100 GiB free (50 %)");
  auto disk = good_disk();
  disk.free_bytes = kGiB - 1;
  disk.total_bytes = 2 * kGiB;
  expect(check_disk(disk), Level::kWarning, "little room: 1.00 GiB of 2.00 GiB", "history.retention");
  disk.free_bytes = kGiB;
  expect(check_disk(disk), Level::kOk, "1.00 GiB");
  disk.total_bytes = 21 * kGiB;
  expect(check_disk(disk), Level::kWarning, "(4 %)", "history.retention");
  disk.free_bytes = kMiB;
  expect(check_disk(disk), Level::kError, "no room", "data_dir");
}

TEST(Doctor, inodes_count_where_the_file_system_counts_them) {
  auto disk = good_disk();
  disk.free_inodes = 49;
  expect(check_disk(disk), Level::kWarning, "49 inodes (4 %)", "free some");
  disk.free_inodes = 0;
  expect(check_disk(disk), Level::kError, "no room", "free some");
  disk.total_inodes = 0;
  expect(check_disk(disk), Level::kOk, "50 %");
}

TEST(Doctor, a_file_system_that_cannot_be_written_or_asked_is_an_error) {
  auto disk = good_disk();
  disk.read_only = true;
  expect(check_disk(disk), Level::kError, "mounted read-only", "ReadWritePaths=");
  expect(check_disk({.path = "/mnt", .failure = "Stale file handle"}), Level::kError, "/mnt: Stale file handle",
         "data_dir");
}

TEST(Doctor, pings_need_a_group_or_the_capability) {
  Ping nobody{.group_range = std::pair(1U, 0U)};  // the kernel's default
  expect(check_ping(nobody, kUser), Level::kWarning, "pings cannot be sent: net.ipv4.ping_group_range is \"1 0\"",
         "sysctl -w net.ipv4.ping_group_range=\"991 991\"");
  expect(check_ping({}, kUser), Level::kWarning, "cannot be read", "AmbientCapabilities=CAP_NET_RAW");
  auto capable = kUser;
  capable.capabilities = 1U << 13;
  expect(check_ping(nobody, capable), Level::kOk, "CAP_NET_RAW");
  capable.capabilities = ~(1ULL << 13);
  expect(check_ping(nobody, capable), Level::kWarning, "cannot be sent", "sysctl");
}

TEST(Doctor, both_ends_of_the_group_range_may_ping_and_so_may_supplementary_groups) {
  for (auto range : {std::pair(991U, 2000U), std::pair(0U, 991U), std::pair(27U, 27U), std::pair(0U, 2147483647U)})
    expect(check_ping({.group_range = range}, kUser), Level::kOk, "can be sent");
  for (auto range : {std::pair(992U, 2000U), std::pair(28U, 990U)})
    expect(check_ping({.group_range = range}, kUser), Level::kWarning, "leaves out group 991", "sysctl");
}

TEST(Doctor, open_files_must_do_for_connections_and_rounds) {
  expect(check_open_files({.soft = 2368, .hard = 4096, .wanted = 2368}), Level::kOk, "2368 open files allowed");
  auto few = check_open_files({.soft = 1024, .hard = 4096, .wanted = 2368});
  expect(few, Level::kWarning, "up to 2368 wanted", "LimitNOFILE=4096");
  EXPECT_THAT(few.advice, HasSubstr("ulimit -n 4096"));
  expect(check_open_files({.soft = 1024, .hard = 4095, .wanted = 2368}), Level::kWarning, "1024",
         "the hard limit is 4095");
  expect(check_open_files({.soft = UINT64_MAX, .hard = UINT64_MAX, .wanted = 2368}), Level::kOk,
         "unlimited open files");
}

TEST(Doctor, the_clock_must_be_synchronised_to_a_second) {
  using std::chrono::microseconds;
  expect(check_clock({.synchronised = true, .most_error = microseconds(1'000'000)}), Level::kOk, "at most 1s");
  expect(check_clock({.synchronised = true, .most_error = microseconds(1'000'001)}), Level::kWarning, "wrong by 1s",
         "timedatectl");
  expect(check_clock({.synchronised = false}), Level::kWarning, "no time server", "chrony");
  expect(check_clock({.failure = "Operation not permitted"}), Level::kWarning, "Operation not permitted", "adjtimex");
}

TEST(Doctor, the_limit_must_hold_budget_history_and_the_kernels_share) {
  expect(check_memory(good_memory()), Level::kOk, "budget 256 MiB of 448 MiB (/sys/fs/cgroup/memory.max); swap none");
  auto memory = good_memory();
  memory.limit = 448 * kMiB - 1;
  expect(check_memory(memory), Level::kWarning, "may kill one", "MemoryMax=449M");
  memory = good_memory();
  memory.budget = Error(ErrorCode::kInvalidArgument, "cannot run in 1 MiB");
  expect(check_memory(memory), Level::kError, "cannot run in 1 MiB", "memory.budget");
}

TEST(Doctor, memory_high_below_what_is_needed_is_a_warning_and_swap_is_told) {
  auto memory = good_memory();
  memory.limit = UINT64_MAX;
  memory.swap_bytes = 2 * kGiB;
  memory.high = 448 * kMiB;
  expect(check_memory(memory), Level::kOk, "of no limit (/sys/fs/cgroup/memory.max); swap 2.00 GiB, memory.high 448");
  memory.high = 447 * kMiB;
  expect(check_memory(memory), Level::kWarning, "slows Holter down", "MemoryHigh=");
}

TEST(Doctor, pressure_stall_information_is_missed_only_where_it_is_wanted) {
  expect(check_stalls({.there = true, .source = "/proc/pressure/memory"}), Level::kOk, "/proc/pressure/memory");
  expect(check_stalls({.there = false, .source = "does not exist"}), Level::kWarning, "does not exist", "psi=1");
  expect(check_stalls({.wanted = false, .there = false, .source = "-"}), Level::kOk, "memory.psi: off");
}

TEST(Doctor, the_listen_address_is_free_or_a_holters) {
  using Kind = Listen::Kind;
  expect(check_listen({.kind = Kind::kFree, .address = "127.0.0.1:2157"}), Level::kOk, "127.0.0.1:2157 is free");
  expect(check_listen({.kind = Kind::kHolter, .address = "[::1]:2157"}), Level::kOk, "a Holter runs at [::1]:2157");
  expect(check_listen({.kind = Kind::kNotReady, .address = "[::1]:2157"}), Level::kWarning, "not ready", "curl");
  expect(check_listen({.kind = Kind::kTaken, .address = "[::1]:2157", .detail = "silence"}), Level::kError, "silence",
         "'sport = :2157'");
  expect(check_listen({.kind = Kind::kRefused, .address = "127.0.0.1:80", .detail = "Permission denied"}),
         Level::kError, "cannot listen on 127.0.0.1:80: Permission denied", "server.listen");
}

TEST(Doctor, time_zones_and_the_history_program_must_be_there) {
  expect(check_time_zones({.path = "/usr/share/zoneinfo", .there = true}), Level::kOk, "/usr/share/zoneinfo");
  expect(check_time_zones({.path = "/usr/share/zoneinfo"}), Level::kWarning, "cron", "tzdata");
  expect(check_history({.path = "/usr/bin/holter-history", .there = true, .executable = true}), Level::kOk, "is there");
  expect(check_history({.path = "/usr/bin/holter-history", .there = true}), Level::kError, "not executable",
         "chmod a+x '/usr/bin/holter-history'");
  expect(check_history({.path = "/usr/bin/holter-history"}), Level::kError, "is missing", "same directory");
}

TEST(Doctor, all_checks_have_a_name_of_their_own) {
  std::vector<std::string> names;
  for (const auto& finding : check_all({})) names.push_back(finding.check);
  EXPECT_THAT(names, ::testing::ElementsAre("data_dir", "disk", "history", "listen", "ping", "open_files", "memory",
                                            "psi", "clock", "time_zones"));
}

}  // namespace
}  // namespace holter::doctor
