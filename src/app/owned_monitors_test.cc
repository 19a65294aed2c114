#include <algorithm>

#include <gmock/gmock.h>

#include "app/test_owned.h"

namespace holter::app {
namespace {

using ::testing::HasSubstr;

class OwnedMonitorsTest : public OwnedRig {};

TEST_F(OwnedMonitorsTest, a_new_one_is_stored_and_runs) {
  auto detail = created(ping("a"));
  EXPECT_EQ(detail.row.name, "a");
  EXPECT_EQ(detail.ownership->version, 1U);
  ASSERT_NE(in_fleet(detail.row.id), nullptr);
  EXPECT_GT(load, 0);
  rig.fleet.flush();
  rig.run_shard();
  EXPECT_EQ(rig.jobs(), 1U);
  auto found = run(owned->find(detail.row.id, admin()));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->ownership->created_by, "root");
  EXPECT_EQ(run(owned->find({99}, admin())).error().status, 404U);
}

TEST_F(OwnedMonitorsTest, a_name_that_is_taken_is_a_conflict) {
  created(ping("a"));
  auto again = run(owned->create(ping("a"), admin()));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().status, 409U);
  EXPECT_EQ(again.error().parameter, "name");
  add_of_file("of file");
  auto of_file = run(owned->create(ping("of file"), admin()));
  ASSERT_FALSE(of_file);
  EXPECT_EQ(of_file.error().status, 409U);
  EXPECT_THAT(of_file.error().detail, HasSubstr("monitors/site.yml"));
}

TEST_F(OwnedMonitorsTest, what_stands_in_a_file_is_not_changed_here) {
  add_of_file("of file");
  MonitorId id{stable_hash(std::string("of file"))};
  for (auto answer : {run(owned->patch(id, {}, map({}), admin())), run(owned->replace(id, {}, ping("x"), admin())),
                      run(owned->set_paused(id, {}, true, admin())), run(owned->clone(id, map({}), admin()))}) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().status, 409U);
    EXPECT_THAT(answer.error().detail, HasSubstr("monitors/site.yml"));
  }
  EXPECT_EQ(run(owned->remove(id, {}, admin())).error().status, 409U);
}

TEST_F(OwnedMonitorsTest, a_change_is_of_the_version_that_it_names) {
  auto id = created(ping("a")).row.id;
  auto changed = run(owned->patch(id, 1, map({{"interval", text("30s")}}), admin()));
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->ownership->version, 2U);
  EXPECT_EQ(in_fleet(id)->interval, seconds(30));
  EXPECT_EQ(status_of(run(owned->patch(id, 1, map({{"interval", text("40s")}}), admin()))), 412U);
  EXPECT_EQ(status_of(run(owned->replace(id, 7, ping("b"), admin()))), 412U);
  EXPECT_EQ(run(owned->remove(id, 1, admin())).error().status, 412U);
  EXPECT_EQ(in_fleet(id)->interval, seconds(30));
  auto replaced = run(owned->replace(id, 2, ping("b"), admin()));
  ASSERT_TRUE(replaced);
  EXPECT_EQ(in_fleet(id)->name, "b");
  EXPECT_EQ(in_fleet(id)->interval, seconds(60));  // not given: the default
  EXPECT_EQ(load, 1.0 / 60);
}

TEST_F(OwnedMonitorsTest, pausing_and_resuming_reach_the_fleet) {
  auto id = created(ping("a")).row.id;
  auto paused = run(owned->set_paused(id, {}, true, admin()));
  ASSERT_TRUE(paused) << paused.error().detail;
  EXPECT_EQ(paused->row.state, model::State::kPaused);
  EXPECT_TRUE(in_fleet(id)->paused);
  EXPECT_EQ(load, 0);
  auto resumed = run(owned->set_paused(id, 2, false, admin()));
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->row.state, model::State::kUnknown);
  EXPECT_GT(load, 0);
}

TEST_F(OwnedMonitorsTest, one_that_is_deleted_is_gone_and_its_id_is_not_given_again) {
  auto id = created(ping("a")).row.id;
  ASSERT_TRUE(run(owned->remove(id, {}, admin())));
  EXPECT_EQ(in_fleet(id), nullptr);
  EXPECT_EQ(load, 0);
  EXPECT_EQ(run(owned->find(id, admin())).error().status, 404U);
  EXPECT_EQ(run(owned->remove(id, {}, admin())).error().status, 404U);
  EXPECT_NE(created(ping("a")).row.id, id);
}

TEST_F(OwnedMonitorsTest, a_clone_is_another_monitor) {
  auto id = created(ping("a")).row.id;
  auto clone = run(owned->clone(id, map({}), admin()));
  ASSERT_TRUE(clone) << clone.error().detail;
  EXPECT_EQ(clone->row.name, "a (copy)");
  EXPECT_NE(clone->row.id, id);
  EXPECT_EQ(status_of(run(owned->clone(id, map({}), admin()))), 409U);
  auto named = run(owned->clone(id, map({{"name", text("b")}, {"interval", text("5m")}}), admin()));
  ASSERT_TRUE(named);
  EXPECT_EQ(in_fleet(named->row.id)->interval, std::chrono::minutes(5));
}

