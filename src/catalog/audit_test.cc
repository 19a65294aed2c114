#include "catalog/audit.h"

#include <gmock/gmock.h>

#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;

class AuditTest : public OpenCatalogFixture {
 protected:
  /// One entry for each number, a second apart.
  void append(int count, const std::string& who = "eva", const std::string& before = "{}") {
    auto done = database_->write<void>(who, [&](Transaction&) -> Status {
      for (int i = 0; i < count; ++i) {
        clock_.advance(std::chrono::seconds(1));
        Transaction transaction(*database_, who, clock_.wall());
        AuditEntry entry;
        entry.what = "monitor.update";
        entry.target = fmt::format("monitor/{}", next_++ % 3);
        entry.before = before;
        TRY_OK(append_audit(transaction, entry));
      }
      return {};
    });
    ASSERT_TRUE(done.has_value()) << text_of(done);
  }
  std::size_t purge(WallTime oldest, std::size_t rows, std::size_t most = 10'000) {
    auto done =
        database_->write<std::size_t>("system", [&](Transaction& t) { return purge_audit(t, oldest, rows, most); });
    EXPECT_TRUE(done.has_value()) << text_of(done);
    return done.value_or(0);
  }
  std::vector<AuditEntry> read(const AuditQuery& query) {
    auto found = read_audit(*database_, query);
    EXPECT_TRUE(found.has_value()) << text_of(found);
    return found.value_or(std::vector<AuditEntry>());
  }
  int next_ = 0;
};
HOLTER_ON_BOTH_ENGINES(AuditTest);

TEST_P(AuditTest, is_read_newest_first_and_on_from_an_id) {
  append(250);
  auto page = read({});
  ASSERT_EQ(page.size(), 100u);
  EXPECT_EQ(page[0].time, clock_.wall());
  EXPECT_EQ(page[0].who, "eva");
  EXPECT_EQ(page[0].what, "monitor.update");
  std::size_t all = page.size();
  AuditQuery query;
  while (!page.empty()) {
    for (std::size_t i = 1; i < page.size(); ++i) EXPECT_LT(page[i].id, page[i - 1].id);
    query.before_id = page.back().id;
    page = read(query);
    all += page.size();
  }
  EXPECT_EQ(all, 250u);
}

TEST_P(AuditTest, is_read_by_target_person_and_time) {
  auto begin = clock_.wall();
  append(9);
  append(3, "ada");
  AuditQuery query;
  query.target = "monitor/1";
  EXPECT_EQ(read(query).size(), 4u);
  query.who = "ada";
  EXPECT_EQ(read(query).size(), 1u);
  query = AuditQuery();
  query.from = begin + std::chrono::seconds(2);
  query.to = begin + std::chrono::seconds(4);
  EXPECT_EQ(read(query).size(), 2u) << "from is inclusive, to exclusive";
}

TEST_P(AuditTest, a_page_of_large_entries_is_bounded_by_bytes) {
  append(200, "eva", std::string(60'000, 'x'));
  AuditQuery query;
  query.most = 1000;
  auto page = read(query);
  EXPECT_LT(page.size(), 100u);
  EXPECT_GE(page.size(), 8u);
}

TEST_P(AuditTest, is_purged_by_age_and_by_rows_oldest_first) {
  append(20);
  auto newest = read({}).front().id;
  EXPECT_EQ(purge(clock_.wall() - std::chrono::seconds(14), 1000), 5u);
  EXPECT_EQ(purge(WallTime(), 10), 5u);
  EXPECT_EQ(purge(WallTime(), 10), 0u);
  EXPECT_EQ(read({}).size(), 10u);
  EXPECT_EQ(read({}).front().id, newest);
  EXPECT_EQ(purge(WallTime(), 0, 4), 4u) << "no more at once than asked for";
  EXPECT_EQ(purge(WallTime::max(), 0), 6u);
  append(1);
  EXPECT_GT(read({}).front().id, newest) << "ids are not given again";
}

TEST_P(AuditTest, is_kept_with_the_change_that_it_tells_of_or_not_at_all) {
  auto failed = database_->write<void>("eva", [&](Transaction& t) -> Status {
    AuditEntry entry;
    entry.what = "x";
    TRY_OK(append_audit(t, entry));
    return Error(ErrorCode::kInvalidArgument, "cannot go on");
  });
  EXPECT_FALSE(failed.has_value());
  EXPECT_TRUE(read({}).empty());
}

TEST_P(AuditTest, sql_in_any_field_is_only_text) {
  const std::string evil = "x'); DELETE FROM audit; -- :who $1";
  auto done = database_->write<void>(
      evil, [&](Transaction& t) { return append_audit(t, {0, {}, {}, evil, evil, evil, evil}); });
  ASSERT_TRUE(done.has_value()) << text_of(done);
  AuditQuery query;
  query.target = query.who = evil;
  auto found = read(query);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].before, evil);
  EXPECT_EQ(found[0].after, evil);
  EXPECT_EQ(found[0].what, evil);
}

}  // namespace
}  // namespace holter::catalog
