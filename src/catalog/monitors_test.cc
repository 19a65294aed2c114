#include "catalog/monitors.h"

#include <gmock/gmock.h>

#include "catalog/audit.h"
#include "catalog/folders.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MonitorsTest : public OpenCatalogFixture {
 protected:
  static Monitor sample(std::string name) {
    Monitor monitor;
    monitor.name = std::move(name);
    monitor.app = "mysql";
    monitor.interval = milliseconds(30'000);
    monitor.criticality = model::Criticality::kCritical;
    monitor.labels = {{"team", "db"}, {"env", "prod"}};
    monitor.annotations = {{"runbook", "https://wiki.example/db"}};
    monitor.description = "the shop's database\nsecond line";
    monitor.owner = "api";
    monitor.params = {{"port", "number", "3306", false},
                      {"password", "password", std::string("\0\xff sealed", 9), true},
                      {"host", "host", "db.example", false}};
    return monitor;
  }

  template <class T>
  Result<T> write(const std::function<Result<T>(Transaction&)>& work) {
    return database_->write<T>("eva", work);
  }
  Result<Monitor> create(Monitor monitor) {
    return write<Monitor>([&](Transaction& t) { return create_monitor(t, monitor); });
  }
  Result<Monitor> update(Monitor monitor) {
    return write<Monitor>([&](Transaction& t) { return update_monitor(t, monitor); });
  }
  Monitor created(Monitor monitor) {
    auto result = create(std::move(monitor));
    EXPECT_TRUE(result.has_value()) << text_of(result);
    return result ? *result : Monitor();
  }
  Monitor child_of(std::string name, std::vector<MonitorId> parents) {
    auto monitor = sample(std::move(name));
    monitor.parents = std::move(parents);
    return created(monitor);
  }
};
HOLTER_ON_BOTH_ENGINES(MonitorsTest);

TEST_P(MonitorsTest, completes_a_new_monitor_that_knows_its_id) {
  EXPECT_FALSE(has_sealed_params(*database_).value());
  auto seal = [](Monitor& monitor) -> Status {
    if (monitor.name == "refused") return Error(ErrorCode::kTooLarge, "cannot seal it");
    for (auto& param : monitor.params)
      if (param.sealed) param.value = "sealed for " + std::to_string(monitor.id.value);
    return {};
  };
  auto stored = write<Monitor>([&](Transaction& t) { return create_monitor(t, sample("one"), seal); });
  ASSERT_TRUE(stored) << text_of(stored);
  EXPECT_EQ(find_monitor(*database_, stored->id)->params[1].value, "sealed for " + std::to_string(stored->id.value));
  EXPECT_TRUE(has_sealed_params(*database_).value());
  using Ids = std::vector<MonitorId>;
  auto many = write<Ids>([&](Transaction& t) { return create_monitors(t, {sample("two"), sample("three")}, seal); });
  ASSERT_TRUE(many) << text_of(many);
  EXPECT_EQ(find_monitor(*database_, many->at(1))->params[1].value, "sealed for " + std::to_string(many->at(1).value));
  auto refused = write<Monitor>([&](Transaction& t) { return create_monitor(t, sample("refused"), seal); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kTooLarge);
  EXPECT_EQ(count_monitors(*database_).value(), 3U);
}

TEST_P(MonitorsTest, stores_all_of_a_monitor_and_reads_it_by_id_and_name) {
  auto stored = created(sample("shop db"));
  EXPECT_EQ(stored.version, 1u);
  EXPECT_EQ(stored.created, clock_.wall());
  EXPECT_EQ(stored.created_by, "eva");
  EXPECT_EQ(stored.params[0].field, "host") << "sorted";
  EXPECT_EQ(find_monitor(*database_, stored.id).value(), stored);
  EXPECT_EQ(find_monitor(*database_, "shop db").value(), stored);
  EXPECT_EQ(stored.params[1].value, std::string("\0\xff sealed", 9));
}

TEST_P(MonitorsTest, names_are_unique_and_case_sensitive) {
  created(sample("db"));
  created(sample("DB"));
  auto again = create(sample("db"));
  EXPECT_EQ(text_of(again), "conflict: cannot store the monitor 'db': there is one of that name already");
  EXPECT_EQ(find_monitor(*database_, "Db").error().code(), ErrorCode::kNotFound);
}

TEST_P(MonitorsTest, ids_rise_and_are_never_given_again) {
  auto first = created(sample("a"));
  auto second = created(sample("b"));
  EXPECT_GT(second.id, first.id);
  auto gone = write<void>([&](Transaction& t) { return delete_monitor(t, second.id); });
  ASSERT_TRUE(gone.has_value()) << text_of(gone);
  EXPECT_GT(created(sample("b")).id, second.id);
}

TEST_P(MonitorsTest, an_update_keeps_id_owner_and_creation_and_replaces_the_lists) {
  auto stored = created(sample("db"));
  clock_.advance(std::chrono::seconds(5));
  auto changed = stored;
  changed.name = "db2";
  changed.paused = true;
  changed.labels = {{"team", "web"}};
  changed.params.clear();
  changed.owner = "someone else's";
  changed.created_by = "nobody";
  auto result = update(changed);
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->id, stored.id);
  EXPECT_EQ(result->version, 2u);
  EXPECT_EQ(result->owner, "api");
  EXPECT_EQ(result->created_by, "eva");
  EXPECT_EQ(result->created, stored.created);
  EXPECT_EQ(result->updated, clock_.wall());
  EXPECT_THAT(result->labels, ElementsAre(std::pair("team", "web")));
  EXPECT_TRUE(result->params.empty());
  EXPECT_EQ(find_monitor(*database_, stored.id).value(), *result);
}

