#include "app/status_pages.h"

#include <boost/asio/detached.hpp>
#include <boost/json.hpp>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/test_rig.h"
#include "batch/builder.h"
#include "catalog/audit.h"
#include "testing/fake_root.h"
#include "testing/run_task.h"

namespace holter::app {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::run_task;
using testing::soon;

constexpr std::string_view kPage = R"({"slug": "acme", "spec": {"title": "Acme", "public": true, "response_time": true,
  "time_zone": "Europe/Berlin", "history_days": 3, "groups": [{"name": "Web", "components": [
    {"id": "site", "name": "Website", "monitors": ["web-1", "web-2"]},
    {"id": "db", "name": "Database", "matchers": "{app=\"ping\",tier=\"db\"}"}]}]}})";

class StatusPagesTest : public ::testing::Test {
 protected:
  StatusPagesTest() {
    auto opened =
        catalog::Catalog::open({.database = {.data_dir = root.path()}}, rig.clock, rig.ledger.account("catalog"));
    EXPECT_TRUE(opened) << opened.error().message();
    catalog = std::move(*opened);
    pages = std::make_unique<StatusPages>(StatusPages::Parts{
        .catalog = *catalog,
        .fleet = rig.fleet,
        .latest = rig.latest,
        .clock = rig.clock,
        .pages = rig.ledger.account("catalog/pages"),
        .kept = rig.ledger.account("api/status"),
        .heartbeats = [this](history::HeartbeatsQuery query, MonoTime) { return answer(this, std::move(query)); },
    });
  }
  ~StatusPagesTest() override {
    pages.reset();
    catalog.reset();
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return run_task(rig.control, std::move(task));
  }
  api::Caller editor() const { return {who, soon()}; }

  void add(const std::string& name, model::Labels labels = {}) {
    auto monitor = rig.monitor(name);
    monitor.labels = std::make_shared<model::Labels>(std::move(labels));
    rig.add_loaded(std::move(monitor));
  }
  void tell(const std::string& name, model::ResultCode code) {
    builder.add_round({stable_hash(name)}, "summary", epoch_ms(rig.clock.wall()), 2000, code, "10.0.0.1 is secret");
    rig.latest.apply(*builder.finish().value());
  }
  void make(std::string_view document = kPage) {
    auto made = run(pages->create(std::string(document), editor()));
    ASSERT_TRUE(made) << made.error().detail << made.error().parameter;
  }
  std::shared_ptr<const api::StatusView> view(bool knows = false) {
    auto found = run(pages->view("acme", knows, soon()));
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : nullptr;
  }
  std::string state_of(std::size_t component) {
    rig.clock.advance(StatusPages::kViewFresh);
    return view()->groups.at(0).components.at(component).state;
  }
  /// What history knows: each asked monitor has one check a bucket, of which those of web-2 fail.
  static StatusPages::Heartbeats answer(StatusPagesTest* self, history::HeartbeatsQuery query) {
    self->asked.push_back(query);
    if (self->history_error) co_return *self->history_error;
    std::vector<history::MonitorHeartbeats> all;
    for (auto id : query.monitors) {
      auto& of = all.emplace_back(history::MonitorHeartbeats{id, {}});
      for (auto at = query.from_ms; at < query.to_ms; at += query.step_ms)
        of.buckets.push_back({at, 10, id.value == stable_hash("web-2") ? 5U : 0U, 4.0, {}, ""});
    }
    co_return all;
  }

  testing::FakeRoot root;
  TestRig rig;
  batch::Builder builder{rig.batches, 1000};
  access::Identity who = *access::Identity::of_session({.name = "eva", .role = "editor"}, {});
  std::unique_ptr<catalog::Catalog> catalog;
  std::unique_ptr<StatusPages> pages;
  std::vector<history::HeartbeatsQuery> asked;
  std::optional<Error> history_error;
};

TEST_F(StatusPagesTest, components_are_as_their_monitors_by_name_and_by_label) {
  add("web-1"), add("web-2"), add("db-1", {{"tier", "db"}}), add("other", {{"tier", "web"}});
  make();
  EXPECT_EQ(state_of(0), "unknown");
  tell("web-1", model::ResultCode::kSuccess);
  EXPECT_EQ(state_of(0), "unknown") << "of the other nobody knows";
  tell("web-2", model::ResultCode::kSuccess);
  tell("db-1", model::ResultCode::kTimeout);
  tell("other", model::ResultCode::kSuccess);
  EXPECT_EQ(state_of(0), "operational");
  EXPECT_EQ(state_of(1), "outage");
  EXPECT_EQ(view()->state, "degraded");
  EXPECT_EQ(view()->groups.at(0).components.at(0).duration_ms, 2.0);
  tell("web-2", model::ResultCode::kFail);
  EXPECT_EQ(state_of(0), "degraded");
  tell("web-1", model::ResultCode::kFail);
  EXPECT_EQ(state_of(0), "outage");
}

