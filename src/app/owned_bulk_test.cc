#include <algorithm>

#include <gmock/gmock.h>

#include "app/test_owned.h"

namespace holter::app {
namespace {

using api::BulkOrder;
using ::testing::HasSubstr;

class OwnedBulkTest : public OwnedRig {
 protected:
  void make(int count) {
    for (int i = 0; i < count; ++i) ids.push_back(created(ping(fmt::format("m{:03}", i))).row.id);
  }
  api::BulkReport bulk(const BulkOrder& order) {
    auto report = run(owned->bulk(order, admin()));
    EXPECT_TRUE(report) << report.error().detail;
    return report ? *report : api::BulkReport();
  }
  unsigned refused(const BulkOrder& order) {
    auto report = run(owned->bulk(order, admin()));
    return report ? 200 : report.error().status;
  }
  api::Answered<api::ImportReport> import_all(std::vector<YamlNode> list) {
    std::size_t at = 0;
    return run(owned->import_all(
        [&]() -> Result<std::optional<YamlNode>> {
          return at == list.size() ? std::optional<YamlNode>() : std::optional(list[at++]);
        },
        admin()));
  }
  std::vector<YamlNode> exported() {
    std::vector<YamlNode> all;
    for (MonitorId after{};;) {
      auto page = run(owned->read_page(after, soon()));
      EXPECT_TRUE(page);
      if (!page || page->empty()) return all;
      for (auto& one : *page) all.push_back(std::move(one.fields));
      after = page->back().id;
    }
  }
  std::vector<MonitorId> ids;
};

TEST_F(OwnedBulkTest, pauses_resumes_and_deletes_what_matches) {
  make(12);
  BulkOrder pause{.action = BulkOrder::Action::kPause, .filter = {.text = "m00"}};
  auto report = bulk(pause);
  EXPECT_EQ(report.matched, 10U);
  EXPECT_EQ(report.changed, 10U);
  EXPECT_TRUE(in_fleet(ids[3])->paused);
  EXPECT_FALSE(in_fleet(ids[11])->paused);
  EXPECT_EQ(bulk(pause).changed, 0U);  // they are so already
  EXPECT_EQ(bulk({.action = BulkOrder::Action::kResume, .ids = {ids[3]}}).changed, 1U);
  EXPECT_FALSE(in_fleet(ids[3])->paused);
  EXPECT_EQ(bulk({.action = BulkOrder::Action::kDelete, .filter = {.text = "m00"}}).changed, 10U);
  EXPECT_EQ(rig.fleet.monitors().size(), 2U);
  EXPECT_EQ(run(owned->find(ids[3], admin())).error().status, 404U);
}

TEST_F(OwnedBulkTest, a_dry_run_changes_nothing) {
  make(3);
  for (auto action : {BulkOrder::Action::kPause, BulkOrder::Action::kDelete}) {
    auto report = bulk({.action = action, .ids = ids, .dry_run = true});
    EXPECT_EQ(report.matched, 3U);
    EXPECT_EQ(report.changed, 3U);
  }
  EXPECT_EQ(rig.fleet.monitors().size(), 3U);
  EXPECT_FALSE(in_fleet(ids[0])->paused);
  EXPECT_EQ(run(owned->find(ids[0], admin()))->ownership->version, 1U);
}

TEST_F(OwnedBulkTest, edits_reach_catalog_and_fleet) {
  make(3);
  auto report = bulk({.action = BulkOrder::Action::kEdit,
                      .ids = {ids[0], ids[1]},
                      .interval = std::chrono::minutes(5),
                      .criticality = model::Criticality::kLow,
                      .set_labels = {{"team", "net"}}});
  EXPECT_EQ(report.changed, 2U);
  EXPECT_EQ(in_fleet(ids[0])->interval, std::chrono::minutes(5));
  EXPECT_EQ(in_fleet(ids[0])->criticality, model::Criticality::kLow);
  EXPECT_EQ(in_fleet(ids[1])->labels, in_fleet(ids[0])->labels) << "shared";
  EXPECT_EQ(in_fleet(ids[2])->interval, seconds(60));
  // Whoever reads all again finds nothing to change.
  auto before = in_fleet(ids[0]);
  ASSERT_TRUE(run(owned->catch_up()));
  EXPECT_EQ(in_fleet(ids[0]), before);
  bulk({.action = BulkOrder::Action::kEdit, .ids = ids, .remove_labels = {"team"}});
  EXPECT_TRUE(in_fleet(ids[0])->labels->empty());
}

TEST_F(OwnedBulkTest, is_all_or_nothing) {
  make(2);
  add_of_file("m-of-file");
  MonitorId of_file{stable_hash(std::string("m-of-file"))};
  EXPECT_EQ(refused({.action = BulkOrder::Action::kPause, .ids = {ids[0], {99}}}), 404U);
  EXPECT_EQ(refused({.action = BulkOrder::Action::kPause, .ids = {ids[0], of_file}}), 409U);
  EXPECT_EQ(refused({.action = BulkOrder::Action::kEdit, .ids = ids, .interval = milliseconds(1)}), 400U);
  EXPECT_EQ(refused({.action = BulkOrder::Action::kEdit, .ids = ids, .set_labels = {{"", "x"}}}), 400U);
  model::Labels many;
  for (int i = 0; i < 33; ++i) many.emplace_back(fmt::format("k{}", i), "v");
  EXPECT_EQ(refused({.action = BulkOrder::Action::kEdit, .ids = ids, .set_labels = many}), 400U);
  EXPECT_FALSE(in_fleet(ids[0])->paused);
  // What a filter finds in files is only counted.
  auto report = bulk({.action = BulkOrder::Action::kPause, .filter = {.text = "m"}});
  EXPECT_EQ(report.matched, 2U);
  EXPECT_EQ(report.in_files, 1U);
  EXPECT_FALSE(in_fleet(of_file)->paused);
}

TEST_F(OwnedBulkTest, an_import_makes_all_or_none_and_says_why) {
  add_of_file("of file");
  auto report = import_all({ping("a"), map({{"name", text("b")}, {"app", text("pign")}}), ping("a"), ping("of file")});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->items, 4U);
  EXPECT_EQ(report->created, 0U);
  ASSERT_EQ(report->faulty, 3U);
  EXPECT_EQ(report->faults[0].index, 1U);
  EXPECT_EQ(report->faults[0].parameter, "app");
  EXPECT_THAT(report->faults[1].detail, HasSubstr("twice"));
  EXPECT_THAT(report->faults[2].detail, HasSubstr("monitors/site.yml"));
  EXPECT_EQ(rig.fleet.monitors().size(), 1U);
  report = import_all({ping("a"), ping("b")});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->created, 2U);
  EXPECT_EQ(rig.fleet.monitors().size(), 3U);
  auto taken = import_all({ping("c"), ping("b")});  // known to the catalog only
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().status, 409U);
  EXPECT_EQ(rig.fleet.monitors().size(), 3U);
}