TEST_F(OwnedMonitorsTest, what_the_protocol_refuses_is_not_stored) {
  auto fields = map({{"name", text("w")},
                     {"app", text("website")},
                     {"params", map({{"host", text("127.0.0.1")}, {"port", text("99999")}})}});
  auto refused = run(owned->create(fields, admin()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400U);
  EXPECT_EQ(refused.error().parameter, "params.port");
  EXPECT_EQ(rig.fleet.monitors().size(), 0U);
}

TEST_F(OwnedMonitorsTest, where_no_memory_is_left_nothing_is_taken_on) {
  governor.set_options({.budget = 1, .levels = {}, .actions = action_levels({}), .stretch = 3});
  auto refused = run(owned->create(ping("a"), admin()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 503U);
  EXPECT_THAT(refused.error().detail, HasSubstr("do not fit"));
  governor.set_options({.budget = 1ULL << 40, .levels = {}, .actions = action_levels({}), .stretch = 3});
  EXPECT_EQ(created(ping("a")).ownership->version, 1U);  // nothing was stored before
}

TEST_F(OwnedMonitorsTest, a_reload_puts_changes_off) {
  auto id = created(ping("a")).row.id;
  reloading = true;
  EXPECT_EQ(status_of(run(owned->create(ping("b"), admin()))), 503U);
  EXPECT_EQ(status_of(run(owned->patch(id, {}, map({}), admin()))), 503U);
  EXPECT_EQ(run(owned->remove(id, {}, admin())).error().status, 503U);
  EXPECT_TRUE(run(owned->find(id, admin())));
}

TEST_F(OwnedMonitorsTest, a_check_tells_what_a_creation_would_and_keeps_nothing) {
  auto fits = run(owned->check(ping("a"), admin()));
  ASSERT_TRUE(fits) << fits.error().detail;
  EXPECT_EQ(fits->verdict, api::AdmissionAnswer::Verdict::kFits);
  EXPECT_EQ(rig.fleet.monitors().size(), 0U);
  created(ping("a"));
  EXPECT_EQ(run(owned->check(ping("a"), admin())).error().status, 409U);
  EXPECT_EQ(run(owned->check(map({{"name", text("b")}, {"app", text("ping")}}), admin())).error().parameter,
            "params.host");
}

TEST_F(OwnedMonitorsTest, all_of_the_catalog_are_read_at_the_start) {
  std::vector<std::string> names;
  for (int i = 0; i < 600; ++i) names.push_back(created(ping(fmt::format("m{:03}", i))).row.name);
  std::vector<std::string> read;
  auto done = run(owned->read_all([&](model::Monitor&& monitor, const catalog::Monitor&) {
    read.push_back(monitor.name);
    return true;
  }));
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(read, names);
  EXPECT_EQ(rig.ledger.account("catalog/pages").used(), 0U);
}

TEST_F(OwnedMonitorsTest, what_cannot_be_run_any_more_has_a_stand_in_with_the_reason) {
  auto id = created(ping("a")).row.id;
  rig.definitions = {};
  ASSERT_TRUE(run(owned->catch_up()));
  ASSERT_NE(in_fleet(id), nullptr);
  EXPECT_TRUE(in_fleet(id)->definition->sets.empty());
  ASSERT_NE(owned->fault(id), nullptr);
  EXPECT_THAT(*owned->fault(id), HasSubstr("cannot find the application 'ping'"));
  EXPECT_EQ(rig.latest.status(id)->state, model::State::kPaused);
  EXPECT_EQ(load, 0);
}

TEST_F(OwnedMonitorsTest, the_fleet_catches_up_with_the_catalog) {
  auto kept = created(ping("kept")).row.id;
  auto gone = created(ping("gone")).row.id;
  auto changed = created(ping("changed")).row.id;
  add_of_file("of file");
  // Another program has changed the catalog, or an answer was lost.
  run(catalog->write<bool>("other",
                           [&](catalog::Transaction& t) -> Result<bool> {
                             TRY_OK(catalog::delete_monitor(t, gone));
                             TRY(auto monitor, catalog::find_monitor(t.database(), changed));
                             monitor.interval = seconds(10);
                             TRY_OK(catalog::update_monitor(t, monitor));
                             monitor.name = "fresh";
                             TRY_OK(catalog::create_monitor(t, monitor));
                             return true;
                           },
                           {"change", soon()}))
      .value();
  ASSERT_TRUE(run(owned->catch_up()));
  EXPECT_NE(in_fleet(kept), nullptr);
  EXPECT_EQ(in_fleet(gone), nullptr);
  EXPECT_EQ(in_fleet(changed)->interval, seconds(10));
  EXPECT_EQ(rig.fleet.monitors().size(), 4U);
  EXPECT_TRUE(std::ranges::any_of(rig.fleet.monitors().by_name(),
                                  [&](auto slot) { return rig.fleet.monitors().at(slot).monitor.name == "fresh"; }));
}

TEST_F(OwnedMonitorsTest, where_the_fleet_has_no_room_the_answer_says_so) {
  // The jobs' account refuses after the admission has looked.
  auto& jobs = rig.ledger.account("collect/jobs");
  jobs.set_limit(1);
  auto detail = created(ping("a"));
  EXPECT_TRUE(detail.row.paused_for_memory);
  EXPECT_EQ(detail.row.state, model::State::kPaused);
  EXPECT_EQ(run(owned->find(detail.row.id, admin()))->ownership->version, 1U);
}

}  // namespace
}  // namespace holter::app
