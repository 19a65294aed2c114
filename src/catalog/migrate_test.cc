#include <array>
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "catalog/accounts.h"
#include "catalog/alert_objects.h"
#include "catalog/documents.h"
#include "catalog/folders.h"
#include "catalog/monitors.h"
#include "catalog/sessions.h"
#include "catalog/status_pages.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::HasSubstr;

class MigrateTest : public CatalogFixture {
 protected:
  /// Makes the catalog as a program of that version would have left it, with a row of data in it.
  void make_version(int version) {
    Connection connection;
    connection.options = options_;
    connection.engine = GetParam();
    auto fill = [&](Connection& fresh) -> Status {
      TRY_OK(migrate(fresh, clock_.wall(), version));
      if (version >= 1)
        fresh.sql << "INSERT INTO monitors VALUES (7, 'old', 'ping', 0, 60000, '', 'normal', '', '', 'ui', 3, 7, 1, "
                     "'a', 2, 'b')";
      if (version >= 2) fresh.sql << "INSERT INTO accounts VALUES ('eva', 'admin', 'hash', 0, 0, 0, 1, 1, 'a', 1, 'a')";
      if (version >= 3) fresh.sql << "INSERT INTO settings VALUES ('theme', '1', 1, 1, 'a')";
      if (version >= 4) fresh.sql << "INSERT INTO sessions VALUES ('hash', 'eva', 1, 1, 9, 'a', 'b')";
      if (version >= 5)
        fresh.sql << "INSERT INTO alert_objects VALUES (7, 'rule', 'old', 0, 1, 3, 1, 'a', 2, 'b', '{}')";
      if (version >= 6) fresh.sql << "INSERT INTO status_pages VALUES (7, 'old', 3, 1, 'a', 2, 'b', '', '{}', '')";
      return {};
    };
    if (GetParam() == Engine::kSqlite) {
      connection.path = options_.data_dir + "/catalog.db";
      auto made = create_sqlite(connection, fill);
      ASSERT_TRUE(made.has_value()) << text_of(made);
    } else {
      ASSERT_TRUE(prepare_postgresql(connection).has_value());
      auto opened = open_postgresql(connection);
      ASSERT_TRUE(opened.has_value()) << text_of(opened);
      auto filled = fill(connection);
      ASSERT_TRUE(filled.has_value()) << text_of(filled);
    }
  }

  std::vector<int> versions(Database& database) {
    std::vector<int> found(20);
    database.connection().sql << "SELECT version FROM schema_versions ORDER BY version", soci::into(found);
    return found;
  }
};
HOLTER_ON_BOTH_ENGINES(MigrateTest);

TEST_P(MigrateTest, leads_from_each_earlier_version_to_the_newest_and_keeps_the_data) {
  for (int from = 0; from <= kSchemaVersion; ++from) {
    SetUp();
    options_.data_dir = directory_.path() + "/" + std::to_string(from);
    std::filesystem::create_directory(options_.data_dir);
    make_version(from);
    auto database = open();
    ASSERT_NE(database, nullptr) << "from " << from;
    EXPECT_EQ(schema_version(database->connection()).value(), kSchemaVersion);
    EXPECT_THAT(versions(*database), ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
    if (from >= 1) EXPECT_EQ(find_monitor(*database, "old")->version, 3u) << "from " << from;
    if (from >= 2) EXPECT_EQ(find_account(*database, "eva")->role, "admin") << "from " << from;
    if (from >= 3) EXPECT_EQ(find_setting(*database, "theme")->json, "1") << "from " << from;
    if (from >= 4) EXPECT_EQ(find_session(*database, "hash")->account, "eva") << "from " << from;
    auto rule = find_alert_object(*database, AlertObjectKind::kRule, "old");
    EXPECT_EQ(rule.has_value(), from >= 5) << "from " << from;
    EXPECT_EQ(find_status_page(*database, "old").has_value(), from >= 6) << "from " << from;
    // And it works.
    auto made = database->write<Folder>("tester", [](Transaction& t) { return create_folder(t, "dc1"); });
    EXPECT_TRUE(made.has_value()) << text_of(made);
    auto account =
        database->write<Account>("tester", [](Transaction& t) { return create_account(t, {"ada", "user"}); });
    EXPECT_TRUE(account.has_value()) << text_of(account);
    auto silence = database->write<AlertObject>("tester", [](Transaction& t) {
      AlertObject object;
      object.kind = AlertObjectKind::kSilence;
      object.name = "new";
      return create_alert_object(t, object);
    });
    EXPECT_TRUE(silence.has_value()) << text_of(silence);
    auto page = database->write<StatusPage>(
        "tester", [](Transaction& t) { return create_status_page(t, {.slug = "new", .json = "{}"}); });
    EXPECT_TRUE(page.has_value()) << text_of(page);
  }
}

TEST_P(MigrateTest, does_nothing_the_second_time) {
  (void)open();
  auto database = open();
  auto again = migrate(database->connection(), clock_.wall());
  EXPECT_TRUE(again.has_value()) << text_of(again);
  EXPECT_THAT(versions(*database), ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_P(MigrateTest, keeps_nothing_of_a_migration_that_fails_half_way) {
  make_version(1);
  Connection connection;
  connection.options = options_;
  connection.engine = GetParam();
  if (GetParam() == Engine::kSqlite) {
    connection.path = options_.data_dir + "/catalog.db";
    ASSERT_TRUE(open_sqlite(connection).has_value());
  } else {
    ASSERT_TRUE(prepare_postgresql(connection).has_value());
    ASSERT_TRUE(open_postgresql(connection).has_value());
  }
  connection.sql << "CREATE TABLE settings (x INTEGER)";  // in the way of version 3; version 2 goes well
  auto failed = migrate(connection, clock_.wall());
  EXPECT_FALSE(failed.has_value());
  EXPECT_EQ(schema_version(connection).value(), 1);
  connection.sql << "DROP TABLE settings";
  EXPECT_TRUE(migrate(connection, clock_.wall()).has_value());
  EXPECT_EQ(schema_version(connection).value(), kSchemaVersion);
}

TEST_P(MigrateTest, refuses_the_catalog_of_a_newer_program_and_changes_nothing) {
  {
    auto database = open();
    database->connection().sql << "INSERT INTO schema_versions VALUES (7, 1, '9.7.5')";
  }
  auto failed = try_open();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(failed.error().message(), HasSubstr("program 9.7.5 made its schema version 7"));
  EXPECT_THAT(failed.error().message(), HasSubstr("knows up to 6"));
}

TEST_P(MigrateTest, of_processes_that_start_at_once_one_migrates_and_all_can_work) {
  constexpr int kProcesses = 6;
  std::array<int, 2> gate{};
  ASSERT_EQ(::pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(gate[1]);
      char byte = 0;
      (void)!::read(gate[0], &byte, 1);  // all begin when the parent closes its end
      auto database = try_open();
      if (!database) fmt::print(stderr, "{}\n", text_of(database));
      auto made = database ? (*database)->write<Folder>(
                                 "tester", [&](Transaction& t) { return create_folder(t, std::to_string(i)); })
                           : Result<Folder>(Error(ErrorCode::kInternal, "not open"));
      if (!made) fmt::print(stderr, "{}\n", text_of(made));
      ::_exit(made ? 0 : 1);
    }
    children.push_back(child);
  }
  ::close(gate[0]);
  ::close(gate[1]);
  for (auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  auto database = open();
  EXPECT_THAT(versions(*database), ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(read_folders(*database)->size(), kProcesses + 1u);
}

}  // namespace
}  // namespace holter::catalog
