#include "catalog/database.h"

#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "catalog/documents.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<Setting> put(Database& database, const std::string& name, const std::string& json, std::uint64_t version = 0) {
  return database.write<Setting>("tester", [&](Transaction& transaction) {
    Setting setting;
    setting.name = name;
    setting.json = json;
    setting.version = version;
    return put_setting(transaction, setting);
  });
}

class DatabaseTest : public CatalogFixture {};
HOLTER_ON_BOTH_ENGINES(DatabaseTest);

TEST_P(DatabaseTest, keeps_what_was_committed_when_it_is_opened_again) {
  {
    auto database = open();
    ASSERT_TRUE(put(*database, "retention", "30").has_value());
  }
  auto database = open();
  auto found = find_setting(*database, "retention");
  ASSERT_TRUE(found.has_value()) << text_of(found);
  EXPECT_EQ(found->json, "30");
  EXPECT_EQ(found->updated, clock_.wall());
  EXPECT_EQ(found->updated_by, "tester");
}

TEST_P(DatabaseTest, keeps_nothing_of_a_change_that_fails) {
  auto database = open();
  auto failed = database->write<void>("tester", [&](Transaction& transaction) -> Status {
    Setting setting;
    setting.name = "a";
    TRY_OK(put_setting(transaction, setting));
    return Error(ErrorCode::kInvalidArgument, "cannot go on");
  });
  EXPECT_EQ(text_of(failed), "invalid_argument: cannot go on");
  EXPECT_EQ(find_setting(*database, "a").error().code(), ErrorCode::kNotFound);
  EXPECT_FALSE(database->in_transaction());
}

TEST_P(DatabaseTest, a_savepoint_takes_back_its_own_part_only) {
  auto database = open();
  ASSERT_TRUE(database->begin().has_value());
  Transaction transaction(*database, "tester", clock_.wall());
  Setting setting;
  setting.name = "kept";
  ASSERT_TRUE(put_setting(transaction, setting).has_value());
  ASSERT_TRUE(database->savepoint().has_value());
  setting.name = "gone";
  ASSERT_TRUE(put_setting(transaction, setting).has_value());
  ASSERT_TRUE(database->rollback_to_savepoint().has_value());
  ASSERT_TRUE(database->commit().has_value());
  EXPECT_TRUE(find_setting(*database, "kept").has_value());
  EXPECT_FALSE(find_setting(*database, "gone").has_value());
}

TEST_P(DatabaseTest, waits_for_another_writer_and_gives_up_in_time) {
  options_.busy_timeout = milliseconds(50);
  auto first = open();
  auto second = open();
  ASSERT_TRUE(first->begin().has_value());
  auto refused = put(*second, "a", "1");
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnavailable) << text_of(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("another program holds"));
  first->rollback();
  EXPECT_TRUE(put(*second, "a", "1").has_value());
}

TEST_P(DatabaseTest, a_read_sees_one_state_throughout) {
  auto first = open();
  auto second = open();
  ASSERT_TRUE(put(*first, "a", "1").has_value());
  auto seen = first->read<std::string>([&]() -> Result<std::string> {
    TRY(auto before, find_setting(*first, "a"));
    TRY_OK(put(*second, "a", "2", 1));
    TRY(auto after, find_setting(*first, "a"));
    return before.json + after.json;
  });
  EXPECT_EQ(seen.value(), "11");
  EXPECT_EQ(find_setting(*first, "a")->json, "2");
}

TEST_P(DatabaseTest, takes_its_librarys_memory_from_the_account_and_is_refused_without) {
  options_.library_bytes = 4 << 20;
  auto database = open();
  EXPECT_EQ(account().held(), std::size_t{4 << 20});
  database.reset();
  EXPECT_EQ(account().held(), 0u);
  account().set_limit(1 << 20);
  EXPECT_EQ(try_open().error().code(), ErrorCode::kResourceExhausted);
}

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() { options_.data_dir = directory_.path(); }
  Result<std::unique_ptr<Database>> open() { return Database::open(options_, clock_, budget_.account("catalog")); }
  std::string file() const { return options_.data_dir + "/catalog.db"; }
  void spoil(std::streamoff at, std::size_t bytes) {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at).write(std::string(bytes, '\x55').data(), static_cast<std::streamsize>(bytes));
    ASSERT_TRUE(stream.good());
  }

  ScratchDirectory directory_;
  testing::FakeClock clock_;
  memory::Budget budget_{256 << 20};
  DatabaseOptions options_;
};

