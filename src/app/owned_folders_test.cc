#include "app/owned_folders.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "app/test_owned.h"

namespace holter::app {
namespace {

using ::testing::HasSubstr;

YamlNode list(std::vector<std::string> texts) {
  YamlNode node{.kind = YamlNode::Kind::kList};
  for (auto& each : texts) node.items.push_back(text(std::move(each)));
  return node;
}

YamlNode with(YamlNode fields, const std::string& key, YamlNode value) {
  fields.keys.push_back({key});
  fields.items.push_back(std::move(value));
  return fields;
}

class OwnedFoldersTest : public OwnedRig {
 protected:
  OwnedFolders folders() {
    return OwnedFolders({.catalog = *catalog,
                         .fleet = rig.fleet,
                         .latest = rig.latest,
                         .owned = *owned,
                         .pages = rig.ledger.account("catalog/pages")});
  }
  unsigned create(const std::string& path) {
    auto all = folders();
    auto made = run(all.create(path, "", admin()));
    return made ? 201 : made.error().status;
  }
  api::FolderReport found(const std::string& path) {
    auto all = folders();
    auto list = run(all.list(admin()));
    EXPECT_TRUE(list);
    auto at = std::ranges::find(list->folders, path, &api::FolderReport::path);
    return at == list->folders.end() ? api::FolderReport{.path = "?"} : *at;
  }
};

TEST_F(OwnedFoldersTest, are_made_described_moved_and_deleted) {
  auto all = folders();
  EXPECT_EQ(create("dc1/rack2"), 404U);  // what it lies in is not there
  EXPECT_EQ(create("dc1"), 201U);
  EXPECT_EQ(create("dc1/rack2"), 201U);
  EXPECT_EQ(create("dc1"), 409U);
  auto monitor = created(with(ping("web"), "folder", text("dc1/rack2")));
  EXPECT_EQ(monitor.row.folder, "dc1/rack2");
  EXPECT_EQ(found("dc1").monitors, 1U);
  EXPECT_EQ(found("").monitors, 1U);
  EXPECT_EQ(found("dc1").by_state[static_cast<std::size_t>(model::State::kUnknown)], 1U);

  auto moved = run(all.change("dc1", {}, {.to = "site", .description = "all of it"}, admin()));
  ASSERT_TRUE(moved) << moved.error().detail;
  EXPECT_EQ(moved->path, "site");
  EXPECT_EQ(moved->description, "all of it");
  EXPECT_EQ(moved->monitors, 1U);
  EXPECT_EQ(rig.fleet.relations().folder(monitor.row.id), "site/rack2");
  EXPECT_EQ(run(owned->find(monitor.row.id, admin()))->row.folder, "site/rack2");
  EXPECT_EQ(run(all.change("site", {}, {.to = "site/below"}, admin())).error().status, 400U);
  EXPECT_EQ(run(all.change("gone", {}, {.to = "there"}, admin())).error().status, 404U);
  EXPECT_EQ(run(all.change("site/rack2", {}, {.to = "site"}, admin())).error().status, 409U);

  auto full = run(all.remove("site/rack2", {}, admin()));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().status, 409U);
  EXPECT_THAT(full.error().detail, HasSubstr("1 monitors"));
  ASSERT_TRUE(run(owned->remove(monitor.row.id, {}, admin())));
  ASSERT_TRUE(run(all.remove("site/rack2", {}, admin())));
  ASSERT_TRUE(run(all.remove("site", {}, admin())));
  EXPECT_EQ(found("site").path, "?");
}

TEST_F(OwnedFoldersTest, have_a_version_that_a_change_may_name) {
  auto all = folders();
  EXPECT_EQ(create("dc1"), 201U);
  EXPECT_EQ(found("").version, 0U);
  auto first = found("dc1").version;
  EXPECT_GT(first, 0U);
  // Monitors come and go without a new one.
  auto monitor = created(with(ping("web"), "folder", text("dc1")));
  EXPECT_EQ(found("dc1").version, first);
  ASSERT_TRUE(run(owned->remove(monitor.row.id, {}, admin())));

  auto described = run(all.change("dc1", first, {.description = "here"}, admin()));
  ASSERT_TRUE(described) << described.error().detail;
  EXPECT_NE(described->version, first);
  EXPECT_EQ(found("dc1").version, described->version);
  for (const auto& late : {run(all.change("dc1", first, {.description = "there"}, admin())),
                           run(all.change("dc1", 0, {.to = "dc2"}, admin()))}) {
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().status, 412U);
    EXPECT_EQ(late.error().parameter, "If-Match");
  }
  EXPECT_EQ(found("dc1").description, "here");
  auto kept = run(all.remove("dc1", first, admin()));
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().status, 412U);

  auto moved = run(all.change("dc1", described->version, {.to = "dc2"}, admin()));
  ASSERT_TRUE(moved) << moved.error().detail;
  EXPECT_NE(moved->version, described->version);
  ASSERT_TRUE(run(all.remove("dc2", moved->version, admin())));
  // One of the same path is another.
  rig.clock.advance(milliseconds(5));
  EXPECT_EQ(create("dc2"), 201U);
  EXPECT_NE(found("dc2").version, moved->version);
}

