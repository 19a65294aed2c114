#include "app/owned_definitions.h"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>

#include "app/test_owned.h"
#include "catalog/audit.h"

namespace holter::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The catalog's definitions over those of this repository and of a directory of the test's own.
class OwnedDefinitionsTest : public OwnedRig {
 protected:
  OwnedDefinitionsTest() {
    rig.config.definitions = {"definitions", mine()};
    std::filesystem::create_directories(mine());
    read_files();
    make();
    EXPECT_TRUE(run(definitions->read()));
    put_in_force(definitions->over());
  }
  ~OwnedDefinitionsTest() override { definitions.reset(); }

  std::string mine() const { return root.path() + "/mine"; }
  void make() {
    definitions = std::make_unique<OwnedDefinitions>(OwnedDefinitions::Parts{
        .config = rig.config,
        .files = files_of,
        .definitions = rig.definitions,
        .clock = clock,
        .catalog = *catalog,
        .fleet = rig.fleet,
        .events = rig.events,
        .texts = rig.ledger.account("catalog/pages"),
        .held = rig.ledger.account("monitors/definitions"),
        .reloading = [this] { return reloading; },
        .changing_monitors = [this] { return owned->busy(); },
        .reload = [this](const OwnedDefinitions::Over* over, api::ReloadOrder order) { return reload(over, order); },
    });
  }
  void read_files() {
    define::Problems problems;
    files_of = define::read_definitions(rig.config.definitions, protocol_keys(), problems);
    EXPECT_TRUE(problems.ok());
  }
  void put_in_force(const OwnedDefinitions::Over& over) {
    define::Problems problems;
    std::vector<define::LeftOut> left_out;
    auto whole = define::lay_over(files_of, over, left_out, problems);
    for (auto app : whole.apps())
      if (auto old = rig.definitions.find(app); old && *old == *whole.find(app)) whole.add(old);
    rig.definitions = std::move(whole);
    notes = {};
    definitions->note_left_out(left_out, notes);
    definitions->caught_up();
  }
  /// As the engine's: what is in force follows, then the monitors.
  boost::asio::awaitable<Result<api::ReloadReport>> reload(const OwnedDefinitions::Over* over, api::ReloadOrder order) {
    ++reloads;
    if (reload_error && !(order.dry_run && fails_late)) co_return *reload_error;
    if (order.dry_run) co_return api::ReloadReport{};
    put_in_force(*over);
    rig.fleet.forget_layouts();
    CO_TRY_OK(co_await owned->catch_up());
    co_return api::ReloadReport{};
  }

  api::Answered<api::DefinitionReport> put(const std::string& text, OwnedDefinitions::Version version = {},
                                           const std::string& app = "shop", bool dry_run = false) {
    return run(definitions->put({app, text, version, !version, dry_run}, admin()));
  }
  api::Answered<api::DefinitionReport> remove(const std::string& app = "shop", OwnedDefinitions::Version version = {}) {
    return run(definitions->remove(app, version, admin()));
  }
  static std::string shop(const std::string& params = "", const std::string& fields = "responseTime") {
    return "category: service\napp: shop\nname: {en-US: Shop, zh-CN: 商店}\nparams:\n"
           "  - {field: host, name: {en-US: Host}, type: host, required: true}\n" +
           params +
           "metrics:\n  - name: summary\n    priority: 0\n    protocol: icmp\n    fields:\n      - {field: " + fields +
           ", type: 0, unit: ms}\n    icmp: {host: ^_^host^_^}\n";
  }
  static YamlNode of_shop(const std::string& name, std::vector<std::pair<std::string, YamlNode>> params = {}) {
    params.insert(params.begin(), {"host", text("127.0.0.1")});
    return map({{"name", text(name)}, {"app", text("shop")}, {"params", map(std::move(params))}});
  }
  void write_mine(const std::string& name, const std::string& content) {
    std::ofstream(mine() + "/" + name) << content;
  }
  api::DefinitionRow row(const std::string& app) {
    for (const auto& one : definitions->list({.limit = 1000}).rows)
      if (one.app == app) return one;
    ADD_FAILURE() << "no " << app;
    return {};
  }
  std::vector<catalog::AuditEntry> audit() {
    return *run(catalog->read<std::vector<catalog::AuditEntry>>(
        [](catalog::Database& database) { return catalog::read_audit(database, {}); }, {"read", soon()}));
  }

  define::Registry files_of;
  define::Problems notes;
  std::optional<Error> reload_error;
  bool fails_late = false;  ///< not already when it is tried out
  int reloads = 0;
  std::unique_ptr<OwnedDefinitions> definitions;
};

