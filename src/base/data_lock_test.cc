#include "base/data_lock.h"

#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testing/fake_root.h"

namespace holter {
namespace {

class DataLockTest : public ::testing::Test {
 protected:
  std::optional<DataLock::Holder> holder() const { return DataLock::holder(root_.path()).value(); }

  testing::FakeRoot root_;
};

TEST_F(DataLockTest, is_had_by_one_at_a_time_and_says_by_whom) {
  EXPECT_FALSE(holder().has_value()) << "there is no file yet";
  {
    auto lock = DataLock::take(root_.path());
    ASSERT_TRUE(lock.has_value()) << lock.error().message();
    auto second = DataLock::take(root_.path());
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code(), ErrorCode::kUnavailable);
    EXPECT_EQ(
        second.error().message(),
        fmt::format("cannot use the data directory {}: another process (pid {}) uses it", root_.path(), ::getpid()));
    ASSERT_TRUE(holder().has_value());
    EXPECT_EQ(holder()->pid, ::getpid());
    EXPECT_EQ(holder()->url, "");
    ASSERT_TRUE(lock->announce("https://127.0.0.1:2157").has_value());
    EXPECT_EQ(holder()->url, "https://127.0.0.1:2157");
  }
  EXPECT_FALSE(holder().has_value()) << "the file is there, the lock is not";
  EXPECT_TRUE(DataLock::take(root_.path()).has_value());
}

TEST_F(DataLockTest, ends_with_a_process_that_is_killed) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  auto child = ::fork();
  if (child == 0) {
    auto lock = DataLock::take(root_.path());
    char good = lock ? 'y' : 'n';
    (void)!::write(ready[1], &good, 1);
    ::pause();
    ::_exit(0);
  }
  char good = 0;
  ASSERT_EQ(::read(ready[0], &good, 1), 1);
  EXPECT_EQ(good, 'y');
  ASSERT_TRUE(holder().has_value());
  EXPECT_EQ(holder()->pid, child);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(holder().has_value());
  EXPECT_TRUE(DataLock::take(root_.path()).has_value());
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(DataLockTest, belongs_to_the_owner_of_the_directory_though_root_takes_it) {
  ASSERT_EQ(::geteuid(), 0U) << "this test runs as root";
  ASSERT_EQ(::chown(root_.path().c_str(), 12345, 12346), 0);
  ASSERT_TRUE(DataLock::take(root_.path()).has_value());
  struct stat about{};
  ASSERT_EQ(::stat((root_.path() + "/serve.lock").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 12345U);
  EXPECT_EQ(about.st_gid, 12346U);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
}

TEST_F(DataLockTest, tells_what_is_in_its_way) {
  auto none = DataLock::take(root_.path() + "/none");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), ErrorCode::kIo);
  std::filesystem::create_symlink("/etc/passwd", root_.path() + "/serve.lock");
  EXPECT_FALSE(DataLock::take(root_.path()).has_value()) << "no link is followed";
}

TEST_F(DataLockTest, believes_no_nonsense_in_the_file) {
  auto lock = DataLock::take(root_.path());
  ASSERT_TRUE(lock.has_value());
  root_.put("serve.lock", std::string("pid x\nurl \x1b[2J") + std::string(2000, 'u'));
  ASSERT_TRUE(holder().has_value());
  EXPECT_EQ(holder()->pid, 0);
  EXPECT_TRUE(holder()->url.starts_with("\\x1b[2J")) << holder()->url;
  EXPECT_LE(holder()->url.size(), 310U);
}

}  // namespace
}  // namespace holter
