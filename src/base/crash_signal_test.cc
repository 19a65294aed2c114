#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/last_run.h"
#include "testing/fake_root.h"

// Real processes that die in each way, on the real kernel.
namespace holter {
namespace {

namespace fs = std::filesystem;
using End = LastRun::End;

constexpr std::uint64_t kMiB = 1 << 20;

class DyingProcess : public ::testing::Test {
 protected:
  /// Runs `body` in a child whose run file is open, and waits for its end.
  void run(const std::function<void(RunFile&)>& body) {
    child_ = fork();
    ASSERT_GE(child_, 0);
    if (child_ == 0) {
      alarm(20);  // a child that hangs ends, too
      int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      dup2(null, STDERR_FILENO);  // what a sanitizer has to say
      auto file = RunFile::open({.path = path_, .version = "1", .started_ms = 1000, .budget = 32 * kMiB});
      if (!file || !(*file)->catch_crashes()) _exit(99);
      if (!(*file)->refresh({.time_ms = 11'000, .resident = 30 * kMiB, .budget = 32 * kMiB, .level = "high"}))
        _exit(98);
      body(**file);
      _exit(0);
    }
    ASSERT_EQ(waitpid(child_, &status_, 0), child_);
    ASSERT_FALSE(WIFEXITED(status_) && WEXITSTATUS(status_) > 90) << WEXITSTATUS(status_);
    ASSERT_FALSE(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGALRM) << "it hangs";
  }
  void expect_crash(int signal) {
    auto last = read_last_run(path_);
    EXPECT_EQ(last.end, End::kCrash) << describe(last);
    EXPECT_EQ(last.signal, signal);
    EXPECT_EQ(last.pid, child_);
    EXPECT_NE(describe(last).find(") crashed after 10s: " + signal_name(signal) + ", resident 30.0 MiB of 32.0 MiB"),
              std::string::npos)
        << describe(last);
#ifndef HOLTER_SANITIZED
    ASSERT_TRUE(WIFSIGNALED(status_)) << status_;
    EXPECT_EQ(WTERMSIG(status_), signal) << "it dies as it would have without us";
#endif
  }

  testing::FakeRoot folder_;
  std::string path_ = folder_.path() + "last-run.json";
  pid_t child_ = -1;
  int status_ = 0;
};

TEST_F(DyingProcess, by_sigkill_was_killed) {
  run([](RunFile&) { kill(getpid(), SIGKILL); });
  EXPECT_EQ(read_last_run(path_).end, End::kKilled) << describe_last_run(path_);
}

TEST_F(DyingProcess, cleanly_says_so) {
  run([](RunFile& file) { (void)!file.finish("SIGTERM", 12'000).has_value(); });
  EXPECT_EQ(read_last_run(path_).end, End::kClean) << describe_last_run(path_);
}

TEST_F(DyingProcess, by_a_write_to_nowhere) {
  run([](RunFile&) {
    volatile auto nowhere =
        reinterpret_cast<volatile int*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    *nowhere = 1;
  });
  expect_crash(SIGSEGV);
}

TEST_F(DyingProcess, by_a_write_to_nowhere_on_another_thread) {
  run([](RunFile&) {
    std::thread([] {
      CrashStack stack;
      volatile auto nowhere =
          reinterpret_cast<volatile int*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
      *nowhere = 1;
    }).join();
  });
  expect_crash(SIGSEGV);
}

TEST_F(DyingProcess, by_abort) {
  run([](RunFile&) { std::abort(); });
  expect_crash(SIGABRT);
}

TEST_F(DyingProcess, by_an_exception_that_nobody_catches) {
  run([](RunFile&) { std::thread([] { throw std::bad_alloc(); }).join(); });
  expect_crash(SIGABRT);
}

TEST_F(DyingProcess, by_a_file_that_is_shorter_than_its_mapping) {
  auto name = folder_.path() + "mapped";
  run([&](RunFile&) {
    int fd = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    *static_cast<volatile char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) = 1;
  });
  expect_crash(SIGBUS);
}

TEST_F(DyingProcess, by_a_signal_that_was_sent) {
  for (int signal : {SIGFPE, SIGILL, SIGSEGV}) {
    run([signal](RunFile&) { raise(signal); });
    expect_crash(signal);
  }
}

int endless(volatile char* above) {
  volatile char frame[1024];
  frame[0] = *above;
  if (frame[0] != 0) return 0;  // never
  return endless(frame) + frame[0];
}

TEST_F(DyingProcess, by_a_stack_that_overflows) {
  run([](RunFile&) {
    volatile char start = 0;
    _exit(endless(&start) != 0 ? 90 : 0);
  });
  expect_crash(SIGSEGV);
}

TEST_F(DyingProcess, by_a_crash_while_another_handler_was_there_runs_that_one_too) {
  auto seen = folder_.path() + "seen";
  static const char* path = nullptr;
  path = seen.c_str();
  struct sigaction before{}, action{};
  action.sa_handler = [](int) {
    close(::open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    _exit(7);
  };
  sigaction(SIGFPE, &action, &before);
  run([](RunFile&) { raise(SIGFPE); });
  sigaction(SIGFPE, &before, nullptr);
  EXPECT_EQ(read_last_run(path_).signal, SIGFPE);
  EXPECT_TRUE(fs::exists(seen));
}

/// A memory cgroup below our own with a limit of 64 MiB, where this process may make one.
class SmallGroup {
 public:
  SmallGroup() {
    for (const auto& group : memory_groups()) {
      auto parent = group.file("");
      path_ = parent + "holter-test-" + std::to_string(getpid());
      if (mkdir(path_.c_str(), 0755) != 0) continue;
      if (put(group.v2 ? "memory.max" : "memory.limit_in_bytes", std::to_string(64 * kMiB))) return;
      rmdir(path_.c_str());
    }
    path_.clear();
  }
  ~SmallGroup() {
    if (!path_.empty()) rmdir(path_.c_str());
  }
  explicit operator bool() const { return !path_.empty(); }
  bool join() const { return put("cgroup.procs", "0"); }

 private:
  bool put(const std::string& name, const std::string& text) const {
    int fd = ::open((path_ + "/" + name).c_str(), O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) close(fd);
    return done;
  }

  std::string path_;
};

void eat_memory() {
  for (;;) {
    void* block = mmap(nullptr, kMiB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return;
    std::memset(block, 1, kMiB);
  }
}

TEST_F(DyingProcess, by_the_oom_killer_is_out_of_memory) {
  SmallGroup group;
  if (!group) GTEST_SKIP() << "no memory cgroup can be made here";
  pid_t supervisor = fork();  // in the group, like what starts us again
  ASSERT_GE(supervisor, 0);
  if (supervisor == 0) {
    if (!group.join()) _exit(50);
    run([](RunFile&) { eat_memory(); });
    auto last = read_last_run(path_);
    bool told = last.end == End::kOutOfMemory && last.reason == "the kernel's OOM killer";
    _exit(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL && told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(supervisor, &status, 0), supervisor);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  auto last = read_last_run(path_);  // this process is outside of the group: only the machine's counter tells
  EXPECT_EQ(last.end, End::kOutOfMemory) << describe(last);
  EXPECT_EQ(last.reason, "the kernel's OOM killer was at work on this machine");
}

}  // namespace
}  // namespace holter