TEST_F(StatusPagesTest, a_view_is_kept_for_ten_seconds_and_changes_show_at_once) {
  add("web-1"), add("web-2");
  make();
  auto first = view();
  tell("web-1", model::ResultCode::kFail), tell("web-2", model::ResultCode::kFail);
  EXPECT_EQ(view(), first);
  EXPECT_GT(rig.ledger.account("api/status").held(), 0U);
  rig.clock.advance(StatusPages::kViewFresh);
  EXPECT_NE(view(), first);
  auto second = view();
  ASSERT_TRUE(run(pages->announce("acme", R"({"title": "Slow"})", editor())));
  EXPECT_NE(view(), second);
  EXPECT_EQ(view()->announcements.size(), 1U);
}

TEST_F(StatusPagesTest, a_private_page_is_as_none_to_strangers_also_when_it_is_kept) {
  std::string document(kPage);
  document.replace(document.find("\"public\": true"), 14, "\"public\": false");
  make(document);
  auto none = run(pages->view("nobody", false, soon())).error();
  auto hidden = [&] {
    auto problem = run(pages->view("acme", false, soon())).error();
    problem.detail.replace(problem.detail.find("acme"), 4, "nobody");
    EXPECT_EQ(problem.status, none.status);
    EXPECT_EQ(problem.detail, none.detail);
    EXPECT_EQ(problem.parameter, none.parameter);
  };
  hidden();
  EXPECT_NE(view(true), nullptr);
  hidden();
  EXPECT_EQ(run(pages->history("acme", api::StatusStep::kDay, false, soon())).error().status, 404U);
  EXPECT_EQ(run(pages->logo("acme", false, soon())).error().status, 404U);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(StatusPagesTest, pages_are_changed_by_version_moved_and_audited) {
  make();
  auto page = run(pages->find("acme", editor())).value();
  EXPECT_EQ(page.version, 1U);
  EXPECT_EQ(run(pages->create(std::string(kPage), editor())).error().status, 409U);
  EXPECT_EQ(run(pages->replace("acme", 7, std::string(kPage), editor())).error().status, 412U);
  std::string moved(kPage);
  moved.replace(moved.find("acme"), 4, "acme-2");
  auto stored = run(pages->replace("acme", 1, moved, editor()));
  ASSERT_TRUE(stored) << stored.error().detail;
  EXPECT_EQ(stored->slug, "acme-2");
  EXPECT_EQ(run(pages->find("acme", editor())).error().status, 404U);
  EXPECT_EQ(run(pages->list(editor()))->at(0).components, 2U);
  EXPECT_EQ(run(pages->remove("acme-2", 1, editor())).error().status, 412U);
  EXPECT_TRUE(run(pages->remove("acme-2", 2, editor())));
  auto audit = run(catalog->read<std::vector<catalog::AuditEntry>>(
      [](catalog::Database& database) { return catalog::read_audit(database, {}); }, {"read", soon(), 0}));
  std::vector<std::string> what;
  for (const auto& entry : *audit) what.push_back(entry.who + " " + entry.what + " " + entry.target);
  EXPECT_THAT(what,
              ElementsAre("eva status_page.delete status_page/acme-2", "eva status_page.update status_page/acme-2",
                          "eva status_page.create status_page/acme"));
}

TEST_F(StatusPagesTest, what_is_wrong_with_a_document_is_named_by_its_member) {
  auto fault = [&](std::string document) {
    auto made = run(pages->create(std::move(document), editor()));
    return made ? "none" : fmt::format("{} {}", made.error().status, made.error().parameter);
  };
  EXPECT_EQ(fault(R"({"slug": "A", "spec": {"title": "x"}})"), "422 slug");
  EXPECT_EQ(fault(R"({"slug": "a"})"), "422 spec");
  EXPECT_EQ(fault(R"({"slug": "a", "spec": {"title": "x", "time_zone": "Mars"}})"), "422 spec.time_zone");
  EXPECT_EQ(fault(R"({"slug": "a", "spec": {"title": "x"}, "logo": "PHN2Zz4="})"), "422 logo");
  EXPECT_EQ(fault(R"({"slug": "a", "spec": {"title": "x"}, "logo": "iVBORw0KGgo="})"), "none");
  EXPECT_EQ(run(pages->logo("a", true, soon()))->content_type, "image/png");
}

TEST_F(StatusPagesTest, announcements_go_on_by_updates_until_they_are_over) {
  make();
  auto made = run(pages->announce("acme", R"({"title": "Slow", "impact": "minor", "components": ["site"],
                                             "text": "We look"})",
                                  editor()));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->notes.at(0).text, "We look");
  EXPECT_EQ(made->starts_ms, epoch_ms(rig.clock.wall()));
  EXPECT_EQ(made->ends_ms, 0);
  rig.clock.advance(5min);
  auto told = run(pages->add_note("acme", made->id, R"({"text": "It was the disk", "state": "resolved"})", editor()));
  ASSERT_TRUE(told) << told.error().detail;
  EXPECT_EQ(told->state, "resolved");
  EXPECT_EQ(told->version, 2U);
  EXPECT_EQ(told->ends_ms, epoch_ms(rig.clock.wall()));
  EXPECT_EQ(told->notes.at(0).text, "It was the disk");
  EXPECT_EQ(view()->announcements.at(0).notes.size(), 2U);
  EXPECT_EQ(run(pages->add_note("acme", made->id, R"({"text": "x", "state": "completed"})", editor())).error().status,
            422U);
  EXPECT_EQ(run(pages->announce("acme", R"({"title": "x", "components": ["no"]})", editor())).error().parameter,
            "components");
  auto changed = run(pages->replace_announcement("acme", made->id, 2, R"({"title": "Very slow"})", editor()));
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->starts_ms, made->starts_ms);
  EXPECT_EQ(run(pages->replace_announcement("acme", made->id, 2, R"({"title": "x"})", editor())).error().status, 412U);
  EXPECT_EQ(run(pages->announcements("acme", {.limit = 1}, editor()))->rows.size(), 1U);
  EXPECT_TRUE(run(pages->remove_announcement("acme", made->id, 3, editor())));
  EXPECT_EQ(run(pages->announcement("acme", made->id, editor())).error().status, 404U);
}

