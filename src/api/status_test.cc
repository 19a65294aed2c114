#include <boost/json.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/headers.h"
#include "api/test_accounts.h"

// Routes of status pages: for who writes them, and for visitors.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kPages = "/api/v1/status-pages";
const std::string kView = "/api/v1/status/acme";
constexpr std::string_view kDocument = R"({"slug": "acme", "spec": {"title": "Acme"}})";
constexpr std::string_view kIncident = R"({"title": "Slow", "components": ["site"]})";

class StatusRoutes : public ::testing::Test {
 protected:
  Asker::Reply send(std::string method, std::string target, std::string_view json, std::string if_match = "") {
    return ask.change(std::move(method), std::move(target), json, std::move(if_match));
  }
  FakeStatus& status() { return ask.backend.status_; }
  /// Nobody is known.
  void be_a_stranger() { ask.backend.gate_.error = Error(ErrorCode::kUnauthenticated, "cannot tell who asks"); }

  Asker ask;
};

TEST_F(StatusRoutes, a_page_is_listed_made_read_replaced_and_deleted) {
  auto list = ask.get(kPages);
  ASSERT_EQ(list.status, 200U) << list.body;
  EXPECT_EQ(object(list).at("pages").at(0).at("title"), "Acme");
  auto made = send("POST", kPages, kDocument);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(status().text, kDocument);
  EXPECT_EQ(header(made, "Location"), kPages + "/acme");
  EXPECT_EQ(header(made, "ETag"), "\"3\"");
  auto read = ask.get(kPages + "/acme");
  EXPECT_EQ(object(read).at("spec").at("title"), "Acme");
  EXPECT_EQ(object(read).at("logo"), "iVBORw0KGgo=");
  EXPECT_EQ(status().slug, "acme");
  EXPECT_EQ(send("PUT", kPages + "/acme", kDocument).status, 428U);
  EXPECT_EQ(send("PUT", kPages + "/acme", kDocument, "\"3\"").status, 200U);
  EXPECT_EQ(status().version, 3U);
  auto gone = send("DELETE", kPages + "/acme", "", "\"3\"");
  EXPECT_EQ(object(gone).at("deleted"), "acme");
  EXPECT_THAT(status().calls, ElementsAre("list", "create", "find", "replace", "remove"));
}

TEST_F(StatusRoutes, announcements_have_a_page_and_an_id_in_their_path) {
  auto all = kPages + "/acme/announcements", one = all + "/7";
  auto list = ask.get(all + "?before=9&limit=2");
  ASSERT_EQ(list.status, 200U) << list.body;
  EXPECT_EQ(status().query.before, 9U);
  EXPECT_EQ(status().query.limit, 2U);
  EXPECT_EQ(object(list).at("next"), 6);
  auto made = send("POST", all, kIncident);
  ASSERT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(header(made, "Location"), one);
  EXPECT_EQ(status().slug, "acme");
  auto read = ask.get(one);
  EXPECT_EQ(object(read).at("updates").at(0).at("who"), "eva");
  EXPECT_EQ(status().id, 7U);
  EXPECT_EQ(status().slug, "acme");
  EXPECT_EQ(send("PUT", one, kIncident, "\"2\"").status, 200U);
  EXPECT_EQ(status().version, 2U);
  EXPECT_EQ(send("POST", one + "/updates", R"({"text": "the disk", "state": "identified"})").status, 201U);
  EXPECT_EQ(object(send("DELETE", one, "", "*")).at("deleted"), 7);
  EXPECT_THAT(status().calls, ElementsAre("announcements", "announce", "announcement", "replace_announcement",
                                          "add_note", "remove_announcement"));
  EXPECT_EQ(ask.get(all + "/x").status, 400U);
  EXPECT_EQ(ask.get(kPages + "//announcements/7").status, 404U);
}