TEST_F(OwnedFoldersTest, of_files_are_there_while_something_lies_in_them) {
  add_of_file("of file");
  auto slot = *rig.fleet.monitors().find({stable_hash(std::string("of file"))});
  ASSERT_TRUE(rig.fleet.place(slot, {"plant/hall 3", {}}, {}));
  for (auto path : {"plant/hall 3", "plant"}) {
    EXPECT_FALSE(found(path).stored);
    EXPECT_EQ(found(path).monitors, 1U);
  }
  // Users' folders move without it.
  EXPECT_EQ(create("plant"), 201U);
  auto all = folders();
  ASSERT_TRUE(run(all.change("plant", {}, {.to = "works"}, admin())));
  EXPECT_EQ(rig.fleet.relations().folder(rig.fleet.monitors().at(slot).monitor.id), "plant/hall 3");
  rig.fleet.remove(slot);
  EXPECT_EQ(found("plant").path, "?");
}

TEST_F(OwnedFoldersTest, a_monitor_goes_only_into_one_that_is_stored) {
  auto refused = run(owned->create(with(ping("web"), "folder", text("nowhere")), admin()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 400U);
  EXPECT_EQ(refused.error().parameter, "folder");
  EXPECT_EQ(run(owned->create(with(ping("web"), "folder", text("a//b")), admin())).error().parameter, "folder");
  EXPECT_EQ(create("here"), 201U);
  auto id = created(ping("web")).row.id;
  auto changed = run(owned->patch(id, {}, map({{"folder", text("here")}}), admin()));
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(rig.fleet.relations().folder(id), "here");
  // Changes of other things leave it there; a new start finds it there.
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"interval", text("30s")}}), admin())));
  EXPECT_EQ(rig.fleet.relations().folder(id), "here");
  ASSERT_TRUE(run(owned->replace(id, {}, ping("web"), admin())));
  EXPECT_EQ(rig.fleet.relations().folder(id), "");
}

TEST_F(OwnedFoldersTest, parents_of_the_catalog_are_named_and_checked) {
  auto router = created(ping("router")).row.id;
  auto id = created(with(ping("web"), "depends_on", list({"router"}))).row.id;
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{router});
  auto unknown = run(owned->patch(id, {}, map({{"depends_on", list({"nobody"})}}), admin()));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().status, 400U);
  EXPECT_EQ(unknown.error().parameter, "depends_on");
  auto circle = run(owned->patch(router, {}, map({{"depends_on", list({"web"})}}), admin()));
  ASSERT_FALSE(circle);
  EXPECT_EQ(circle.error().status, 400U);
  EXPECT_EQ(circle.error().parameter, "depends_on");
  EXPECT_THAT(circle.error().detail, HasSubstr("web -> router"));
  // Other changes keep them.
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"interval", text("30s")}}), admin())));
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{router});
  auto copy = run(owned->clone(id, map({}), admin()));
  ASSERT_TRUE(copy);
  EXPECT_EQ(rig.fleet.parents(copy->row.id), std::vector<MonitorId>{router});
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"depends_on", list({})}}), admin())));
  EXPECT_TRUE(rig.fleet.parents(id).empty());
  ASSERT_TRUE(run(owned->remove(router, {}, admin())));
  EXPECT_TRUE(rig.fleet.parents(copy->row.id).empty());
}