TEST_P(MonitorsTest, an_update_of_an_old_version_is_refused) {
  auto stored = created(sample("db"));
  ASSERT_TRUE(update(stored).has_value());
  auto late = update(stored);
  EXPECT_EQ(text_of(late),
            "conflict: cannot change the monitor 'db': it is version 2 now, and version 1 was to be changed");
  stored.id = MonitorId{999};
  EXPECT_EQ(update(stored).error().code(), ErrorCode::kNotFound);
  auto deleted = write<void>([&](Transaction& t) { return delete_monitor(t, MonitorId{1}, 1); });
  EXPECT_EQ(deleted.error().code(), ErrorCode::kConflict);
}

TEST_P(MonitorsTest, refuses_a_folder_or_parent_that_is_not_there) {
  auto monitor = sample("db");
  monitor.folder = "dc9";
  EXPECT_EQ(text_of(create(monitor)), "not_found: cannot store the monitor 'db': what it refers to does not exist");
  monitor.folder = "";
  monitor.parents = {MonitorId{77}};
  auto failed = create(monitor);
  EXPECT_EQ(failed.error().code(), ErrorCode::kNotFound) << text_of(failed);
}

TEST_P(MonitorsTest, refuses_a_cycle_of_parents_and_names_the_way) {
  auto router = child_of("router", {});
  auto sw = child_of("switch", {router.id});
  auto host = child_of("host", {sw.id});
  EXPECT_EQ(find_monitor(*database_, host.id)->parents, std::vector{sw.id});
  router.parents = {host.id};
  EXPECT_EQ(
      text_of(update(router)),
      "invalid_argument: cannot store the monitor 'router': it would depend on itself: router -> host -> switch -> "
      "router");
  router.parents = {router.id};
  EXPECT_THAT(text_of(update(router)), HasSubstr("router -> router"));
  EXPECT_TRUE(find_monitor(*database_, router.id)->parents.empty());
}

TEST_P(MonitorsTest, many_parents_without_a_cycle_are_fine) {
  auto top = child_of("top", {});
  auto left = child_of("left", {top.id});
  auto right = child_of("right", {top.id});
  auto bottom = child_of("bottom", {left.id, right.id});
  bottom.parents = {top.id, right.id, left.id};
  auto result = update(bottom);
  ASSERT_TRUE(result.has_value()) << text_of(result);
  EXPECT_EQ(result->parents.size(), 3u);
}

TEST_P(MonitorsTest, edges_may_be_turned_round_in_one_bulk_change) {
  auto a = child_of("a", {});
  auto b = child_of("b", {a.id});
  a.parents = {b.id};
  b.parents = {};
  auto turned = write<void>([&](Transaction& t) { return update_monitors(t, {a, b}); });
  ASSERT_TRUE(turned.has_value()) << text_of(turned);
  EXPECT_EQ(find_monitor(*database_, a.id)->parents, std::vector{b.id});
}

TEST_P(MonitorsTest, who_depends_on_a_deleted_monitor_is_changed_by_that) {
  auto router = child_of("router", {});
  auto host = child_of("host", {router.id});
  ASSERT_TRUE(write<void>([&](Transaction& t) { return delete_monitor(t, router.id); }).has_value());
  auto found = find_monitor(*database_, host.id).value();
  EXPECT_TRUE(found.parents.empty());
  EXPECT_EQ(found.version, host.version + 1);
}

