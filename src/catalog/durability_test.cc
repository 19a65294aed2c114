// What was acknowledged is there after the program was killed, and after the disk was full, failed or was read-only.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/backup.h"
#include "catalog/documents.h"
#include "catalog/monitors.h"
#include "catalog/test_catalog.h"
#include "testing/small_disk.h"

namespace holter::catalog {
namespace {

using ::testing::HasSubstr;

Monitor named(const std::string& name) {
  Monitor monitor;
  monitor.name = name;
  monitor.app = "ping";
  monitor.labels = {{"a", "1"}};
  monitor.params = {{"host", "host", "db.example"}};
  return monitor;
}

class DurabilityTest : public ::testing::Test {
 protected:
  DurabilityTest() { options_.data_dir = directory_.path(); }
  Result<std::unique_ptr<Database>> open() { return Database::open(options_, clock_, budget_.account("catalog")); }
  static Result<Monitor> create(Database& database, const std::string& name) {
    return database.write<Monitor>("eva", [&](Transaction& t) { return create_monitor(t, named(name)); });
  }

  /// The program that is killed: stores monitors, several to a transaction now and then, and tells the number of each
  /// on the pipe once it is committed.
  [[noreturn]] void write_for_ever(int out, int first) {
    auto database = open();
    if (!database) {
      fmt::print(stderr, "{}\n", text_of(database));
      ::_exit(1);
    }
    for (int number = first;;) {
      int together = number % 5 == 0 ? 20 : 1;
      std::vector<Monitor> monitors;
      for (int i = 0; i < together; ++i) monitors.push_back(named(std::to_string(number + i)));
      auto stored = (*database)->write<std::vector<MonitorId>>(
          "eva", [&](Transaction& t) { return create_monitors(t, monitors); });
      if (!stored) {
        fmt::print(stderr, "{}\n", text_of(stored));
        ::_exit(1);
      }
      number += together;
      if (::write(out, &number, sizeof(number)) != sizeof(number)) ::_exit(2);  // all below it are acknowledged
    }
  }

  /// Runs the writer until it is killed at `after`; all numbers below the result are acknowledged.
  int run_and_kill(int first, std::chrono::microseconds after) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    auto child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_for_ever(ends[1], first);
    }
    ::close(ends[1]);
    int acknowledged = first, number = 0;
    std::jthread killer([&] {
      std::this_thread::sleep_for(after);
      ::kill(child, SIGKILL);
    });
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) acknowledged = number;
    killer.join();
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself: " << status;
    return acknowledged;
  }

  std::set<int> stored(Database& database) {
    std::set<int> numbers;
    for (MonitorId after{0};;) {
      auto page = read_monitors(database, after).value();
      if (page.empty()) return numbers;
      for (const auto& monitor : page) {
        EXPECT_EQ(monitor.params.size(), 1u) << "half a monitor";
        EXPECT_EQ(monitor.labels.size(), 1u) << "half a monitor";
        numbers.insert(std::stoi(monitor.name));
      }
      after = page.back().id;
    }
  }

  ScratchDirectory directory_;
  testing::FakeClock clock_;
  memory::Budget budget_{256 << 20};
  DatabaseOptions options_;
};