TEST_F(OwnedDefinitionsTest, a_new_app_is_stored_and_can_be_used) {
  auto report = put(shop());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->version, 1U);
  EXPECT_TRUE(report->in_force);
  created(of_shop("a"));
  auto listed = row("shop");
  EXPECT_EQ(listed.source, api::DefinitionSource::kCatalog);
  EXPECT_EQ(listed.version, 1U);
  EXPECT_EQ(listed.name_zh, "商店");
  EXPECT_EQ(listed.monitors, 1U);
  EXPECT_EQ(listed.updated_by, "root");
  EXPECT_EQ(listed.file, "");
  EXPECT_EQ(run(definitions->text("shop", 0, soon())).value(), shop());
}

TEST_F(OwnedDefinitionsTest, monitors_follow_a_new_version_at_once) {
  ASSERT_TRUE(put(shop()));
  auto id = created(of_shop("a")).row.id;
  auto report = put(shop("", "time"), 1);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->version, 2U);
  EXPECT_EQ(report->monitors, 1U);
  EXPECT_EQ(in_fleet(id)->definition->sets[0].fields[0].field, "time");
  auto same = put(shop("", "time"), 2);
  ASSERT_TRUE(same);
  EXPECT_EQ(same->monitors, 0U);
}

TEST_F(OwnedDefinitionsTest, a_definition_lies_over_that_of_a_file_until_it_is_deleted) {
  auto changed = run(definitions->text("ping", 0, soon())).value();
  EXPECT_THAT(changed, HasSubstr("app: ping"));
  EXPECT_EQ(row("ping").source, api::DefinitionSource::kBuiltIn);
  auto id = created(ping("a")).row.id;
  changed.replace(changed.find("unit: ms"), 8, "unit: s");
  auto report = put(changed, 0, "ping");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(in_fleet(id)->definition->sets[0].fields[0].unit, "s");
  auto listed = row("ping");
  EXPECT_EQ(listed.source, api::DefinitionSource::kCatalog);
  EXPECT_THAT(listed.file, HasSubstr("ping.yml"));
  auto removed = remove("ping", 1);
  ASSERT_TRUE(removed) << removed.error().detail;
  EXPECT_FALSE(removed->removed);
  EXPECT_EQ(removed->monitors, 1U);
  EXPECT_EQ(in_fleet(id)->definition->sets[0].fields[0].unit, "ms");
  EXPECT_EQ(row("ping").source, api::DefinitionSource::kBuiltIn);
  EXPECT_EQ(remove("ping").error().status, 404U);
  EXPECT_EQ(put(changed, 0, "ping")->version, 3U);  // numbers go on
}

TEST_F(OwnedDefinitionsTest, the_operators_files_are_told_from_those_that_come_along) {
  write_mine("shop.yml", shop());
  read_files();
  put_in_force(definitions->over());
  EXPECT_EQ(row("shop").source, api::DefinitionSource::kOperator);
  EXPECT_EQ(row("ping").source, api::DefinitionSource::kBuiltIn);
  auto page = definitions->list({.limit = 10, .text = "sHoP"});
  ASSERT_EQ(page.total, 1U);
  EXPECT_EQ(page.rows[0].app, "shop");
  EXPECT_EQ(definitions->list({.limit = 10, .text = "商店"}).total, 1U);
  EXPECT_EQ(definitions->list({.limit = 10, .category = "none"}).total, 0U);
  auto all = definitions->list({.limit = 1000}).total;
  auto last = definitions->list({.offset = all - 1, .limit = 10});
  EXPECT_EQ(last.total, all);
  EXPECT_EQ(last.rows.size(), 1U);
  EXPECT_THAT(definitions->list({.offset = all + 5, .limit = 10}).rows, IsEmpty());
}

TEST_F(OwnedDefinitionsTest, a_bad_text_is_refused_with_the_line) {
  auto answer = put("category: x\napp: shop\nmetrics:\n  - name: a\n    priority: oops\n");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().status, 422U);
  ASSERT_THAT(answer.error().findings, Not(IsEmpty()));
  EXPECT_EQ(answer.error().findings[0].line, 5);
  EXPECT_THAT(answer.error().detail, HasSubstr("line 5"));
  EXPECT_EQ(reloads, 0);
  EXPECT_EQ(put("a: [", {}).error().status, 422U);
  auto other = put(shop(), {}, "other");
  EXPECT_EQ(other.error().status, 422U);
  EXPECT_EQ(other.error().findings[0].line, 2);
  EXPECT_EQ(put(shop(), {}, "Not Good").error().status, 400U);
  EXPECT_EQ(put(shop(), {}, "../x").error().status, 400U);
  EXPECT_EQ(put(std::string(256 * 1024 + 1, '#')).error().status, 413U);
}