TEST_P(MonitorsTest, many_are_created_together_or_none) {
  std::vector<Monitor> monitors;
  for (int i = 0; i < 50; ++i) monitors.push_back(sample(fmt::format("m{}", i)));
  auto ids = write<std::vector<MonitorId>>([&](Transaction& t) { return create_monitors(t, monitors); });
  ASSERT_TRUE(ids.has_value()) << text_of(ids);
  EXPECT_EQ(ids->size(), 50u);
  EXPECT_EQ(find_monitor(*database_, (*ids)[17])->name, "m17");

  for (auto& monitor : monitors) monitor.name += " again";
  monitors[40].name = "m3";
  auto failed = write<std::vector<MonitorId>>([&](Transaction& t) { return create_monitors(t, monitors); });
  EXPECT_EQ(text_of(failed), "conflict: cannot store the monitor 'm3': there is one of that name already");
  EXPECT_EQ(count_monitors(*database_).value(), 50u);

  auto deleted = write<void>([&](Transaction& t) { return delete_monitors(t, *ids); });
  ASSERT_TRUE(deleted.has_value()) << text_of(deleted);
  EXPECT_EQ(count_monitors(*database_).value(), 0u);
}

TEST_P(MonitorsTest, edits_many_at_once_and_counts_before) {
  ASSERT_TRUE(write<Folder>([](Transaction& t) { return create_folder(t, "dc1"); }).has_value());
  auto a = created(sample("a"));
  auto b = created(sample("b"));
  b.paused = true;
  b = update(b).value();
  const std::vector ids = {a.id, b.id, MonitorId{900}};
  MonitorEdit edit;
  edit.paused = true;
  auto run = [&](bool dry) {
    auto result = write<EditCount>([&](Transaction& t) { return edit_monitors(t, ids, edit, dry); });
    EXPECT_TRUE(result.has_value()) << text_of(result);
    return result.value_or(EditCount());
  };
  EXPECT_EQ(run(true), (EditCount{2, 1, 1}));
  EXPECT_EQ(find_monitor(*database_, a.id).value(), a) << "a dry run changes nothing";
  EXPECT_EQ(run(false), (EditCount{2, 1, 1}));
  EXPECT_EQ(run(false), (EditCount{2, 0, 1}));
  EXPECT_EQ(find_monitor(*database_, b.id)->version, b.version) << "it was so already";

  edit = MonitorEdit();
  edit.interval = milliseconds(5000);
  edit.folder = "dc1";
  edit.criticality = model::Criticality::kLow;
  edit.cron = "0 * * * *";
  edit.set_labels = {{"team", "new"}, {"site", "x"}};
  edit.remove_labels = {"env"};
  EXPECT_EQ(run(false), (EditCount{2, 2, 1}));
  auto found = find_monitor(*database_, a.id).value();
  EXPECT_EQ(found.interval, milliseconds(5000));
  EXPECT_EQ(found.folder, "dc1");
  EXPECT_EQ(found.cron, "0 * * * *");
  EXPECT_THAT(found.labels, ElementsAre(std::pair("site", "x"), std::pair("team", "new")));
  EXPECT_EQ(found.params, a.params);

  edit.folder = "none";
  auto refused = write<EditCount>([&](Transaction& t) { return edit_monitors(t, ids, edit, true); });
  EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
}

TEST_P(MonitorsTest, reads_all_in_pages_bounded_by_rows_and_bytes) {
  std::vector<Monitor> monitors;
  for (int i = 0; i < 25; ++i) monitors.push_back(sample(fmt::format("m{}", i)));
  monitors[10].description = std::string(4000, 'x');
  ASSERT_TRUE(write<std::vector<MonitorId>>([&](Transaction& t) { return create_monitors(t, monitors); }).has_value());
  std::vector<std::string> names;
  std::vector<std::size_t> sizes;
  for (MonitorId after{0};;) {
    auto page = read_monitors(*database_, after, {10, 4000});
    ASSERT_TRUE(page.has_value()) << text_of(page);
    if (page->empty()) break;
    sizes.push_back(page->size());
    for (const auto& monitor : *page) {
      EXPECT_EQ(monitor.params.size(), 3u);
      EXPECT_EQ(monitor.labels.size(), 2u);
      names.push_back(monitor.name);
    }
    after = page->back().id;
  }
  EXPECT_EQ(names.size(), 25u);
  EXPECT_EQ(names[24], "m24");
  EXPECT_THAT(sizes, ElementsAre(10, 1, 10, 4));
}

TEST_P(MonitorsTest, sql_in_any_field_is_only_text) {
  const std::string evil = "x'); DROP TABLE monitors; -- \" :id $1 ; \\' %s \xe4\xbd\xa0";
  auto monitor = sample(evil);
  monitor.app = monitor.owner = monitor.cron = monitor.description = evil;
  monitor.labels = monitor.annotations = {{evil, evil}};
  monitor.params = {{evil, evil, evil, false}, {evil + "2", evil, evil, true}};
  ASSERT_TRUE(write<Folder>([&](Transaction& t) { return create_folder(t, evil, evil); }).has_value());
  monitor.folder = evil;
  auto stored = database_->write<Monitor>(evil, [&](Transaction& t) { return create_monitor(t, monitor); });
  ASSERT_TRUE(stored.has_value()) << text_of(stored);
  auto found = find_monitor(*database_, evil).value();
  EXPECT_EQ(found, *stored);
  EXPECT_EQ(found.description, evil);
  EXPECT_EQ(found.created_by, evil);
  EXPECT_EQ(found.params[1].value, evil);
  EXPECT_EQ(create(monitor).error().code(), ErrorCode::kConflict);
  EXPECT_EQ(count_monitors(*database_).value(), 1u);
}