TEST_F(OwnedFoldersTest, an_export_names_parents_and_an_import_finds_them) {
  EXPECT_EQ(create("dc1"), 201U);
  created(ping("z router"));
  created(with(with(ping("a web"), "folder", text("dc1")), "depends_on", list({"z router"})));
  auto page = run(owned->read_page({}, soon()));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->size(), 2U);
  std::vector<YamlNode> items;
  for (auto& each : *page) items.push_back(std::move(each.fields));
  for (auto id : all_ids()) ASSERT_TRUE(run(owned->remove(id, {}, admin())));
  std::ranges::reverse(items);  // the child before its parent
  std::size_t at = 0;
  auto next = [&]() -> Result<std::optional<YamlNode>> {
    return at < items.size() ? std::optional(items[at++]) : std::nullopt;
  };
  auto report = run(owned->import_all(next, admin()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->created, 2U);
  auto web = rig.fleet.find("a web"), router = rig.fleet.find("z router");
  ASSERT_TRUE(web && router);
  auto id = rig.fleet.monitors().at(*web).monitor.id;
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{rig.fleet.monitors().at(*router).monitor.id});
  EXPECT_EQ(rig.fleet.relations().folder(id), "dc1");
}

TEST_F(OwnedFoldersTest, files_find_parents_in_the_catalog_by_name) {
  add_of_file("of file");
  auto slot = *rig.fleet.find("of file");
  auto id = rig.fleet.monitors().at(slot).monitor.id;
  ASSERT_TRUE(rig.fleet.place(slot, {"", {"router"}}, {}));
  EXPECT_TRUE(rig.fleet.must_find_parents());
  auto missing = rig.fleet.find_parents();
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(missing[0].child, "of file");
  EXPECT_EQ(missing[0].parent, "router");
  EXPECT_FALSE(rig.fleet.must_find_parents());
  auto router = created(ping("router")).row.id;
  EXPECT_TRUE(rig.fleet.must_find_parents());
  EXPECT_TRUE(rig.fleet.find_parents().empty());
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{router});
  ASSERT_TRUE(run(owned->patch(router, {}, map({{"name", text("gateway")}}), admin())));
  EXPECT_EQ(rig.fleet.find_parents().size(), 1U);
  EXPECT_TRUE(rig.fleet.parents(id).empty());
}

/// Those that files have.
class ParentsOfFilesTest : public OwnedFoldersTest {
 protected:
  MonitorId file_monitor(const std::string& name, std::vector<std::string> depends_on = {}) {
    add_of_file(name);
    auto slot = *rig.fleet.find(name);
    EXPECT_TRUE(rig.fleet.place(slot, {"", std::move(depends_on)}, {}));
    return rig.fleet.monitors().at(slot).monitor.id;
  }
  /// As a reload that does not find it any more.
  void remove_file_monitor(const std::string& name) { rig.fleet.remove(*rig.fleet.find(name)); }
  api::MonitorDetail shown(MonitorId id) {
    auto detail = run(owned->find(id, admin()));
    EXPECT_TRUE(detail);
    return detail ? *detail : api::MonitorDetail();
  }
  std::string refusal(const api::Answered<api::MonitorDetail>& answer) {
    EXPECT_FALSE(answer);
    if (answer) return "";
    EXPECT_EQ(answer.error().status, 400U);
    EXPECT_EQ(answer.error().parameter, "depends_on");
    return answer.error().detail;
  }
};

TEST_F(ParentsOfFilesTest, may_be_named_beside_those_of_the_catalog) {
  auto of_file = file_monitor("of file");
  auto router = created(ping("router")).row.id;
  auto id = created(with(ping("web"), "depends_on", list({"of file", "router"}))).row.id;
  EXPECT_THAT(rig.fleet.parents(id), ::testing::UnorderedElementsAre(of_file, router));
  // Other changes and copies keep them; those that name others replace them.
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"interval", text("30s")}}), admin())));
  EXPECT_EQ(rig.fleet.parents(id).size(), 2U);
  auto copy = run(owned->clone(id, map({}), admin()));
  ASSERT_TRUE(copy);
  EXPECT_EQ(rig.fleet.parents(copy->row.id).size(), 2U);
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"depends_on", list({"of file"})}}), admin())));
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{of_file});
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"depends_on", list({})}}), admin())));
  EXPECT_TRUE(rig.fleet.parents(id).empty());
}