TEST_F(OwnedDefinitionsTest, deep_and_wide_yaml_is_refused) {
  EXPECT_THAT(put("app: " + std::string(50'000, '[')).error().status, 422U);
  std::string wide = "app: shop\nmetrics:\n";
  for (int i = 0; i < 40'000; ++i) wide += "- a\n";
  auto answer = put(wide);
  EXPECT_EQ(answer.error().status, 422U);
  EXPECT_THAT(answer.error().detail, HasSubstr("30000"));
}

TEST_F(OwnedDefinitionsTest, a_change_is_of_the_version_that_it_names) {
  EXPECT_EQ(put(shop(), 3).error().status, 412U);
  ASSERT_TRUE(put(shop(), 0));
  EXPECT_EQ(put(shop(), 0).error().status, 412U);
  EXPECT_EQ(put(shop(), 2).error().status, 412U);
  EXPECT_EQ(remove("shop", 2).error().status, 412U);
  auto unnamed = run(definitions->put({"shop", shop(), {}, false, false}, admin()));
  EXPECT_EQ(unnamed.error().status, 428U);
  EXPECT_EQ(run(definitions->put({"ping", shop(), {}, false, false}, admin())).error().status, 428U);
  EXPECT_TRUE(put(shop("", "x"), 1));
}

TEST_F(OwnedDefinitionsTest, one_that_monitors_could_not_go_on_with_is_refused_with_their_names) {
  ASSERT_TRUE(put(shop("  - {field: size, name: {en-US: Size}, type: number}\n")));
  for (int i = 0; i < 25; ++i) created(of_shop(fmt::format("m{:02}", i), {{"size", text("56")}}));
  created(of_shop("free"));
  auto gone = put(shop());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().status, 409U);
  EXPECT_THAT(gone.error().detail, HasSubstr("25 monitors"));
  ASSERT_EQ(gone.error().monitors.size(), 20U);
  EXPECT_THAT(gone.error().monitors[0].reason, HasSubstr("size"));
  auto needed =
      put(shop("  - {field: size, name: {en-US: Size}, type: number}\n"
               "  - {field: secret, name: {en-US: S}, type: number, required: true}\n"));
  ASSERT_FALSE(needed);
  EXPECT_THAT(needed.error().detail, HasSubstr("26 monitors"));
  EXPECT_THAT(needed.error().monitors[0].reason, HasSubstr("secret"));
  auto narrow = put(shop("  - {field: size, name: {en-US: Size}, type: number, range: '[0,10]'}\n"));
  ASSERT_FALSE(narrow);
  EXPECT_THAT(narrow.error().detail, HasSubstr("25 monitors"));
  EXPECT_EQ(row("shop").version, 1U);
  auto check = run(definitions->check("shop", shop(), admin()));
  ASSERT_TRUE(check);
  EXPECT_FALSE(check->usable());
  EXPECT_EQ(check->refused_count, 25U);
  EXPECT_EQ(check->monitors, 26U);
}

TEST_F(OwnedDefinitionsTest, monitors_of_files_count_as_much) {
  ASSERT_TRUE(put(shop("  - {field: size, name: {en-US: Size}, type: number}\n")));
  auto monitor = rig.monitor("of file");
  monitor.definition = rig.definitions.find("shop");
  monitor.params = {{0, "127.0.0.1"}, {1, "56"}};
  files.names = {"monitors/site.yml"};
  auto slot = rig.add_loaded(std::move(monitor));
  rig.fleet.note_file(slot, 1);
  auto gone = put(shop());
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().monitors.at(0).name, "of file");
}

TEST_F(OwnedDefinitionsTest, an_app_that_monitors_use_is_not_removed) {
  ASSERT_TRUE(put(shop()));
  auto id = created(of_shop("a")).row.id;
  auto refused = remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 409U);
  EXPECT_EQ(refused.error().monitors.at(0).name, "a");
  ASSERT_TRUE(run(owned->remove(id, {}, admin())));
  auto removed = remove();
  ASSERT_TRUE(removed) << removed.error().detail;
  EXPECT_TRUE(removed->removed);
  EXPECT_EQ(rig.definitions.find("shop"), nullptr);
  EXPECT_EQ(run(definitions->find("shop", 0, soon())).error().status, 404U);
  EXPECT_EQ(run(definitions->text("shop", 1, soon())).value(), shop());
  EXPECT_EQ(remove().error().status, 404U);
}

TEST_F(OwnedDefinitionsTest, what_others_extend_stays) {
  ASSERT_TRUE(put(shop()));
  ASSERT_TRUE(put("app: more\ncategory: service\nextends: shop\nname: {en-US: More}\n", {}, "more"));
  auto refused = remove();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 409U);
  EXPECT_THAT(refused.error().detail, HasSubstr("more"));
  auto gone = put("app: more\ncategory: service\nextends: nothing\nname: {en-US: More}\n", 1, "more");
  EXPECT_EQ(gone.error().status, 422U);
  // Monitors of an app that extends it follow, too.
  created(map({{"name", text("b")}, {"app", text("more")}, {"params", map({{"host", text("127.0.0.1")}})}}));
  EXPECT_EQ(put(shop("", "time"), 1)->monitors, 1U);
}

TEST_F(OwnedDefinitionsTest, a_dry_run_and_a_check_store_nothing) {
  auto report = put(shop(), {}, "shop", true);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->version, 0U);
  EXPECT_EQ(rig.definitions.find("shop"), nullptr);
  auto check = run(definitions->check("shop", shop(), admin()));
  ASSERT_TRUE(check);
  EXPECT_TRUE(check->usable());
  auto bad = run(definitions->check("shop", "app: shop\n", admin()));
  ASSERT_TRUE(bad);
  EXPECT_FALSE(bad->usable());
  EXPECT_EQ(run(definitions->versions("shop", soon())).error().status, 404U);
}