TEST_P(MonitorsTest, refuses_what_breaks_a_rule_and_says_which) {
  auto refused = [&](const std::function<void(Monitor&)>& change) {
    auto monitor = sample("db");
    change(monitor);
    auto result = create(monitor);
    EXPECT_EQ(count_monitors(*database_).value(), 0u);
    return text_of(result);
  };
  EXPECT_EQ(refused([](Monitor& m) { m.name = ""; }), "invalid_argument: cannot take the monitor name: it is empty");
  EXPECT_THAT(refused([](Monitor& m) { m.name = "a\nb"; }), HasSubstr("control character"));
  EXPECT_THAT(refused([](Monitor& m) { m.name = " a"; }), HasSubstr("blank"));
  EXPECT_THAT(refused([](Monitor& m) { m.name = std::string(300, 'x'); }),
              HasSubstr("300 bytes, and 256 are the most"));
  EXPECT_THAT(refused([](Monitor& m) { m.description = std::string("a\0b", 3); }), HasSubstr("byte 1 is NUL"));
  EXPECT_THAT(refused([](Monitor& m) { m.description = "a\xff"; }), HasSubstr("byte 1 is no UTF-8"));
  EXPECT_THAT(refused([](Monitor& m) { m.interval = milliseconds(0); }), HasSubstr("interval"));
  EXPECT_THAT(refused([](Monitor& m) { m.labels = {{"a", "1"}, {"a", "2"}}; }), HasSubstr("a label twice"));
  EXPECT_THAT(refused([](Monitor& m) { m.params = {{"a", "", "1"}, {"a", "", "2"}}; }), HasSubstr("parameter twice"));
  EXPECT_THAT(refused([](Monitor& m) { m.parents = {MonitorId{1}, MonitorId{1}}; }), HasSubstr("parent twice"));
  EXPECT_THAT(refused([](Monitor& m) {
                m.params.clear();
                for (int i = 0; i < 3; ++i)
                  m.params.push_back({fmt::format("p{}", i), "text", std::string(30'000, 'x')});
              }),
              HasSubstr("65536 are the most"));
  auto secret = refused([](Monitor& m) { m.params = {{"token", "password", std::string(40'000, 's'), false}}; });
  EXPECT_THAT(secret, HasSubstr("parameter 'token'"));
  EXPECT_THAT(secret, ::testing::Not(HasSubstr("sss")));
}

TEST_P(MonitorsTest, parents_that_files_have_are_names_that_are_kept_beside_the_annotations) {
  auto parent = created(sample("of the catalog"));
  auto monitor = sample("child");
  monitor.parents = {parent.id};
  monitor.file_parents = {"router 2", "router 1"};
  auto stored = created(monitor);
  EXPECT_THAT(stored.file_parents, ElementsAre("router 1", "router 2"));
  auto found = find_monitor(*database_, stored.id);
  ASSERT_TRUE(found) << text_of(found);
  EXPECT_EQ(found->file_parents, stored.file_parents);
  EXPECT_THAT(found->parents, ElementsAre(parent.id));
  EXPECT_EQ(found->annotations, monitor.annotations);
  found->file_parents = {"router 2"};
  auto changed = update(*found);
  ASSERT_TRUE(changed) << text_of(changed);
  EXPECT_THAT(find_monitor(*database_, stored.id)->file_parents, ElementsAre("router 2"));
  changed->file_parents.clear();
  ASSERT_TRUE(update(*changed));
  EXPECT_TRUE(find_monitor(*database_, stored.id)->file_parents.empty());
}

TEST_P(MonitorsTest, refuses_parents_of_files_that_are_no_names_twice_or_too_many) {
  auto monitor = sample("child");
  for (const std::vector<std::string>& bad : {std::vector<std::string>{"a", "a"},
                                              {""},
                                              {"with\x1f"
                                               "control"}}) {
    monitor.file_parents = bad;
    EXPECT_EQ(create(monitor).error().code(), ErrorCode::kInvalidArgument);
  }
  monitor.file_parents.clear();
  for (int i = 0; i < 65; ++i) monitor.file_parents.push_back("m" + std::to_string(i));
  EXPECT_EQ(create(monitor).error().code(), ErrorCode::kInvalidArgument);
  // An annotation cannot pass for one.
  monitor.file_parents.clear();
  monitor.annotations = {
      {"\x1f"
       "parent router",
       ""}};
  EXPECT_EQ(create(monitor).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace holter::catalog
