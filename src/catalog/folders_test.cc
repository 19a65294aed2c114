#include "catalog/folders.h"

#include <gmock/gmock.h>

#include "catalog/accounts.h"
#include "catalog/monitors.h"
#include "catalog/test_catalog.h"

namespace holter::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FoldersTest : public OpenCatalogFixture {
 protected:
  std::string make(const std::string& path) {
    return text_of(database_->write<Folder>("eva", [&](Transaction& t) { return create_folder(t, path, "about"); }));
  }
  std::string move(const std::string& from, const std::string& to) {
    return text_of(database_->write<void>("eva", [&](Transaction& t) { return move_folder(t, from, to); }));
  }
  std::string remove(const std::string& path) {
    return text_of(database_->write<void>("eva", [&](Transaction& t) { return delete_folder(t, path); }));
  }
  MonitorId monitor_in(const std::string& folder) {
    Monitor monitor;
    monitor.name = "m in " + folder;
    monitor.app = "ping";
    monitor.folder = folder;
    return database_->write<Monitor>("eva", [&](Transaction& t) { return create_monitor(t, monitor); })->id;
  }
  std::vector<std::string> paths() {
    std::vector<std::string> found;
    for (const auto& folder : read_folders(*database_).value()) found.push_back(folder.path);
    return found;
  }
};
HOLTER_ON_BOTH_ENGINES(FoldersTest);

TEST_P(FoldersTest, are_found_one_by_one_and_measured) {
  auto empty = measure_folders(*database_).value();
  make("dc1");
  EXPECT_GT(measure_folders(*database_).value(), empty + sizeof(Folder));
  EXPECT_TRUE(has_folder(*database_, "").value());
  EXPECT_TRUE(has_folder(*database_, "dc1").value());
  EXPECT_FALSE(has_folder(*database_, "dc").value());
  auto found = find_folder(*database_, "dc1");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, read_folders(*database_).value().back());
  EXPECT_EQ(find_folder(*database_, "dc").error().code(), ErrorCode::kNotFound);
}

TEST_P(FoldersTest, form_a_tree_by_their_paths) {
  EXPECT_EQ(make("dc1"), "no error");
  EXPECT_EQ(make("dc1/rack2"), "no error");
  EXPECT_EQ(make("dc2/rack1"), "not_found: cannot find the folder 'dc2'");
  EXPECT_EQ(make("dc1"), "conflict: cannot make the folder 'dc1': there is one of that name already");
  EXPECT_THAT(paths(), ElementsAre("", "dc1", "dc1/rack2"));
  auto folder = read_folders(*database_).value()[1];
  EXPECT_EQ(folder, (Folder{"dc1", "about", clock_.wall(), "eva"}));
}

TEST_P(FoldersTest, refuse_paths_that_are_none) {
  for (const char* path : {"", "/", "a//b", "/a", "a/", " a", "a\tb"})
    EXPECT_THAT(make(path), HasSubstr("invalid_argument")) << path;
  EXPECT_THAT(make(std::string(513, 'a')), HasSubstr("512 are the most"));
}

TEST_P(FoldersTest, move_with_all_that_lies_in_them_and_nothing_else) {
  for (const char* path : {"a", "a/b", "a/b/c", "ab", "a_b", "z"}) ASSERT_EQ(make(path), "no error");
  auto id = monitor_in("a/b/c");
  ASSERT_TRUE(database_->write<Account>("eva", [](Transaction& t) { return create_account(t, {"ada", "user"}); }));
  ASSERT_TRUE(database_->write<void>("eva", [](Transaction& t) { return set_grant(t, {"ada", "a/b", "edit"}); }));
  EXPECT_EQ(move("a", "z/y"), "no error");
  EXPECT_THAT(paths(), ElementsAre("", "a_b", "ab", "z", "z/y", "z/y/b", "z/y/b/c"));
  EXPECT_EQ(find_monitor(*database_, id)->folder, "z/y/b/c");
  EXPECT_EQ(read_grants(*database_, "ada")->front().folder, "z/y/b");
}

TEST_P(FoldersTest, do_not_move_into_themselves_or_onto_others) {
  for (const char* path : {"a", "a/b", "z"}) ASSERT_EQ(make(path), "no error");
  EXPECT_THAT(move("a", "a/c"), HasSubstr("lies in itself"));
  EXPECT_THAT(move("a", "z"), HasSubstr("conflict"));
  EXPECT_THAT(move("none", "x"), HasSubstr("cannot find the folder 'none'"));
  EXPECT_THAT(move("a", "none/x"), HasSubstr("cannot find the folder 'none'"));
  EXPECT_THAT(move("", "x"), HasSubstr("invalid_argument"));
  std::string deep(200, 'd');
  ASSERT_EQ(make(deep), "no error");
  ASSERT_EQ(make("a/" + std::string(200, 'e')), "no error");
  ASSERT_EQ(make("z/" + deep), "no error");
  ASSERT_EQ(make("z/" + deep + "/" + std::string(150, 'f')), "no error");
  EXPECT_THAT(move("a", "z/" + deep + "/" + std::string(150, 'f') + "/a"), HasSubstr("longer than 512 bytes"));
}

TEST_P(FoldersTest, are_deleted_when_nothing_lies_in_them) {
  for (const char* path : {"a", "a/b"}) ASSERT_EQ(make(path), "no error");
  monitor_in("a");
  EXPECT_EQ(remove("a"), "conflict: cannot delete the folder 'a': 1 folders and 1 monitors lie in it");
  EXPECT_EQ(remove("a/b"), "no error");
  EXPECT_EQ(remove("a/b"), "not_found: cannot find the folder 'a/b'");
  EXPECT_THAT(remove(""), HasSubstr("invalid_argument"));
}

TEST_P(FoldersTest, are_described) {
  auto described = database_->write<void>("eva", [](Transaction& t) { return describe_folder(t, "", "all of it"); });
  EXPECT_TRUE(described.has_value());
  EXPECT_EQ(read_folders(*database_).value()[0].description, "all of it");
}

}  // namespace
}  // namespace holter::catalog
