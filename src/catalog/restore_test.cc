// Backups that take the catalog's place.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catalog/alert_objects.h"
#include "catalog/alert_states.h"
#include "catalog/backup.h"
#include "catalog/incidents.h"
#include "catalog/monitors.h"
#include "catalog/outbox_lanes.h"
#include "catalog/status_pages.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RestoreTest : public ::testing::Test {
 protected:
  RestoreTest() { options_.data_dir = directory_.path(); }

  std::unique_ptr<Database> open() {
    auto opened = Database::open(options_, clock_, budget_.account("catalog"));
    EXPECT_TRUE(opened.has_value()) << text_of(opened);
    return opened ? std::move(*opened) : nullptr;
  }
  static void create(Database& database, const std::string& name) {
    Monitor monitor;
    monitor.name = name;
    monitor.app = "ping";
    monitor.params = {{"host", "host", "db.example"}, {"password", "password", "v1.sealed of " + name, true}};
    auto made = database.write<Monitor>("eva", [&](Transaction& t) { return create_monitor(t, monitor); });
    ASSERT_TRUE(made.has_value()) << text_of(made);
  }
  /// How many monitors the catalog has now.
  std::size_t monitors() {
    auto database = open();
    return database ? count_monitors(*database).value() : 0;
  }
  /// A catalog of `before` monitors, whose backup has `in_backup` of them.
  void fill(int in_backup, int before) {
    auto database = open();
    for (int i = 0; i < in_backup; ++i) create(*database, std::to_string(i));
    auto made = backup(options_, backup_);
    ASSERT_TRUE(made.has_value()) << text_of(made);
    for (int i = in_backup; i < before; ++i) create(*database, std::to_string(i));
  }
  Result<Restored> restored(const BackupWatch& watch = {}) {
    return restore(options_, backup_, WallTime(milliseconds(1'790'000'000'123)), watch);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_.path())) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  ScratchDirectory directory_, elsewhere_;
  testing::FakeClock clock_;
  memory::Budget budget_{256 << 20};
  DatabaseOptions options_;
  const std::string place_ = directory_.path() + "/catalog.db";
  const std::string backup_ = elsewhere_.path() + "/backup.db";
};

TEST_F(RestoreTest, puts_the_backup_in_place_and_keeps_what_was_there) {
  fill(3, 5);
  std::vector<std::string> sealed;
  std::uint64_t done = 0, all = 0;
  auto result = restored({.progress =
                              [&](std::uint64_t d, std::uint64_t a) {
                                done = d;
                                all = a;
                              },
                          .sealed = [&](std::string_view text) { sealed.emplace_back(text); }});
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->info.monitors, 3U);
  EXPECT_EQ(result->info.sealed, 3U);
  EXPECT_THAT(sealed, ::testing::UnorderedElementsAre("v1.sealed of 0", "v1.sealed of 1", "v1.sealed of 2"));
  EXPECT_EQ(done, all);
  EXPECT_EQ(all, result->info.bytes);
  EXPECT_EQ(result->former, place_ + ".former-2026-09-21T14.13.20.123Z");
  EXPECT_THAT(files(), ::testing::ElementsAre("catalog.db", "catalog.db.former-2026-09-21T14.13.20.123Z"));
  EXPECT_EQ(fs::status(place_).permissions(), fs::perms(0600));
  EXPECT_EQ(monitors(), 3U);
  // What was there is whole, its log included.
  fs::rename(result->former, place_);
  EXPECT_EQ(monitors(), 5U);
}