TEST_F(DurabilityTest, what_was_acknowledged_survives_a_hundred_kills_at_random_moments) {
  std::mt19937 random(17);
  ASSERT_TRUE(open().has_value());
  int next = 0;
  for (int round = 0; round < 100; ++round) {
    auto after = std::chrono::microseconds(std::uniform_int_distribution<int>(0, 60'000)(random));
    auto acknowledged = run_and_kill(next, after);
    auto database = open();
    ASSERT_TRUE(database.has_value()) << "round " << round << ": " << text_of(database);
    auto numbers = stored(**database);
    // Each acknowledged one, and beyond them whole transactions only.
    for (int number = 0; number < acknowledged; ++number)
      ASSERT_TRUE(numbers.contains(number)) << "round " << round << ": " << number << " was acknowledged and is lost";
    next = numbers.empty() ? 0 : *numbers.rbegin() + 1;
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(next));
    ASSERT_LE(next - acknowledged, 20) << "only the transaction that was on its way may be stored unacknowledged";
  }
  EXPECT_GT(next, 100) << "the writer hardly came to write";
  auto path = directory_.path() + "/after";
  auto checked = backup(options_, path);  // its integrity check reads every page and index
  ASSERT_TRUE(checked.has_value()) << text_of(checked);
  EXPECT_EQ(checked->monitors, static_cast<std::size_t>(next));
}

/// Stores until that fails, and says how many went well; the error must be `kind`.
int fill_up(Database& database, const std::string& prefix, ErrorCode kind, const char* words) {
  int stored = 0;
  for (;; ++stored) {
    if (stored == 1'000'000) return -1;
    auto monitor = named(fmt::format("{}{}", prefix, stored));
    monitor.description = std::string(3000, 'x');
    auto made = database.write<Monitor>("eva", [&](Transaction& t) { return create_monitor(t, monitor); });
    if (made) continue;
    if (made.error().code() != kind || made.error().message().find(words) == std::string::npos) {
      fmt::print(stderr, "an unexpected error: {}\n", text_of(made));
      return -1;
    }
    return stored;
  }
}

TEST_F(DurabilityTest, a_full_disk_is_an_error_nothing_acknowledged_is_lost_and_space_makes_it_go_on) {
  auto child = ::fork();
  if (child == 0) {
    auto fail = [](const std::string& why) {
      fmt::print(stderr, "{}\n", why);
      ::_exit(1);
    };
    options_.data_dir = testing::make_small_disk(4 << 20);  // ends the process where the kernel does not allow it
    std::ofstream(options_.data_dir + "/filler") << std::string(1 << 20, 'x');
    auto database = open();
    if (!database) fail(text_of(database));
    auto stored = fill_up(**database, "m", ErrorCode::kIo, "no space is left");
    if (stored < 20) fail(fmt::format("{} were stored", stored));
    if (count_monitors(**database).value() != static_cast<std::size_t>(stored)) fail("the count differs");
    std::filesystem::remove(options_.data_dir + "/filler");
    auto again = create(**database, "goes on");
    if (!again) fail(text_of(again));
    database->reset();
    database = open();
    if (!database) fail(text_of(database));
    if (count_monitors(**database).value() != static_cast<std::size_t>(stored) + 1)
      fail("something acknowledged is lost");
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(DurabilityTest, a_limit_on_file_sizes_is_met_like_a_full_disk) {
  auto child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto database = open();
    rlimit limit{1 << 20, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto stored = fill_up(**database, "m", ErrorCode::kIo, "File too large");
    limit.rlim_cur = RLIM_INFINITY;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    if (stored < 10 || !create(**database, "goes on")) ::_exit(1);
    ::_exit(count_monitors(**database).value() == static_cast<std::size_t>(stored) + 1 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

/// Stands in for the kernel's calls that write, below SQLite's file layer: a disk that turned read-only, or fails.
class FailingDisk {
 public:
  explicit FailingDisk(int error) : vfs_(sqlite_api::sqlite3_vfs_find(nullptr)) {
    error_ = error;
    replace("write", reinterpret_cast<sqlite_api::sqlite3_syscall_ptr>(&write_fails));
    for (const char* call : {"pwrite", "pwrite64"})
      replace(call, reinterpret_cast<sqlite_api::sqlite3_syscall_ptr>(&pwrite_fails));
  }
  ~FailingDisk() {
    for (const char* call : {"write", "pwrite", "pwrite64"}) replace(call, nullptr);
  }
  FailingDisk(const FailingDisk&) = delete;
  FailingDisk& operator=(const FailingDisk&) = delete;

 private:
  void replace(const char* call, sqlite_api::sqlite3_syscall_ptr function) {
    EXPECT_EQ(vfs_->xSetSystemCall(vfs_, call, function), SQLITE_OK) << call;
  }
  static ssize_t pwrite_fails(int, const void*, size_t, off_t) {
    errno = error_;
    return -1;
  }
  static ssize_t write_fails(int, const void*, size_t) {
    errno = error_;
    return -1;
  }
  static inline int error_ = 0;
  sqlite_api::sqlite3_vfs* const vfs_;
};

TEST_F(DurabilityTest, a_disk_that_turns_read_only_or_fails_is_an_error_and_work_goes_on_when_it_is_well) {
  auto database = open();
  ASSERT_TRUE(database.has_value()) << text_of(database);
  ASSERT_TRUE(create(**database, "1").has_value());
  const std::pair<int, const char*> kErrors[] = {
      {EROFS, "Read-only file system"}, {EIO, "Input/output error"}, {ENOSPC, "no space is left"}};
  for (const auto& [error, words] : kErrors) {
    {
      FailingDisk disk(error);
      auto failed = create(**database, "not stored");
      ASSERT_FALSE(failed.has_value()) << words;
      EXPECT_EQ(failed.error().code(), ErrorCode::kIo) << text_of(failed);
      EXPECT_THAT(failed.error().message(), HasSubstr(words));
      EXPECT_FALSE((*database)->in_transaction());
      EXPECT_EQ(count_monitors(**database).value(), 1u) << "reading goes on";
    }
  }
  ASSERT_TRUE(create(**database, "2").has_value());
  database->reset();
  database = open();
  ASSERT_TRUE(database.has_value()) << text_of(database);
  EXPECT_EQ(stored(**database), (std::set<int>{1, 2}));
}

class BackupTest : public DurabilityTest {
 protected:
  std::string path() const { return directory_.path() + "/backup.db"; }
};

TEST_F(BackupTest, holds_what_was_there_while_changes_go_on_and_can_be_restored) {
  auto database = open();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(create(**database, std::to_string(i)).has_value());
  std::atomic<bool> stop = false;
  std::atomic<int> written = 50;
  std::thread writer([&] {
    while (!stop) {
      if (!create(**database, std::to_string(written.load()))) break;
      ++written;
    }
  });
  auto before = written.load();
  auto made = backup(options_, path());
  auto after = written.load() + 1;
  while (written < after) std::this_thread::yield();
  stop = true;
  writer.join();
  ASSERT_TRUE(made.has_value()) << text_of(made);
  EXPECT_GE(made->monitors, static_cast<std::size_t>(before));
  EXPECT_LE(made->monitors, static_cast<std::size_t>(after));
  EXPECT_EQ(made->schema_version, kSchemaVersion);
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
  EXPECT_FALSE(std::filesystem::exists(path() + ".part"));

  EXPECT_EQ(check_backup(options_, path())->monitors, made->monitors);
  database->reset();
  auto restored = directory_.path() + "/restored";
  std::filesystem::create_directory(restored);
  std::filesystem::copy_file(path(), restored + "/catalog.db");
  options_.data_dir = restored;
  database = open();
  ASSERT_TRUE(database.has_value()) << text_of(database);
  auto numbers = stored(**database);
  EXPECT_EQ(numbers.size(), made->monitors);
  EXPECT_EQ(*numbers.rbegin() + 1, static_cast<int>(numbers.size())) << "one state, without gaps";
}

TEST_F(BackupTest, writes_over_no_file) {
  ASSERT_TRUE(open().has_value());
  ASSERT_TRUE(backup(options_, path()).has_value());
  auto again = backup(options_, path());
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict) << text_of(again);
  EXPECT_EQ(backup(options_, directory_.path() + "/none/x").error().code(), ErrorCode::kIo);
}

TEST_F(BackupTest, a_damaged_one_and_one_of_a_newer_program_are_refused) {
  {
    auto database = open();
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(create(**database, std::to_string(i)).has_value());
  }
  ASSERT_TRUE(backup(options_, path()).has_value());
  auto size = std::filesystem::file_size(path());
  std::filesystem::copy_file(path(), path() + ".good");
  {
    std::fstream stream(path(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(size / 2)).write(std::string(8192, 'x').data(), 8192);
  }
  EXPECT_EQ(check_backup(options_, path()).error().code(), ErrorCode::kCorruption);
  {
    soci::session sql(soci::sqlite3, "dbname=" + path() + ".good");
    sql << "INSERT INTO schema_versions VALUES (9, 1, 'newer')";
  }
  EXPECT_EQ(check_backup(options_, path() + ".good").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(BackupTest, of_postgresql_is_pg_dumps_work) {
  options_.postgresql = "host=127.0.0.1";
  auto refused = backup(options_, path());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message(), HasSubstr("pg_dump"));
}

}  // namespace
}  // namespace holter::catalog