TEST_F(OwnedDefinitionsTest, commands_of_this_machine_need_script_allow) {
  std::string text =
      "app: shop\ncategory: x\nname: {en-US: X}\nmetrics:\n  - name: a\n    priority: 0\n    protocol: script\n"
      "    fields:\n      - {field: x, type: 0}\n    script: {scriptTool: sh, scriptCommand: 'echo x; echo 1', "
      "parseType: multiRow}\n";
  auto refused = put(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 403U) << refused.error().detail;
  EXPECT_EQ(run(definitions->check("shop", text, admin())).error().status, 403U);
  rig.config.script.allow = true;
  auto stored = put(text);
  EXPECT_TRUE(stored) << stored.error().detail;
}

TEST_F(OwnedDefinitionsTest, versions_are_listed_and_read) {
  ASSERT_TRUE(put(shop()));
  ASSERT_TRUE(put(shop("", "time"), 1));
  ASSERT_TRUE(remove());
  auto versions = run(definitions->versions("shop", soon()));
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 3U);
  EXPECT_TRUE(versions->at(0).deleted);
  EXPECT_EQ(versions->at(2).created_by, "root");
  auto first = run(definitions->find("shop", 1, soon()));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->definition->sets[0].fields[0].field, "responseTime");
  EXPECT_EQ(run(definitions->find("shop", 3, soon())).error().status, 404U);
  EXPECT_EQ(run(definitions->find("shop", 9, soon())).error().status, 404U);
  EXPECT_THAT(run(definitions->versions("ping", soon())).value(), IsEmpty());
}

TEST_F(OwnedDefinitionsTest, changes_are_in_the_audit_log_by_version_without_the_text) {
  ASSERT_TRUE(put(shop()));
  ASSERT_TRUE(put(shop("", "time"), 1));
  ASSERT_TRUE(remove());
  auto entries = audit();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].what, "definition.delete");
  EXPECT_EQ(entries[1].what, "definition.update");
  EXPECT_EQ(entries[1].target, "definition/shop");
  EXPECT_EQ(entries[1].before, R"({"version":1})");
  EXPECT_THAT(entries[1].after, HasSubstr(R"("version":2)"));
  EXPECT_THAT(entries[1].after, Not(HasSubstr("metrics")));
  EXPECT_EQ(entries[2].what, "definition.create");
}

TEST_F(OwnedDefinitionsTest, a_restart_finds_them_again) {
  ASSERT_TRUE(put(shop()));
  ASSERT_TRUE(put(shop("", "time"), 1));
  definitions.reset();
  EXPECT_EQ(rig.ledger.account("monitors/definitions").used(), 0U);
  make();
  ASSERT_TRUE(run(definitions->read()));
  put_in_force(definitions->over());
  EXPECT_EQ(rig.definitions.find("shop")->sets[0].fields[0].field, "time");
  EXPECT_EQ(row("shop").version, 2U);
  EXPECT_GT(rig.ledger.account("monitors/definitions").used(), 0U);
  EXPECT_EQ(rig.ledger.account("catalog/pages").used(), 0U);
}