TEST_F(StatusRoutes, the_file_refuses_what_no_page_can_be) {
  for (std::string_view wrong :
       {R"({"slug": "a"})", R"({"slug": "a", "spec": {"title": "x", "history_days": 91}})",
        R"({"slug": "a", "spec": {"title": "x", "groups": [{"components": [{"id": "a"}]}]}})",
        R"({"slug": "a", "spec": {"title": "x"}, "logo": 1})", R"({"slug": "a", "spec": {"title": "x"}, "id": 1})"})
    EXPECT_EQ(send("POST", kPages, wrong).status, 400U) << wrong;
  EXPECT_EQ(send("POST", kPages + "/acme/announcements", R"({"title": "x", "state": "on fire"})").status, 400U);
  EXPECT_TRUE(status().calls.empty());
}

TEST_F(StatusRoutes, visitors_need_no_account_where_a_page_is_public) {
  be_a_stranger();
  auto view = ask.get(kView);
  ASSERT_EQ(view.status, 200U) << view.body;
  EXPECT_FALSE(status().knew);
  EXPECT_EQ(object(view).at("state"), "degraded");
  EXPECT_DOUBLE_EQ(object(view).at("groups").at(0).at("components").at(0).at("response_ms").to_number<double>(), 12.35);
  EXPECT_TRUE(object(view).at("groups").at(0).at("components").at(1).at("response_ms").is_null());
  for (std::string target : {kView + "/history", kView + "/logo", std::string("/status/acme/feed.xml"),
                             std::string("/status/acme/badge.svg")})
    EXPECT_EQ(ask.get(target).status, 200U) << target;
  EXPECT_EQ(ask.get(kPages).status, 401U) << "but to write them";
}

TEST_F(StatusRoutes, a_private_page_is_to_strangers_as_one_that_does_not_exist) {
  status().is_public = false;
  be_a_stranger();
  std::vector<std::string> answers;
  for (bool there : {true, false}) {
    if (!there) status().problem = Problem{404, "cannot find the status page", "slug", 0};
    for (std::string target : {kView, kView + "/history", kView + "/logo", std::string("/status/acme/feed.xml"),
                               std::string("/status/acme/badge.svg")}) {
      auto reply = ask.get(target);
      EXPECT_EQ(reply.status, 404U) << target;
      answers.push_back(reply.body);
      EXPECT_EQ(header(reply, "ETag"), "");
    }
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(answers[i], answers[i + 5]);
}

TEST_F(StatusRoutes, a_private_page_takes_the_role_viewer_for_the_whole) {
  status().is_public = false;
  EXPECT_EQ(ask.get(kView).status, 200U);
  EXPECT_TRUE(status().knew);
  ask.backend.gate_.role = "viewer";
  EXPECT_EQ(ask.get(kView).status, 200U);
  ask.backend.gate_.role = "none";
  ask.backend.gate_.grants = {{"tester", "dc1", "admin"}};
  EXPECT_EQ(ask.get(kView).status, 404U) << "monitors of all folders may be in it";
  ask.backend.gate_.error = Error(ErrorCode::kUnavailable, "cannot reach the catalog");
  EXPECT_EQ(ask.get(kView).status, 503U) << "nobody knows who it is: that is no 404";
}

TEST_F(StatusRoutes, visitors_never_learn_who_wrote_something) {
  auto body = ask.get(kView).body;
  EXPECT_THAT(body, Not(HasSubstr("eva")));
  EXPECT_THAT(body, Not(HasSubstr("adam")));
  EXPECT_THAT(body, Not(HasSubstr("web-1")));
  EXPECT_THAT(body, Not(HasSubstr("<b>"))) << "harmless in a page";
  EXPECT_EQ(object(ask.get(kView)).at("announcements").at(0).at("title"), "<b>Slow</b>");
}

TEST_F(StatusRoutes, who_has_an_answer_already_is_told_so) {
  for (std::string target : {kView, kView + "/history", kView + "/logo", std::string("/status/acme/feed.xml"),
                             std::string("/status/acme/badge.svg?kind=uptime")}) {
    auto first = ask.get(target);
    auto tag = header(first, "ETag");
    EXPECT_TRUE(tag.starts_with("W/\"")) << target;
    RequestHead head{"GET", target, {"localhost"}};
    head.if_none_match = tag;
    auto again = ask.send(head);
    EXPECT_EQ(again.status, 304U) << target;
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header(again, "ETag"), tag);
  }
}