TEST_F(RestoreTest, brings_alerting_back_and_tells_the_secrets_of_receivers) {
  AlertObject receiver;
  receiver.kind = AlertObjectKind::kReceiver;
  receiver.name = "mail";
  receiver.json = R"({"password":"sealed:v1.one","more":{"token":"sealed:v1.two"}})";
  Incident incident;
  incident.rule = "disk full";
  incident.started = clock_.wall();
  NewMessage message{{.key = "k", .receiver = "mail", .channel = "email", .message = "it is full"}, {}};
  {
    auto database = open();
    auto stored = database->write<void>("eva", [&](Transaction& t) -> Status {
      TRY(receiver, create_alert_object(t, receiver));
      TRY(auto opened, open_incidents(t, {&incident, 1}));
      incident = find_incident(t.database(), opened.front().id).value();
      message.events = {{.incident = incident.id, .text = "told"}};
      TRY_OK(enqueue_outbox(t, {&message, 1}));
      return put_states(t, StateTable::kAlerts, std::vector<StoredState>{{"disk full:1", "{}", {}}});
    });
    ASSERT_TRUE(stored.has_value()) << text_of(stored);
    ASSERT_TRUE(backup(options_, backup_).has_value());
    auto gone = database->write<void>(
        "eva", [&](Transaction& t) { return delete_alert_object(t, AlertObjectKind::kReceiver, receiver.id); });
    ASSERT_TRUE(gone.has_value()) << text_of(gone);
  }
  std::vector<std::string> sealed;
  auto result = restored({.progress = {}, .sealed = [&](std::string_view text) { sealed.emplace_back(text); }});
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->info.sealed, 2U);
  EXPECT_THAT(sealed, ::testing::UnorderedElementsAre("v1.one", "v1.two"));
  auto database = open();
  EXPECT_EQ(find_alert_object(*database, AlertObjectKind::kReceiver, "mail").value(), receiver);
  EXPECT_EQ(find_incident(*database, incident.id).value(), incident);
  EXPECT_EQ(read_incident_events(*database, incident.id)->size(), 2U);
  EXPECT_EQ(read_due_of_lane(*database, "mail", clock_.wall(), 10, 1 << 20)->front().message, "it is full");
  EXPECT_EQ(read_states(*database, StateTable::kAlerts, "")->front().key, "disk full:1");
}

TEST_F(RestoreTest, brings_status_pages_back_with_what_was_announced) {
  StatusPage page{.slug = "acme", .json = R"({"title":"Acme"})", .logo_type = "image/png", .logo = "iVBORw0KGgo="};
  StatusAnnouncement announcement;
  {
    auto database = open();
    auto stored = database->write<void>("eva", [&](Transaction& t) -> Status {
      TRY(page, create_status_page(t, page));
      TRY(announcement,
          create_status_announcement(
              t, {.page = page.id, .title = "Slow", .kind = "incident", .state = "investigating", .impact = "minor"}));
      TRY_OK(add_status_update(t, announcement.id, {.time = clock_.wall(), .state = "identified", .text = "the disk"}));
      return {};
    });
    ASSERT_TRUE(stored.has_value()) << text_of(stored);
    ASSERT_TRUE(backup(options_, backup_).has_value());
    auto gone = database->write<void>("eva", [&](Transaction& t) { return delete_status_page(t, page.id); });
    ASSERT_TRUE(gone.has_value()) << text_of(gone);
  }
  auto result = restored();
  ASSERT_TRUE(result.has_value()) << text_of(result);
  auto database = open();
  EXPECT_EQ(find_status_page(*database, "acme").value(), page);
  EXPECT_EQ(find_status_announcement(*database, page.id, announcement.id).value(), announcement);
  EXPECT_EQ(read_status_updates(*database, announcement.id)->front().text, "the disk");
}

TEST_F(RestoreTest, reads_backups_from_before_there_was_alerting) {
  Connection connection;
  connection.options = options_;
  connection.path = backup_;
  auto made = create_sqlite(connection, [&](Connection& fresh) { return migrate(fresh, clock_.wall(), 4); });
  ASSERT_TRUE(made.has_value()) << text_of(made);
  auto result = restored();
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->info.schema_version, 4);
  EXPECT_EQ(count_alert_objects(*open(), AlertObjectKind::kRule).value(), 0U);
}

TEST_F(RestoreTest, needs_no_catalog_to_be_there) {
  fill(2, 2);
  fs::remove(place_);
  auto result = restored();
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->former, "");
  EXPECT_EQ(monitors(), 2U);
}

