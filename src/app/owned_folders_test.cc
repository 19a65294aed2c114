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

  auto moved = run(all.change("dc1", {.to = "site", .description = "all of it"}, admin()));
  ASSERT_TRUE(moved) << moved.error().detail;
  EXPECT_EQ(moved->path, "site");
  EXPECT_EQ(moved->description, "all of it");
  EXPECT_EQ(moved->monitors, 1U);
  EXPECT_EQ(rig.fleet.relations().folder(monitor.row.id), "site/rack2");
  EXPECT_EQ(run(owned->find(monitor.row.id, admin()))->row.folder, "site/rack2");
  EXPECT_EQ(run(all.change("site", {.to = "site/below"}, admin())).error().status, 400U);
  EXPECT_EQ(run(all.change("gone", {.to = "there"}, admin())).error().status, 404U);
  EXPECT_EQ(run(all.change("site/rack2", {.to = "site"}, admin())).error().status, 409U);

  auto full = run(all.remove("site/rack2", admin()));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().status, 409U);
  EXPECT_THAT(full.error().detail, HasSubstr("1 monitors"));
  ASSERT_TRUE(run(owned->remove(monitor.row.id, {}, admin())));
  ASSERT_TRUE(run(all.remove("site/rack2", admin())));
  ASSERT_TRUE(run(all.remove("site", admin())));
  EXPECT_EQ(found("site").path, "?");
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
  ASSERT_TRUE(run(all.change("plant", {.to = "works"}, admin())));
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
  add_of_file("of file");
  auto of_file = run(owned->patch(id, {}, map({{"depends_on", list({"of file"})}}), admin()));
  ASSERT_FALSE(of_file);
  EXPECT_THAT(of_file.error().detail, HasSubstr("monitors/site.yml"));
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

}  // namespace
}  // namespace holter::app