TEST_F(StatusRoutes, history_has_the_days_that_are_asked_for_and_never_rounds_up_to_all) {
  auto all = object(ask.get(kView + "/history"));
  EXPECT_EQ(all.at("buckets").as_array().size(), 3U);
  EXPECT_EQ(all.at("buckets").at(0).at("date"), "2025-11-23");
  const auto& site = all.at("components").at(0);
  EXPECT_DOUBLE_EQ(site.at("buckets").at(0).at("availability").to_number<double>(), 1);
  EXPECT_DOUBLE_EQ(site.at("buckets").at(1).at("availability").to_number<double>(), 0.999999);
  EXPECT_DOUBLE_EQ(site.at("buckets").at(2).at("response_ms").to_number<double>(), 20);
  const auto& db = all.at("components").at(1);
  EXPECT_TRUE(db.at("availability").is_null()) << "unknown is not up";
  EXPECT_TRUE(db.at("cut").as_bool());
  auto last = object(ask.get(kView + "/history?days=1"));
  EXPECT_EQ(last.at("buckets").as_array().size(), 1U);
  EXPECT_DOUBLE_EQ(last.at("components").at(0).at("availability").to_number<double>(), 0.5);
  auto minutes = object(ask.get(kView + "/history?step=minute&days=1"));
  EXPECT_EQ(minutes.at("step"), "minute");
  EXPECT_EQ(minutes.at("buckets").as_array().size(), 3U);
  EXPECT_TRUE(minutes.at("buckets").at(0).at("date").is_null());
  EXPECT_EQ(status().step, StatusStep::kMinute);
  EXPECT_EQ(ask.get(kView + "/history?days=0").status, 400U);
  EXPECT_EQ(ask.get(kView + "/history?days=91").status, 400U);
  ask.backend.heavy_refused = true;
  EXPECT_EQ(ask.get(kView + "/history").status, 503U);
  EXPECT_EQ(ask.get(kView).status, 200U);
}

TEST_F(StatusRoutes, feeds_badges_and_logos_are_of_their_types) {
  auto feed = ask.get("/status/acme/feed.xml");
  EXPECT_EQ(feed.type, "application/rss+xml; charset=utf-8");
  EXPECT_EQ(feed.body, "<rss>Acme http://localhost</rss>");
  ask.site.scheme = "https";
  ask.site.authority = "holter.example";
  EXPECT_THAT(ask.get("/status/acme/feed.xml").body, HasSubstr("https://holter.example"));
  auto badge = ask.get("/status/acme/badge.svg?component=site");
  EXPECT_EQ(badge.type, "image/svg+xml; charset=utf-8");
  EXPECT_EQ(badge.body, "<svg>degraded status site</svg>");
  EXPECT_EQ(ask.get("/status/acme/badge.svg?kind=uptime").body, "<svg>degraded uptime </svg>");
  EXPECT_EQ(ask.get("/status/acme/badge.svg?component=nobody").status, 404U);
  EXPECT_EQ(ask.get("/status/acme/badge.svg?kind=other").status, 400U);
  EXPECT_EQ(ask.get(kView + "/logo").type, "image/png");
}

TEST_F(StatusRoutes, only_badges_may_be_shown_by_pages_of_other_sites) {
  Response response(ask.account);
  EXPECT_THAT(head_text(response, {}), HasSubstr("Cross-Origin-Resource-Policy: same-origin"));
  response.shown_anywhere = true;
  EXPECT_THAT(head_text(response, {}), HasSubstr("Cross-Origin-Resource-Policy: cross-origin"));
}

TEST_F(StatusRoutes, pages_are_for_editors_and_announcements_for_operators) {
  ask.backend.gate_.role = "operator";
  EXPECT_EQ(send("POST", kPages, kDocument).status, 403U);
  EXPECT_EQ(send("PUT", kPages + "/acme", kDocument, "*").status, 403U);
  EXPECT_EQ(send("DELETE", kPages + "/acme", "").status, 403U);
  EXPECT_EQ(send("POST", kPages + "/acme/announcements", kIncident).status, 201U);
  ask.backend.gate_.role = "viewer";
  EXPECT_EQ(send("POST", kPages + "/acme/announcements", kIncident).status, 403U);
  EXPECT_EQ(ask.get(kPages + "/acme").status, 200U);
}

}  // namespace
}  // namespace holter::api