TEST_F(SqliteTest, makes_files_that_nobody_else_can_read) {
  auto database = open();
  ASSERT_TRUE(database.has_value()) << text_of(database);
  ASSERT_TRUE(put(**database, "a", "1").has_value());
  for (const char* end : {"", "-wal", "-shm"}) {
    struct stat info{};
    ASSERT_EQ(::stat((file() + end).c_str(), &info), 0) << end;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << end;
  }
}

TEST_F(SqliteTest, takes_the_right_to_read_from_others_when_a_copy_has_it) {
  ASSERT_TRUE(open().has_value());
  ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
  ASSERT_TRUE(open().has_value());
  struct stat info{};
  ASSERT_EQ(::stat(file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(SqliteTest, syncs_each_commit_and_checks_references) {
  auto database = open();
  ASSERT_TRUE(database.has_value());
  auto pragma = [&](const std::string& name) {
    std::string value;
    (*database)->connection().sql << "PRAGMA " + name, soci::into(value);
    return value;
  };
  EXPECT_EQ(pragma("journal_mode"), "wal");
  EXPECT_EQ(pragma("synchronous"), "2");
  EXPECT_EQ(pragma("foreign_keys"), "1");
}

TEST_F(SqliteTest, works_in_a_directory_with_blanks_and_quotes_in_its_name) {
  options_.data_dir += "/it's a = b";
  std::filesystem::create_directory(options_.data_dir);
  ASSERT_TRUE(open().has_value());
  EXPECT_TRUE(std::filesystem::exists(file()));
  options_.data_dir += "/\"";
  std::filesystem::create_directory(options_.data_dir);
  EXPECT_EQ(open().error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SqliteTest, leaves_nothing_but_the_catalog_behind_when_it_was_made) {
  ASSERT_TRUE(open().has_value());
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(options_.data_dir))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::ElementsAre("catalog.db"));
}

TEST_F(SqliteTest, names_a_directory_that_is_not_there) {
  options_.data_dir += "/none";
  auto failed = open();
  EXPECT_EQ(failed.error().code(), ErrorCode::kIo);
  EXPECT_THAT(failed.error().message(), HasSubstr(options_.data_dir));
}

TEST_F(SqliteTest, refuses_a_torn_file_and_says_what_to_do_and_leaves_it_as_it_is) {
  ASSERT_TRUE(open().has_value());
  auto whole = std::filesystem::file_size(file());
  const std::pair<const char*, std::function<void()>> kDamages[] = {
      {"cut to nothing", [&] { std::filesystem::resize_file(file(), 0); }},
      {"cut in the middle", [&] { std::filesystem::resize_file(file(), whole / 2); }},
      {"header overwritten", [&] { spoil(0, 100); }},
      {"pages overwritten", [&] { spoil(4096, whole - 4096); }},
      {"text instead",
       [&] { std::ofstream(file()) << "not a database, but longer than a hundred bytes: " << std::string(200, '.'); }},
  };
  std::filesystem::copy_file(file(), file() + ".copy");
  for (const auto& [name, damage] : kDamages) {
    std::filesystem::copy_file(file() + ".copy", file(), std::filesystem::copy_options::overwrite_existing);
    damage();
    auto size = std::filesystem::file_size(file());
    auto failed = open();
    ASSERT_FALSE(failed.has_value()) << name;
    EXPECT_EQ(failed.error().code(), ErrorCode::kCorruption) << name << ": " << text_of(failed);
    EXPECT_THAT(failed.error().message(), HasSubstr(file())) << name;
    EXPECT_THAT(failed.error().message(), HasSubstr("restore it from a backup")) << name;
    EXPECT_EQ(std::filesystem::file_size(file()), size) << name;
  }
}

TEST_F(SqliteTest, refuses_to_begin_anew_beside_the_log_of_a_lost_file) {
  ASSERT_TRUE(open().has_value());
  std::filesystem::rename(file(), file() + "-wal");
  auto failed = open();
  EXPECT_EQ(failed.error().code(), ErrorCode::kCorruption);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SqliteTest, refuses_the_database_of_another_program) {
  {
    soci::session sql(soci::sqlite3, "dbname=" + file());
    sql << "CREATE TABLE t (a INTEGER)";
  }
  auto failed = open();
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(failed.error().message(), HasSubstr("another program"));
}

TEST_F(SqliteTest, ends_a_call_at_its_memory_bound_and_goes_on) {
  options_.library_bytes = 1 << 20;
  auto database = open();
  ASSERT_TRUE(database.has_value()) << text_of(database);
  auto large = (*database)->write<void>("tester", [&](Transaction& transaction) {
    return guarded(transaction.database(), "store a large text", [](soci::session& sql) -> Status {
      sql << "INSERT INTO definitions (app, version, deleted, text, created_ms, created_by) "
             "VALUES ('large', 1, 0, hex(zeroblob(524288)), 0, 'tester')";
      return {};
    });
  });
  EXPECT_EQ(large.error().code(), ErrorCode::kResourceExhausted) << text_of(large);
  EXPECT_THAT(large.error().message(), HasSubstr("SQLite may hold 1048576 bytes"));
  auto small = (*database)->write<DefinitionText>("tester", [&](Transaction& transaction) {
    return put_definition(transaction, "small", 0, std::string(1000, 'x'));
  });
  EXPECT_TRUE(small.has_value()) << text_of(small);
}

class PostgresqlTest : public CatalogFixture {};
INSTANTIATE_TEST_SUITE_P(Only, PostgresqlTest, ::testing::Values(Engine::kPostgresql), engine_name);

TEST_P(PostgresqlTest, tells_no_password) {
  auto with = [&](std::string from, const std::string& to) {
    auto at = options_.postgresql.find(from);
    auto text = options_.postgresql;
    return text.replace(at, from.size(), to);
  };
  auto good = options_.postgresql;
  std::vector<std::pair<std::string, ErrorCode>> cases = {
      {with("password=secret", "password=wrong-secret"), ErrorCode::kUnauthenticated},
      {with("host=127.0.0.1", "host=nowhere.invalid") + " password=wrong-secret", ErrorCode::kUnavailable},
      {"wrong-secret", ErrorCode::kInvalidArgument},
      {"postgresql://owner:wrong-secret@127.0.0.1:1/x", ErrorCode::kUnavailable},
      {"postgresql://owner:wrong-secret@[::1/x", ErrorCode::kInvalidArgument},
  };
  for (const auto& [text, code] : cases) {
    options_.postgresql = text;
    auto failed = try_open();
    ASSERT_FALSE(failed.has_value()) << text;
    EXPECT_EQ(failed.error().code(), code) << text_of(failed);
    EXPECT_THAT(failed.error().message(), Not(HasSubstr("wrong-secret"))) << text;
  }
  options_.postgresql = good;
  auto database = open();
  EXPECT_THAT(database->name(), Not(HasSubstr("secret")));
  EXPECT_THAT(database->name(), HasSubstr("postgresql://127.0.0.1:"));
}

TEST_P(PostgresqlTest, ends_a_statement_that_takes_too_long) {
  options_.statement_timeout = milliseconds(100);
  auto database = open();
  auto slow = guarded(*database, "sleep", [](soci::session& sql) -> Status {
    sql << "SELECT pg_sleep(30)";
    return {};
  });
  EXPECT_EQ(text_of(slow), "timeout: cannot sleep: the server ended the statement");
  EXPECT_TRUE(put(*database, "a", "1").has_value());
}

TEST_P(PostgresqlTest, refuses_a_database_that_is_not_utf8) {
  {
    soci::session sql(soci::postgresql, options_.postgresql);
    sql << fmt::format("CREATE DATABASE latin_{} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
                       ::getpid());
  }
  options_.postgresql += fmt::format(" dbname=latin_{}", ::getpid());
  auto failed = try_open();
  EXPECT_EQ(failed.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(failed.error().message(), HasSubstr("LATIN1"));
}

}  // namespace
}  // namespace holter::catalog