TEST_F(StatusPagesTest, what_is_long_over_is_not_shown_any_more) {
  make();
  auto made = run(pages->announce("acme", R"({"title": "Old", "state": "resolved"})", editor()));
  ASSERT_TRUE(made);
  EXPECT_EQ(view()->announcements.size(), 1U);
  rig.clock.advance(15 * 24h);
  EXPECT_THAT(view()->announcements, IsEmpty());
}

TEST_F(StatusPagesTest, maintenance_that_goes_on_is_the_state) {
  add("web-1"), add("web-2");
  tell("web-1", model::ResultCode::kFail), tell("web-2", model::ResultCode::kFail);
  make();
  ASSERT_TRUE(run(pages->announce(
      "acme", R"({"title": "New disks", "kind": "maintenance", "state": "in_progress", "components": ["site"]})",
      editor())));
  EXPECT_EQ(state_of(0), "maintenance");
  EXPECT_EQ(state_of(1), "unknown");
}

TEST_F(StatusPagesTest, history_asks_for_days_of_one_length_and_counts_each_monitor_alike) {
  rig.clock.set_wall(std::chrono::sys_days(std::chrono::year(2026) / 3 / 30) + 12h);
  add("web-1"), add("web-2");
  make();
  auto found = run(pages->history("acme", api::StatusStep::kDay, false, soon()));
  ASSERT_TRUE(found) << found.error().detail;
  const auto& history = **found;
  EXPECT_THAT(history.dates, ElementsAre("2026-03-28", "2026-03-29", "2026-03-30"));
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[1].step_ms, 23 * 3'600'000);
  const auto& site = history.components.at(0);
  ASSERT_EQ(site.buckets.size(), 3U);
  for (const auto& bucket : site.buckets) EXPECT_EQ(bucket.availability, 0.75);
  EXPECT_FALSE(history.components.at(1).buckets.at(0).availability) << "unknown is not up";
  EXPECT_FALSE(site.cut);
  (void)run(pages->history("acme", api::StatusStep::kDay, false, soon()));
  EXPECT_EQ(asked.size(), 3U) << "it is kept";
  auto minutes = run(pages->history("acme", api::StatusStep::kMinute, false, soon()));
  ASSERT_TRUE(minutes) << minutes.error().detail;
  EXPECT_EQ((*minutes)->starts_ms.size(), 60U);
  EXPECT_EQ(asked.back().step_ms, 60'000);
  EXPECT_THAT(pages->badge(*view(), &history, "site").value(), HasSubstr("75.00 %"));
  EXPECT_THAT(pages->badge(*view(), &history, "db").value(), HasSubstr("no data"));
  EXPECT_EQ(pages->badge(*view(), nullptr, "nobody").error().status, 404U);
}