TEST_F(ParentsOfFilesTest, are_there_after_all_was_read_again) {
  auto of_file = file_monitor("of file");
  auto id = created(with(ping("web"), "depends_on", list({"of file"}))).row.id;
  ASSERT_TRUE(rig.fleet.place(*rig.fleet.monitors().find(id), {}, {}));  // as if the fleet had missed it
  ASSERT_TRUE(run(owned->catch_up()));
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{of_file});
}

TEST_F(ParentsOfFilesTest, that_are_gone_stay_and_are_shown_as_unknown) {
  auto of_file = file_monitor("of file");
  auto id = created(with(ping("web"), "depends_on", list({"of file"}))).row.id;
  remove_file_monitor("of file");
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{of_file});
  auto parents = shown(id).parents;
  ASSERT_EQ(parents.size(), 1U);
  EXPECT_EQ(parents[0].id, std::nullopt);
  EXPECT_EQ(parents[0].name, "of file");
  EXPECT_EQ(parents[0].state, model::State::kUnknown);
  // Who names it once more, as an exported monitor does, keeps it; nobody new can.
  ASSERT_TRUE(run(owned->patch(id, {}, map({{"depends_on", list({"of file"})}}), admin())));
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{of_file});
  EXPECT_THAT(refusal(run(owned->create(with(ping("db"), "depends_on", list({"of file"})), admin()))),
              HasSubstr("there is no such monitor"));
  EXPECT_EQ(file_monitor("of file"), of_file);  // it is the same one again
  EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{of_file});
}

TEST_F(ParentsOfFilesTest, do_not_close_a_circle) {
  file_monitor("switch", {"router"});
  auto refused = run(owned->create(with(ping("router"), "depends_on", list({"switch"})), admin()));
  EXPECT_EQ(refusal(refused), "cannot let 'router' depend on itself: router -> switch -> router");
  auto router = created(ping("router")).row.id;
  (void)rig.fleet.find_parents();
  created(with(ping("web"), "depends_on", list({"switch"})));
  EXPECT_EQ(refusal(run(owned->patch(router, {}, map({{"depends_on", list({"web"})}}), admin()))),
            "cannot let 'router' depend on itself: router -> web -> switch -> router");
  EXPECT_EQ(refusal(run(owned->patch(router, {}, map({{"depends_on", list({"switch"})}}), admin()))),
            "cannot let 'router' depend on itself: router -> switch -> router");
  // By a new name, too: it is the one that a file names.
  file_monitor("hub", {"gateway"});
  auto site = created(with(ping("site"), "depends_on", list({"hub"}))).row.id;
  EXPECT_EQ(refusal(run(owned->patch(site, {}, map({{"name", text("gateway")}}), admin()))),
            "cannot let 'gateway' depend on itself: gateway -> hub -> gateway");
  // Under a name that nobody gives, what named the old one is no way any more.
  ASSERT_TRUE(run(owned->patch(router, {}, map({{"name", text("gate 2")}, {"depends_on", list({"web"})}}), admin())));
}

TEST_F(ParentsOfFilesTest, are_exported_by_name_and_imported_without_circles) {
  auto of_file = file_monitor("of file", {"third"});
  created(with(ping("web"), "depends_on", list({"of file"})));
  auto page = run(owned->read_page({}, soon()));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->size(), 1U);
  EXPECT_THAT(text_of((*page)[0].fields), HasSubstr("depends_on:{:{of file}}"));
  ASSERT_TRUE(run(owned->remove(all_ids().at(0) == of_file ? all_ids().at(1) : all_ids().at(0), {}, admin())));
  auto import_all = [&](std::vector<YamlNode> items) {
    std::size_t at = 0;
    return run(owned->import_all(
        [&]() -> Result<std::optional<YamlNode>> {
          return at < items.size() ? std::optional(items[at++]) : std::nullopt;
        },
        admin()));
  };
  auto report = import_all({std::move((*page)[0].fields)});
  ASSERT_TRUE(report) << report.error().detail;
  auto web = rig.fleet.find("web");
  ASSERT_TRUE(web);
  EXPECT_EQ(rig.fleet.parents(rig.fleet.monitors().at(*web).monitor.id), std::vector<MonitorId>{of_file});
  auto circle = import_all(
      {with(ping("third"), "depends_on", list({"second"})), with(ping("second"), "depends_on", list({"of file"}))});
  ASSERT_FALSE(circle);
  EXPECT_EQ(circle.error().status, 400U);
  EXPECT_EQ(circle.error().detail, "cannot let 'third' depend on itself: third -> second -> of file -> third");
  EXPECT_FALSE(rig.fleet.find("third"));
}

