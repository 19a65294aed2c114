// Keys that change: in the keyring, and in the file, whatever happens meanwhile.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secrets/sealed_text.h"
#include "secrets/test_keys.h"

namespace holter::secrets {
namespace {

using test::kDown;
using test::keyring_of;
using test::kUp;

constexpr std::string_view kContext = "monitor 123 password";

class RotationTest : public test::KeyFileTest {};

TEST_F(RotationTest, goes_from_one_key_to_the_next_without_a_gap) {
  auto keyring = loaded();
  auto first = keyring->newest();
  auto sealed = keyring->seal("correct horse", kContext).value();
  ASSERT_TRUE(keyring->add_new().has_value());
  EXPECT_NE(keyring->newest(), first);
  EXPECT_EQ(keyring->size(), 2U);
  EXPECT_EQ(keyring->ids(), (std::vector{keyring->newest(), first}));
  EXPECT_EQ(key_of(sealed).value(), first);
  EXPECT_TRUE(keyring->needs_resealing(sealed).value());
  auto again = keyring->seal(keyring->open(sealed, kContext).value().view(), kContext).value();
  EXPECT_FALSE(keyring->needs_resealing(again).value());
  EXPECT_EQ(loaded()->newest(), keyring->newest()) << "the file has it, too";
  EXPECT_EQ(loaded()->open(sealed, kContext).value().view(), "correct horse");
  ASSERT_TRUE(keyring->drop_old().has_value());
  EXPECT_EQ(keyring->size(), 1U);
  EXPECT_EQ(keyring->open(sealed, kContext).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(loaded()->size(), 1U);
  EXPECT_EQ(loaded()->open(again, kContext).value().view(), "correct horse");
  EXPECT_EQ(text().find(to_text(first)), std::string::npos);
  EXPECT_TRUE(keyring->drop_old().has_value()) << "there is nothing to drop";
}

TEST_F(RotationTest, has_a_bound_and_goes_on_once_old_keys_are_dropped) {
  auto keyring = loaded();
  for (std::size_t i = 1; i < kMostKeys; ++i) ASSERT_TRUE(keyring->add_new().has_value()) << i;
  auto newest = keyring->newest();
  auto full = keyring->add_new();
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().message(), "cannot add a key: there are 16, the most; seal all anew and drop the old ones");
  EXPECT_EQ(keyring->newest(), newest);
  ASSERT_TRUE(keyring->drop_old().has_value());
  EXPECT_TRUE(keyring->add_new().has_value());
}

TEST_F(RotationTest, keys_of_the_environment_change_there) {
  auto keyring = keyring_of(std::string(kUp) + "," + kDown);
  for (auto status : {keyring->add_new(), keyring->drop_old()}) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(status.error().message().find("they come from HOLTER_SECRET_KEY; change it there"), std::string::npos);
  }
  EXPECT_EQ(keyring->size(), 2U);
}

TEST_F(RotationTest, by_two_processes_loses_no_key) {
  auto mine = loaded();
  auto other = loaded();
  ASSERT_TRUE(other->add_new().has_value());
  auto sealed = other->seal("correct horse", kContext).value();
  for (auto status : {mine->add_new(), mine->add_new()}) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
  }
  EXPECT_EQ(mine->size(), 1U);
  EXPECT_EQ(loaded()->open(sealed, kContext).value().view(), "correct horse");
}

TEST_F(RotationTest, while_others_seal_and_open) {
  auto keyring = loaded();
  std::atomic<bool> over{false};
  std::atomic<int> rounds{0};
  std::vector<std::jthread> threads;  // ends first
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!over) {
        auto sealed = keyring->seal("correct horse", kContext);
        auto opened = sealed ? keyring->open(*sealed, kContext) : Result<SecretText>(sealed.error());
        if (!opened || opened->view() != "correct horse") ADD_FAILURE() << "round " << rounds;
        ++rounds;
      }
    });
  for (std::size_t i = 1; i < kMostKeys; ++i) EXPECT_TRUE(keyring->add_new().has_value());
  while (rounds < 100 && !::testing::Test::HasFailure()) std::this_thread::yield();
  over = true;
}