TEST_F(OwnedBulkTest, what_is_exported_and_imported_is_the_same_but_for_secrets) {
  created(map({{"name", text("cron")},
               {"app", text("ping")},
               {"cron", text("0 0 8 * * *")},
               {"timezone", text("Europe/Berlin")},
               {"params", map({{"host", text("127.0.0.1")}})}}));
  created(map({{"name", text("full \"quoted\" \\ 名前")},
               {"app", text("website")},
               {"interval", text("1m30s500ms")},
               {"criticality", text("critical")},
               {"paused", text("true")},
               {"labels", map({{"a", text("1")}, {"b", text("")}})},
               {"annotations", map({{"runbook", text("line\nbreak")}})},
               {"description", text("<b>&\t")},
               {"params", map({{"host", text("127.0.0.1")},
                               {"port", text("8080")},
                               {"authType", text("Basic Auth")},
                               {"username", text("u")},
                               {"password", text("hunter2")}})}}));
  make(120);
  auto before = exported();
  ASSERT_EQ(before.size(), 122U);
  bulk({.action = BulkOrder::Action::kDelete, .filter = {.text = ""}, .ids = all_ids()});
  ASSERT_TRUE(exported().empty());
  auto report = import_all(before);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->created, 122U) << (report->faults.empty() ? "" : report->faults[0].detail);
  EXPECT_EQ(report->without_secrets, 1U);
  EXPECT_THAT(report->secrets_missing, ::testing::ElementsAre(HasSubstr("full")));
  auto after = exported();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(text_of(after[i]), text_of(before[i]));
}