TEST_F(OwnedDefinitionsTest, one_that_does_not_pass_any_more_is_left_out_and_the_file_counts) {
  write_mine("shop.yml", shop());
  read_files();
  auto stored = run(catalog->write<catalog::DefinitionText>(
      "eva",
      [](catalog::Transaction& transaction) {
        return catalog::put_definition(transaction, "shop", 0, "app: shop\nmetrics: [{name: a, priority: b}]\n");
      },
      {"store", soon()}));
  ASSERT_TRUE(stored);
  auto alone = run(catalog->write<catalog::DefinitionText>(
      "eva",
      [](catalog::Transaction& transaction) {
        return catalog::put_definition(transaction, "alone", 0, "app: alone\nextends: gone\n");
      },
      {"store", soon()}));
  ASSERT_TRUE(alone);
  ASSERT_TRUE(run(definitions->read()));
  put_in_force(definitions->over());
  ASSERT_NE(rig.definitions.find("shop"), nullptr);
  ASSERT_EQ(notes.warnings, 2U);
  EXPECT_EQ(notes.errors, 0U);
  EXPECT_THAT(notes.list[1].message, HasSubstr("the file's counts"));
  auto listed = row("shop");
  EXPECT_EQ(listed.source, api::DefinitionSource::kOperator);
  EXPECT_EQ(listed.version, 1U);
  EXPECT_NE(listed.fault, "");
  EXPECT_THAT(row("alone").fault, HasSubstr("gone"));
  // It can be put right, and taken away.
  EXPECT_TRUE(put(shop("", "time"), 1));
  EXPECT_EQ(row("shop").fault, "");
  EXPECT_TRUE(remove("alone")->removed);
}

TEST_F(OwnedDefinitionsTest, a_file_that_changes_below_one_is_told) {
  write_mine("shop.yml", shop());
  read_files();
  ASSERT_TRUE(put(shop("", "time")));
  auto before = files_of;
  write_mine("shop.yml", shop("", "other"));
  read_files();
  define::Problems told;
  definitions->tell_changed_below(before, files_of, told);
  ASSERT_EQ(told.warnings, 1U);
  EXPECT_THAT(told.list[0].message, HasSubstr("version 1"));
  definitions->tell_changed_below(files_of, files_of, told);
  EXPECT_EQ(told.warnings, 1U);
  EXPECT_EQ(row("shop").source, api::DefinitionSource::kCatalog);
}

TEST_F(OwnedDefinitionsTest, nothing_is_stored_that_cannot_be_put_in_force) {
  reload_error = Error(ErrorCode::kInvalidArgument, "cannot reload: 1 errors");
  auto refused = put(shop());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 409U);
  reload_error = Error(ErrorCode::kUnavailable, "cannot reload: another reload is under way");
  EXPECT_EQ(put(shop()).error().status, 503U);
  reload_error.reset();
  EXPECT_EQ(run(definitions->versions("shop", soon())).error().status, 404U);
}

TEST_F(OwnedDefinitionsTest, what_is_stored_and_not_in_force_is_tried_again) {
  reload_error = Error(ErrorCode::kResourceExhausted, "cannot reload: no memory");
  fails_late = true;
  auto report = put(shop());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->version, 1U);
  EXPECT_FALSE(report->in_force);
  EXPECT_THAT(report->pending, HasSubstr("no memory"));
  EXPECT_FALSE(definitions->due_again());  // not at once
}

TEST_F(OwnedDefinitionsTest, no_change_goes_with_a_reload) {
  reloading = true;
  EXPECT_EQ(put(shop()).error().status, 503U);
  EXPECT_EQ(remove().error().status, 503U);
  EXPECT_EQ(run(definitions->check("shop", shop(), admin())).error().status, 503U);
}

TEST_F(OwnedDefinitionsTest, without_memory_a_text_is_not_read) {
  auto& pages = rig.ledger.account("catalog/pages");
  pages.set_limit(1000);
  EXPECT_EQ(put(shop()).error().status, 503U);
  EXPECT_FALSE(run(definitions->read()));
}

TEST_F(OwnedDefinitionsTest, one_that_memory_is_short_for_is_left_out) {
  ASSERT_TRUE(put(shop()));
  definitions.reset();
  rig.ledger.account("monitors/definitions").set_limit(100);
  make();
  ASSERT_TRUE(run(definitions->read()));
  put_in_force(definitions->over());
  EXPECT_THAT(row("shop").fault, HasSubstr("memory"));
}

}  // namespace
}  // namespace holter::app