TEST_F(StatusPagesTest, history_that_fails_is_a_problem_and_not_kept) {
  add("web-1");
  make();
  history_error = Error(ErrorCode::kUnavailable, "cannot ask the history process");
  EXPECT_EQ(run(pages->history("acme", api::StatusStep::kDay, false, soon())).error().status, 503U);
  history_error.reset();
  EXPECT_TRUE(run(pages->history("acme", api::StatusStep::kDay, false, soon())));
}

TEST_F(StatusPagesTest, nothing_of_monitors_is_in_what_visitors_see) {
  add("web-1"), add("web-2"), add("db-1", {{"tier", "db"}});
  tell("web-1", model::ResultCode::kFail);
  make();
  ASSERT_TRUE(run(pages->announce("acme", R"({"title": "Slow", "text": "<b>hm</b>"})", editor())));
  auto feed = pages->feed(*view(), "http://localhost");
  EXPECT_THAT(feed, HasSubstr("<title>Slow (Investigating)</title>"));
  EXPECT_THAT(feed, HasSubstr("http://localhost/status/acme"));
  for (std::string_view secret : {"web-1", "db-1", "tier", "10.0.0.1", "eva"})
    EXPECT_THAT(feed, Not(HasSubstr(secret)));
  for (const auto& group : view()->groups)
    for (const auto& component : group.components)
      for (std::string_view secret : {"web-1", "10.0.0.1", "tier"})
        EXPECT_THAT(component.name + component.description + component.state, Not(HasSubstr(secret)));
}

TEST_F(StatusPagesTest, without_memory_there_is_a_problem_and_no_answer) {
  add("web-1");
  make();
  rig.ledger.account("api/status").set_limit(1);
  EXPECT_EQ(run(pages->view("acme", false, soon())).error().status, 503U);
}

TEST(KeptAnswers, of_those_who_ask_at_once_one_works) {
  boost::asio::io_context context;
  testing::FakeClock clock;
  KeptAnswers<int> kept(10s, clock);
  int made = 0, got = 0;
  using Kept = KeptAnswers<int>;
  auto make = [](boost::asio::io_context* io, int* count) -> Kept::Answer {
    ++*count;
    boost::asio::steady_timer later(*io, 10ms);
    co_await later.async_wait(boost::asio::use_awaitable);
    co_return std::make_shared<const int>(*count);
  };
  auto ask = [](Kept* of, std::function<Kept::Answer()> by, int* seen) -> boost::asio::awaitable<void> {
    auto value = co_await of->get("a", testing::soon(), std::move(by));
    if (value) *seen += **value;
  };
  for (int i = 0; i < 5; ++i)
    boost::asio::co_spawn(context, ask(&kept, [&] { return make(&context, &made); }, &got), boost::asio::detached);
  context.run();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(got, 5);
  EXPECT_EQ(kept.size(), 1U);
  clock.advance(10s);
  EXPECT_EQ(kept.find("a"), nullptr);
}

TEST(KeptAnswers, what_was_made_before_a_change_is_not_kept) {
  boost::asio::io_context context;
  testing::FakeClock clock;
  KeptAnswers<int> kept(10s, clock);
  auto make = [](KeptAnswers<int>* of) -> KeptAnswers<int>::Answer {
    of->forget();
    co_return std::make_shared<const int>(1);
  };
  auto value = run_task(context, kept.get("a", soon(), [&] { return make(&kept); }));
  EXPECT_TRUE(value);
  EXPECT_EQ(kept.size(), 0U);
  auto problem = run_task(
      context, kept.get("a", soon(), []() -> KeptAnswers<int>::Answer { co_return api::Problem{503, "no", "", 0}; }));
  EXPECT_EQ(problem.error().status, 503U);
  EXPECT_EQ(kept.size(), 0U);
}

}  // namespace
}  // namespace holter::app