TEST_F(RestoreTest, is_refused_while_a_program_has_the_catalog_open) {
  fill(1, 2);
  auto database = open();
  EXPECT_EQ(count_monitors(*database).value(), 2U);
  auto result = restored();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kUnavailable);
  EXPECT_THAT(result.error().message(), HasSubstr("a program has it open"));
  create(*database, "goes on");
  database.reset();
  EXPECT_EQ(monitors(), 3U);
  EXPECT_THAT(files(), ::testing::ElementsAre("catalog.db")) << "nothing is left behind";
}

TEST_F(RestoreTest, a_damaged_catalog_and_its_log_are_not_read_into_the_new_one) {
  fill(3, 8);
  {  // as after a power cut: the log is there
    auto database = open();
    create(*database, "in the log");
    fs::copy_file(place_ + "-wal", elsewhere_.path() + "/wal");
  }
  for (bool file_is_gone : {false, true}) {
    fs::copy_file(elsewhere_.path() + "/wal", place_ + "-wal");
    if (file_is_gone)
      fs::remove(place_);
    else
      std::ofstream(place_, std::ios::in | std::ios::out | std::ios::binary) << std::string(4096, 'x');
    auto result = restored();
    ASSERT_TRUE(result.has_value()) << text_of(result);
    // What SQLite can still read of the log is in the file by now.
    EXPECT_EQ(fs::exists(result->former), !file_is_gone);
    EXPECT_EQ(fs::exists(result->former + "-wal"), file_is_gone);
    EXPECT_FALSE(fs::exists(place_ + "-wal"));
    EXPECT_EQ(monitors(), 3U);
  }
}

TEST_F(RestoreTest, a_backup_that_is_damaged_or_none_changes_nothing) {
  fill(1, 2);
  std::ofstream(backup_, std::ios::in | std::ios::out | std::ios::binary).seekp(8192) << std::string(4096, 'x');
  EXPECT_EQ(restored().error().code(), ErrorCode::kCorruption);
  std::ofstream(backup_, std::ios::trunc) << "not a database at all, but long enough to be looked at";
  EXPECT_FALSE(restored().has_value());
  fs::remove(backup_);
  EXPECT_EQ(restored().error().code(), ErrorCode::kIo);
  EXPECT_THAT(files(), ::testing::ElementsAre("catalog.db"));
  EXPECT_EQ(monitors(), 2U);
}

TEST_F(RestoreTest, two_in_the_same_moment_keep_both_former_ones) {
  fill(1, 2);
  auto first = restored();
  auto second = restored();
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(second->former, first->former + "-2");
  EXPECT_TRUE(fs::exists(first->former) && fs::exists(second->former));
}

TEST_F(RestoreTest, killed_at_any_moment_it_leaves_the_one_or_the_other) {
  fill(3, 5);
  std::mt19937 random(7);
  int old = 0, fresh = 0;
  for (int round = 0; round < 60; ++round) {
    auto child = ::fork();
    if (child == 0) ::_exit(restored().has_value() ? 0 : 1);
    ::usleep(random() % 30'000);  // NOLINT: the moment of the kill is the test
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0);
    ASSERT_TRUE(fs::exists(place_)) << "a start would make an empty catalog";
    auto now = monitors();
    ASSERT_TRUE(now == 3 || now == 5) << now;
    ++(now == 5 ? old : fresh);
    if (now == 5) continue;
    auto database = open();
    create(*database, "3");
    create(*database, "4");
  }
  EXPECT_GT(old + fresh, 0);
}

TEST_F(RestoreTest, of_root_belongs_to_the_owner_of_the_data_directory) {
  ASSERT_EQ(::geteuid(), 0U) << "this test runs as root";
  fill(1, 1);
  ASSERT_EQ(::chown(directory_.path().c_str(), 12345, 12346), 0);
  ASSERT_TRUE(restored().has_value());
  struct stat about{};
  ASSERT_EQ(::stat(place_.c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, 12345U);
  EXPECT_EQ(about.st_gid, 12346U);
}

TEST_F(RestoreTest, with_postgresql_is_its_own_programs_business) {
  options_.postgresql = "host=127.0.0.1";
  auto result = restored();
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message(), HasSubstr("pg_restore"));
}

}  // namespace
}  // namespace holter::catalog