/// What event streams hear of many monitors.
class OwnedJobsTest : public OwnedBulkTest {
 protected:
  std::vector<YamlNode> many(std::size_t count) {
    std::vector<YamlNode> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(ping(fmt::format("m{:03}", i)));
    return list;
  }
  std::vector<std::shared_ptr<const api::JobProgress>> jobs_told() {
    std::vector<std::shared_ptr<const api::JobProgress>> all;
    for (const auto& event : rig.events.since(0, 1'000))
      if (event.job) all.push_back(event.job);
    return all;
  }
  using State = api::JobProgress::State;
  using Phase = api::JobProgress::Phase;
};

TEST_F(OwnedJobsTest, an_import_of_many_is_told_from_its_check_to_its_end) {
  ASSERT_TRUE(import_all(many(200)));
  EXPECT_TRUE(jobs_told().empty());
  std::vector<YamlNode> list;
  for (int i = 0; i < 250; ++i) list.push_back(ping(fmt::format("n{:03}", i)));
  ASSERT_TRUE(import_all(std::move(list)));
  auto told = jobs_told();
  ASSERT_GE(told.size(), 4U);  // check, store, apply, done
  EXPECT_EQ(told.front()->phase, Phase::kCheck);
  EXPECT_EQ(told.front()->total, 0U);
  for (const auto& one : told) {
    EXPECT_EQ(one->kind, "monitors.import");
    EXPECT_EQ(one->started_by, "root");
    EXPECT_EQ(one->id, told.front()->id);
  }
  EXPECT_EQ(told.back()->state, State::kDone);
  EXPECT_EQ(told.back()->done, 250U);
  EXPECT_EQ(told.back()->total, 250U);
}

TEST_F(OwnedJobsTest, a_bulk_change_of_many_is_told_but_not_a_dry_run) {
  ASSERT_TRUE(import_all(many(260)));
  auto before = jobs_told().size();
  BulkOrder order{.action = BulkOrder::Action::kPause, .filter = {.text = "m"}, .dry_run = true};
  bulk(order);
  EXPECT_EQ(jobs_told().size(), before);
  order.dry_run = false;
  bulk(order);
  auto told = jobs_told();
  ASSERT_EQ(told.size(), before + 3);  // store, apply, done; the clock stands still
  EXPECT_EQ(told[before]->phase, Phase::kStore);
  EXPECT_EQ(told[before + 1]->phase, Phase::kApply);
  EXPECT_EQ(told[before + 1]->total, 260U);
  EXPECT_EQ(told.back()->state, State::kDone);
  EXPECT_EQ(told.back()->kind, "monitors.pause");
  EXPECT_EQ(told.back()->done, 260U);
}

TEST_F(OwnedJobsTest, an_import_with_faults_is_told_as_failed) {
  auto list = many(260);
  list.push_back(map({{"name", text("odd")}, {"app", text("no such")}}));
  auto report = import_all(std::move(list));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->faulty, 1U);
  auto events = rig.events.since(0, 1'000);
  ASSERT_FALSE(events.empty());
  ASSERT_NE(events.back().job, nullptr);
  EXPECT_EQ(events.back().job->state, State::kFailed);
  EXPECT_EQ(events.back().severity, "warning");
  EXPECT_THAT(events.back().text, HasSubstr("cannot import: 1 of 261 monitors have faults"));
}

}  // namespace
}  // namespace holter::app