class MovesTest : public OwnedFoldersTest {
 protected:
  static access::Identity editor_of(std::vector<std::string> paths) {
    std::vector<catalog::Grant> grants;
    for (auto& path : paths) grants.push_back({.account = "eva", .folder = std::move(path), .role = "editor"});
    return *access::Identity::of_session({.name = "eva", .role = "none"}, grants);
  }
  api::Answered<api::BulkReport> move(std::string to, bool dry_run = false) {
    return run(owned->bulk({.action = api::BulkOrder::Action::kEdit,
                            .filter = {.text = "web"},
                            .dry_run = dry_run,
                            .folder = std::move(to)},
                           {mover, soon()}));
  }
  access::Identity mover = who;
};

TEST_F(MovesTest, take_many_monitors_at_once_and_keep_their_parents) {
  EXPECT_EQ(create("dc1"), 201U);
  EXPECT_EQ(create("dc2"), 201U);
  auto router = created(ping("router")).row.id;
  std::vector<MonitorId> ids;
  for (int i = 0; i < 3; ++i)
    ids.push_back(created(with(with(ping(fmt::format("web {}", i)), "folder", text(i == 0 ? "dc2" : "dc1")),
                               "depends_on", list({"router"})))
                      .row.id);
  auto tried = move("dc2", true);
  ASSERT_TRUE(tried) << tried.error().detail;
  EXPECT_EQ(tried->matched, 3U);
  EXPECT_EQ(tried->changed, 2U);  // one is there already
  EXPECT_EQ(rig.fleet.relations().folder(ids[1]), "dc1");
  auto moved = move("dc2");
  ASSERT_TRUE(moved) << moved.error().detail;
  EXPECT_EQ(moved->changed, 2U);
  for (auto id : ids) {
    EXPECT_EQ(rig.fleet.relations().folder(id), "dc2");
    EXPECT_EQ(rig.fleet.parents(id), std::vector<MonitorId>{router});
    EXPECT_EQ(run(owned->find(id, admin()))->row.folder, "dc2");
  }
  ASSERT_TRUE(move(""));
  EXPECT_EQ(rig.fleet.relations().folder(ids[0]), "");
}

TEST_F(MovesTest, go_only_where_a_folder_is_stored) {
  created(ping("web"));
  for (bool dry_run : {true, false}) {
    auto refused = move("nowhere", dry_run);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().status, 400U);
    EXPECT_EQ(refused.error().parameter, "edit.folder");
  }
}

TEST_F(MovesTest, take_the_role_in_the_folder_before_and_in_the_one_after) {
  for (auto path : {"dc1", "dc2", "dc3"}) EXPECT_EQ(create(path), 201U);
  auto id = created(with(ping("web"), "folder", text("dc1"))).row.id;
  for (const auto& [grants, to] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"dc1"}, "dc2"}, {{"dc2"}, "dc2"}, {{"dc1", "dc2"}, "dc3"}, {{"dc1", "dc2"}, ""}}) {
    mover = editor_of(grants);
    for (bool dry_run : {true, false}) {
      auto refused = move(to, dry_run);
      ASSERT_FALSE(refused) << to;
      EXPECT_EQ(refused.error().status, 403U) << to;
    }
  }
  EXPECT_EQ(rig.fleet.relations().folder(id), "dc1");
  mover = editor_of({"dc1", "dc2"});
  ASSERT_TRUE(move("dc2"));
  EXPECT_EQ(rig.fleet.relations().folder(id), "dc2");
}

}  // namespace
}  // namespace holter::app
