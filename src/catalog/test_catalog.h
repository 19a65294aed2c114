#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "catalog/database.h"
#include "catalog/session.h"
#include "memory/account.h"
#include "testing/database_servers.h"
#include "testing/fake_clock.h"

namespace holter::catalog {

/// One PostgreSQL for all tests of the program.
inline testing::RealServer& postgresql_server() {
  static auto server = testing::start_postgresql();
  return *server;
}

/// A database of its own in that server; its connection string. Empty when the server is not there, which the fixture
/// asserts.
inline std::string new_postgresql_database() {
  static int count = 0;
  auto& server = postgresql_server();
  if (!server.running()) return {};
  auto info = fmt::format("host=127.0.0.1 port={} user=owner password=secret", server.port());
  auto name = fmt::format("catalog_{}_{}", ::getpid(), ++count);
  soci::session sql(soci::postgresql, info + " dbname=postgres");
  sql << "CREATE DATABASE " + name;
  return info + " dbname=" + name;
}

/// A directory that goes with the object.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    const char* temp = std::getenv("TMPDIR");
    path_ = std::string(temp != nullptr ? temp : "/tmp") + "/holter-catalog-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Options of an empty catalog in SQLite, or in a real PostgreSQL.
class CatalogFixture : public ::testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    options_.data_dir = directory_.path();
    if (GetParam() != Engine::kPostgresql) return;
    options_.postgresql = new_postgresql_database();
    ASSERT_FALSE(options_.postgresql.empty()) << "PostgreSQL is not there: install the test packages of tools/deps.tsv";
  }

  Result<std::unique_ptr<Database>> try_open() { return Database::open(options_, clock_, account()); }
  std::unique_ptr<Database> open() {
    auto opened = try_open();
    EXPECT_TRUE(opened.has_value()) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  memory::Account& account() { return budget_.account("catalog"); }

  ScratchDirectory directory_;
  testing::FakeClock clock_;
  memory::Budget budget_{256 << 20};
  DatabaseOptions options_;
};

/// The same with an open database.
class OpenCatalogFixture : public CatalogFixture {
 protected:
  void SetUp() override {
    CatalogFixture::SetUp();
    if (!HasFatalFailure()) database_ = open();
    ASSERT_NE(database_, nullptr);
  }

  std::unique_ptr<Database> database_;
};

/// The same tests on both engines.
inline auto engine_name(const ::testing::TestParamInfo<Engine>& info) {
  return info.param == Engine::kSqlite ? "Sqlite" : "Postgresql";
}
#define HOLTER_ON_BOTH_ENGINES(Suite) \
  INSTANTIATE_TEST_SUITE_P(Both, Suite, ::testing::Values(Engine::kSqlite, Engine::kPostgresql), engine_name)

/// The error of a Result that should have none.
template <class T>
std::string text_of(const Result<T>& result) {
  return result ? "no error" : fmt::format("{}: {}", to_string(result.error().code()), result.error().message());
}

}  // namespace holter::catalog
