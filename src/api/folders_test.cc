#include <boost/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"

// Folders, and what monitors say of folders and parents.
namespace holter::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFolders = "/api/v1/folders";

Asker::Reply patch(Asker& ask, std::string_view json, std::string if_match) {
  RequestHead head{"PATCH", kFolders, {"localhost:2157"}};
  head.content_type = "application/json";
  head.body = json;
  head.if_match = std::move(if_match);
  return ask.send(head);
}

TEST(Folders, are_listed_with_the_states_of_what_lies_in_them) {
  Asker ask;
  auto list = object(ask.get(kFolders)).at("folders").as_array();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].at("path"), "");
  EXPECT_EQ(list[0].at("created"), nullptr);
  EXPECT_EQ(list[1].at("path"), "dc1/rack2");
  EXPECT_EQ(list[1].at("states").at("UNREACHABLE"), 1);
  EXPECT_EQ(list[1].at("states").at("UP"), 2);
}

TEST(Folders, are_made_changed_and_deleted_by_their_paths) {
  Asker ask;
  auto made = ask.change("POST", kFolders, R"({"path": "dc1/rack2", "description": "second"})");
  EXPECT_EQ(made.status, 201U) << made.body;
  EXPECT_EQ(object(made).at("path"), "dc1/rack2");
  auto moved = patch(ask, R"({"path": "dc1/rack2", "to": "dc2"})", "*");
  EXPECT_EQ(moved.status, 200U);
  EXPECT_EQ(ask.backend.folders_.version, std::nullopt);
  EXPECT_EQ(ask.backend.folders_.changed.to, "dc2");
  EXPECT_EQ(ask.backend.folders_.changed.description, std::nullopt);
  auto gone = ask.change("DELETE", kFolders + "?path=dc1%2Frack2", "");
  EXPECT_EQ(gone.status, 200U) << gone.body;
  EXPECT_EQ(object(gone).at("deleted"), "dc1/rack2");
  EXPECT_THAT(ask.backend.folders_.calls,
              ElementsAre("create dc1/rack2 second", "change dc1/rack2", "remove dc1/rack2"));
}

TEST(Folders, a_change_names_the_version_that_it_is_of) {
  Asker ask;
  auto list = object(ask.get(kFolders)).at("folders").as_array();
  EXPECT_EQ(list[0].at("version"), nullptr);  // the root is not changed
  EXPECT_EQ(list[1].at("version"), 4711);
  EXPECT_EQ(ask.change("PATCH", kFolders, R"({"path": "dc1/rack2", "to": "dc2"})").status, 428U);
  auto changed = patch(ask, R"({"path": "dc1/rack2", "to": "dc2"})", "\"4711\"");
  EXPECT_EQ(changed.status, 200U) << changed.body;
  EXPECT_EQ(ask.backend.folders_.version, 4711U);
  EXPECT_THAT(changed.headers, ::testing::Contains(std::pair<std::string, std::string>("ETag", "\"4711\"")));
  // One that cannot be of this server is none's; the backend refuses it.
  EXPECT_EQ(patch(ask, R"({"path": "dc1/rack2"})", "W/\"4711\"").status, 200U);
  EXPECT_EQ(ask.backend.folders_.version, 0U);
  EXPECT_EQ(patch(ask, R"({"path": "dc1/rack2"})", "4711").status, 400U);
  // As of monitors, who deletes may leave it out.
  EXPECT_EQ(ask.change("DELETE", kFolders + "?path=dc1", "").status, 200U);
  EXPECT_EQ(ask.backend.folders_.version, std::nullopt);
  RequestHead head{"DELETE", kFolders + "?path=dc1", {"localhost:2157"}};
  head.content_type = "application/json";
  head.if_match = "\"12\"";
  EXPECT_EQ(ask.send(head).status, 200U);
  EXPECT_EQ(ask.backend.folders_.version, 12U);
}

TEST(Folders, of_bad_paths_are_refused_before_anybody_is_asked) {
  Asker ask;
  struct Bad {
    const char* method;
    std::string target, json, parameter;
  };
  for (const auto& bad :
       {Bad{"POST", kFolders, "{}", "path"}, Bad{"POST", kFolders, R"({"path": ""})", "path"},
        Bad{"POST", kFolders, R"({"path": "a//b"})", "path"}, Bad{"POST", kFolders, R"({"path": 3})", "path"},
        Bad{"POST", kFolders, R"({"path": "a", "description": 3})", "description"},
        Bad{"PATCH", kFolders, R"({"path": "a", "to": "/b"})", "to"}, Bad{"DELETE", kFolders, "", "path"}}) {
    auto reply = std::string_view(bad.method) == "PATCH" ? patch(ask, bad.json, "*")
                                                         : ask.change(bad.method, bad.target, bad.json);
    EXPECT_EQ(reply.status, 400U) << bad.json;
    EXPECT_EQ(reply.type, "application/problem+json");
    EXPECT_EQ(object(reply).at("parameter"), boost::json::string(bad.parameter)) << reply.body;
  }
  EXPECT_EQ(ask.change("POST", kFolders, R"({"path": "a", "parent": "b"})").status, 400U);
  EXPECT_TRUE(ask.backend.folders_.calls.empty());
}

TEST(Folders, problems_are_answered_as_they_are) {
  Asker ask;
  ask.backend.folders_.problem =
      Problem{409, "cannot delete the folder 'a': 0 folders and 2 monitors lie in it", "path", 0};
  auto reply = ask.change("DELETE", kFolders + "?path=a", "");
  EXPECT_EQ(reply.status, 409U);
  EXPECT_THAT(reply.body, HasSubstr("2 monitors lie in it"));
}

TEST(Folders, lists_of_monitors_can_be_of_one) {
  Asker ask;
  EXPECT_EQ(ask.get("/api/v1/monitors?folder=dc1%2Frack2&state=unreachable").status, 200U);
  EXPECT_EQ(ask.backend.asked_list.folder, "dc1/rack2");
  EXPECT_EQ(ask.backend.asked_list.state, model::State::kUnreachable);
  EXPECT_EQ(ask.change("POST", "/api/v1/monitors/bulk", R"({"filter": {"folder": "dc1"}, "action": "pause"})").status,
            200U);
  EXPECT_EQ(ask.backend.owned_.order.filter.folder, "dc1");
}

TEST(Folders, a_monitor_says_where_it_is_and_what_keeps_it_from_being_down) {
  Asker ask;
  auto& row = ask.backend.rows_[0];
  row.state = model::State::kUnreachable;
  row.folder = "dc1";
  row.unreachable_because = "parent 'router-1' is down";
  auto monitor = object(ask.get("/api/v1/monitors/0123456789abcdef"));
  EXPECT_EQ(monitor.at("state"), "UNREACHABLE");
  EXPECT_EQ(monitor.at("folder"), "dc1");
  EXPECT_EQ(monitor.at("unreachable_because"), "parent 'router-1' is down");
  EXPECT_EQ(monitor.at("message"), "no answer");  // as measured
  EXPECT_EQ(monitor.at("parents").as_array()[0],
            boost::json::parse(R"({"id": "0123456789abcdef", "name": "router-1", "state": "UP"})"));
  EXPECT_EQ(monitor.at("parents").as_array()[1].at("id"), nullptr);
  EXPECT_THAT(ask.get("/metrics").body, HasSubstr("holter_monitors{state=\"unreachable\"} 1\n"));
}

}  // namespace
}  // namespace holter::api