TEST_F(RotationTest, a_full_disk_leaves_the_old_file) {
  auto keyring = loaded();
  auto before = text();
  auto newest = keyring->newest();
  auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  ::rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  ::rlimit small{.rlim_cur = 20, .rlim_max = old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  auto added = keyring->add_new();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code(), ErrorCode::kIo);
  EXPECT_EQ(added.error().message(), "cannot write a file beside " + path_ + ": File too large");
  EXPECT_EQ(text(), before);
  EXPECT_EQ(keyring->newest(), newest);
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
  EXPECT_TRUE(keyring->add_new().has_value());
}

/// Runs `work` in a child that is killed at its system call number `kill_at` (entry and exit count as two), if it gets
/// so far. Fills in the calls that it made. True when it ended by itself.
template <class Work>
bool run_and_kill(Work work, int kill_at, std::vector<long>& calls) {
  auto child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    ::_exit(work() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSTOPPED(status)) << "cannot trace a child process";
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  for (int at = 0; at < kill_at; ++at) {
    if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0 || ::waitpid(child, &status, 0) != child) break;
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0) << "the change failed";
      return true;
    }
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) <= 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
      continue;
    // What is said on standard error, by the log or by a sanitizer, is no change of a file.
    bool said = info.entry.nr == SYS_write && info.entry.args[0] <= STDERR_FILENO;
    if (!said) calls.push_back(static_cast<long>(info.entry.nr));
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return false;
}

/// Those calls of `calls` that decide what survives.
std::vector<long> of_files(std::vector<long> calls) {
  std::erase_if(calls, [](long call) {
    return call != SYS_write && call != SYS_fsync && call != SYS_rename && call != SYS_link;
  });
  return calls;
}

TEST_F(RotationTest, killed_at_any_system_call_it_leaves_the_old_keys_or_the_new_ones) {
  auto before = loaded();
  auto sealed = before->seal("correct horse", kContext).value();
  int old = 0, changed = 0;
  std::vector<long> calls;
  for (int kill_at = 0;; ++kill_at) {
    ASSERT_LT(kill_at, 1000);
    auto keyring = loaded();
    calls.clear();
    bool ended = run_and_kill([&] { return keyring->add_new().has_value(); }, kill_at, calls);
    auto after = load(/*has_sealed=*/true);
    ASSERT_TRUE(after.has_value()) << "killed at call " << kill_at << ": " << after.error().message();
    ASSERT_EQ((*after)->open(sealed, kContext).value().view(), "correct horse");
    ++((*after)->newest() == before->newest() ? old : changed);
    if (ended) {
      EXPECT_EQ((*after)->size(), 2U);
      break;
    }
    // Back to one key, over whatever the killed one left behind.
    if ((*after)->size() == 1) continue;
    ASSERT_EQ((*after)->size(), 2U);
    KeyFile file(path_);
    auto both = file.read().value().value();
    ASSERT_TRUE(file.replace(both, {both.back()}).has_value());
  }
  EXPECT_GT(old, 10);
  EXPECT_GT(changed, 2) << "killed after the rename, too";
  EXPECT_THAT(of_files(calls), ::testing::ElementsAre(SYS_write, SYS_fsync, SYS_rename, SYS_fsync))
      << "a power cut finds the file's bytes on the disk before its name";
}

TEST_F(RotationTest, killed_at_any_system_call_of_the_first_start_the_next_one_has_a_key) {
  std::vector<long> calls;
  int without = 0, with = 0;
  for (int kill_at = 0;; ++kill_at) {
    ASSERT_LT(kill_at, 1000);
    calls.clear();
    bool ended = run_and_kill([&] { return load().has_value(); }, kill_at, calls);
    ++(std::filesystem::exists(path_) ? with : without);
    auto after = load();
    ASSERT_TRUE(after.has_value()) << "killed at call " << kill_at << ": " << after.error().message();
    if (ended) break;
    root_.remove("secret.key");
  }
  EXPECT_GT(without, 10);
  EXPECT_GT(with, 2);
  EXPECT_THAT(of_files(calls), ::testing::ElementsAre(SYS_write, SYS_fsync, SYS_link, SYS_fsync));
}

}  // namespace
}  // namespace holter::secrets
