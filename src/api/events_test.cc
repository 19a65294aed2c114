#include "api/events.h"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_server.h"

namespace holter::api {
namespace {

using namespace std::chrono_literals;

std::string stream_request(std::string_view more = "") {
  return request("/api/v1/events/stream", more);
}

TEST(Events, are_listed_from_a_given_one_on) {
  Asker ask;
  for (int i = 1; i <= 5; ++i) ask.backend.add_event(fmt::format("event {}", i));
  auto list = object(ask.get("/api/v1/events?after=2&limit=2"));
  EXPECT_EQ(list.at("events").as_array().size(), 2U);
  EXPECT_EQ(list.at("events").at(0).at("id").to_number<int>(), 3);
  EXPECT_EQ(list.at("events").at(0).at("text").as_string(), "event 3");
  EXPECT_EQ(list.at("last").to_number<int>(), 4);
  EXPECT_FALSE(list.at("restarted").as_bool());
  list = object(ask.get("/api/v1/events?after=5"));
  EXPECT_TRUE(list.at("events").as_array().empty());
  EXPECT_EQ(list.at("last").to_number<int>(), 5);
}

TEST(Events, an_id_of_an_earlier_run_begins_anew) {
  Asker ask;
  ask.backend.add_event("first of this run");
  auto list = object(ask.get("/api/v1/events?after=700"));
  EXPECT_TRUE(list.at("restarted").as_bool());
  EXPECT_EQ(list.at("events").as_array().size(), 1U);
  auto body = ask.get("/api/v1/events/stream?after=700").body;
  EXPECT_TRUE(body.contains("id: 1\n")) << body;
}

std::shared_ptr<const JobProgress> job_of(std::string account) {
  return std::make_shared<const JobProgress>(JobProgress{.id = 3,
                                                         .kind = "monitors.edit",
                                                         .phase = JobProgress::Phase::kApply,
                                                         .done = 250,
                                                         .total = 1'000,
                                                         .started_by = std::move(account)});
}

TEST(Events, of_jobs_say_how_far_they_are) {
  Asker ask;
  ask.backend.add_event("monitors.edit by 'eva'", "job", job_of("eva"));
  auto event = object(ask.get("/api/v1/events")).at("events").at(0);
  EXPECT_EQ(event.at("job"), boost::json::parse(R"({"id": 3, "kind": "monitors.edit", "phase": "apply", "done": 250,
                                                    "total": 1000, "state": "running", "started_by": "eva"})"));
  auto body = ask.get("/api/v1/events/stream").body;
  EXPECT_TRUE(body.contains(R"("job":{"id":3,"kind":"monitors.edit","phase":"apply","done":250,"total":1000,)"))
      << body;
  JobProgress unknown{.id = 4, .kind = "reload"};
  ask.backend.add_event("reload", "job", std::make_shared<const JobProgress>(unknown));
  auto job = object(ask.get("/api/v1/events?after=1")).at("events").at(0).at("job");
  EXPECT_EQ(job.at("total"), nullptr);
  EXPECT_EQ(job.at("started_by"), nullptr);
  ask.backend.add_event("other");
  EXPECT_FALSE(object(ask.get("/api/v1/events?after=2")).at("events").at(0).as_object().contains("job"));
}

TEST(Events, of_jobs_are_for_editors_and_for_who_began_them) {
  Asker ask;
  ask.backend.add_event("before");
  ask.backend.add_event("of another", "job", job_of("eva"));
  ask.backend.add_event("of the reader", "job", job_of("tester"));
  ask.backend.add_event("after");
  auto texts = [&] {
    std::vector<std::string> out;
    for (const auto& event : object(ask.get("/api/v1/events")).at("events").as_array())
      out.emplace_back(event.at("text").as_string());
    return out;
  };
  for (std::string role : {"editor", "admin"}) {
    ask.backend.gate_.role = role;
    EXPECT_EQ(texts().size(), 4U) << role;
  }
  for (std::string role : {"viewer", "operator"}) {
    ask.backend.gate_.role = role;
    EXPECT_EQ(texts(), (std::vector<std::string>{"before", "of the reader", "after"})) << role;
    // What is not shown is no gap, and asking on goes behind it.
    auto stream = ask.get("/api/v1/events/stream?after=1").body;
    EXPECT_FALSE(stream.contains("of another")) << stream;
    EXPECT_FALSE(stream.contains("gap")) << stream;
    EXPECT_TRUE(stream.contains("id: 3\n") && stream.contains("id: 4\n")) << stream;
    auto list = object(ask.get("/api/v1/events?after=1&limit=1"));
    EXPECT_TRUE(list.at("events").as_array().empty());
    EXPECT_EQ(list.at("last"), 2);
  }
}

IncidentChange incident_in(std::string folder, std::uint64_t id) {
  return {.id = id,
          .action = "acknowledged",
          .rule = "disk full",
          .title = "<b>/var</b> is full",
          .severity = model::Severity::kEmergency,
          .monitor = FakeBackend::kId,
          .folder = std::move(folder),
          .who = "eva",
          .text = ""};
}

TEST(Events, of_incidents_and_notifications_say_what_became_of_them) {
  Asker ask;
  ask.backend.add_event(incident_in("prod", 11));
  ask.backend.add_event(DeadNotification{21, "ops", "email", "[FIRING:1] disk full", "550: no such user"});
  auto events = object(ask.get("/api/v1/events")).at("events");
  EXPECT_EQ(events.at(0).at("kind"), "incident");
  EXPECT_EQ(events.at(0).at("incident"), boost::json::parse(R"({"id": 11, "action": "acknowledged", "rule": "disk full",
                                   "title": "<b>/var</b> is full", "severity": "emergency",
                                   "monitor": "0123456789abcdef", "who": "eva", "text": ""})"));
  EXPECT_EQ(events.at(1).at("notification"),
            boost::json::parse(R"({"id": 21, "receiver": "ops", "channel": "email", "title": "[FIRING:1] disk full",
                                   "answer": "550: no such user"})"));
  auto of_none = incident_in("", 12);
  of_none.monitor = {};
  of_none.who = "";
  ask.backend.add_event(of_none);
  auto change = object(ask.get("/api/v1/events?after=2")).at("events").at(0).at("incident");
  EXPECT_EQ(change.at("monitor"), nullptr);
  EXPECT_EQ(change.at("who"), nullptr);
}

TEST(Events, of_incidents_are_for_who_may_see_the_monitor) {
  Asker ask;
  ask.backend.add_event("of the whole");
  ask.backend.add_event(incident_in("prod/eu", 11));
  ask.backend.add_event(incident_in("production", 12));
  ask.backend.add_event(DeadNotification{21, "ops", "email", "title", "answer"});
  auto of_none = incident_in("prod", 13);
  of_none.monitor = {};
  ask.backend.add_event(of_none);
  auto ids = [&] {
    std::vector<int> out;
    for (const auto& event : object(ask.get("/api/v1/events")).at("events").as_array())
      out.push_back(event.at("id").to_number<int>());
    return out;
  };
  ask.backend.gate_.role = "viewer";
  EXPECT_EQ(ids(), (std::vector<int>{1, 2, 3, 4, 5}));
  ask.backend.gate_.role = "none";
  EXPECT_EQ(ask.get("/api/v1/events").status, 403U) << "who may see nothing";
  ask.backend.gate_.grants = {{"tester", "prod", "viewer"}};
  EXPECT_EQ(ids(), std::vector<int>{2});
  auto stream = ask.get("/api/v1/events/stream").body;
  EXPECT_TRUE(stream.contains("id: 2\n")) << stream;
  EXPECT_FALSE(stream.contains("id: 1\n") || stream.contains("id: 3\n") || stream.contains("id: 4\n")) << stream;
}

TEST(Events, come_as_a_stream_where_accept_says_so) {
  Asker ask;
  ask.backend.add_event("<b>\nlevel");
  RequestHead head{"GET", "/api/v1/events", {"localhost"}};
  head.accept = "text/event-stream";
  auto reply = ask.send(head);
  EXPECT_EQ(reply.type, "text/event-stream");
  EXPECT_TRUE(reply.body.contains("id: 1\ndata: {\"id\":1,")) << reply.body;
  EXPECT_TRUE(reply.body.ends_with("}\n\n"));
  EXPECT_EQ(reply.body.find("<b>"), std::string::npos);
}

TEST(Events, a_last_event_id_wins_over_the_parameter_and_must_be_a_number) {
  Asker ask;
  for (int i = 1; i <= 5; ++i) ask.backend.add_event(fmt::format("event {}", i));
  RequestHead head{"GET", "/api/v1/events/stream?after=1", {"localhost"}};
  head.last_event_id = "4";
  auto body = ask.send(head).body;
  EXPECT_FALSE(body.contains("id: 4\n"));
  EXPECT_TRUE(body.contains("id: 5\n"));
  for (std::string bad : {"x", "-1", "99999999999999999999", "1 "}) {
    head.last_event_id = bad;
    EXPECT_EQ(ask.send(head).status, 400U) << bad;
  }
}

TEST(Events, a_stream_says_how_many_are_gone) {
  Asker ask;
  for (int i = 1; i <= 150; ++i) ask.backend.add_event("x");  // 100 are kept
  auto body = ask.get("/api/v1/events/stream?after=10").body;
  EXPECT_TRUE(body.contains("event: gap\ndata: {\"missed\":40}\n\nid: 51\n")) << body.substr(0, 200);
}

TEST(Events, more_streams_than_the_limit_are_refused) {
  Asker ask;
  std::vector<std::unique_ptr<LiveStream>> open;
  for (std::size_t i = 0; i < EventHub::kMostStreams; ++i)
    open.push_back(std::move(
        *ask.events.open(0, EventReader(*access::Identity::of_session({.name = "tester", .role = "viewer"}, {})))));
  EXPECT_EQ(ask.account.used(), EventHub::kMostStreams * EventHub::kStreamBytes);
  auto reply = ask.get("/api/v1/events/stream");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_TRUE(reply.body.contains("32 are open, the limit is 32")) << reply.body;
  EXPECT_EQ(ask.stats.streams_refused, 1U);
  EXPECT_EQ(ask.stats.streams, 32U);
  open.pop_back();
  EXPECT_EQ(ask.get("/api/v1/events/stream").status, 200U);
  open.clear();
  EXPECT_EQ(ask.stats.streams, 0U);
  EXPECT_EQ(ask.account.used(), 0U);
}

TEST(Events, a_stream_without_memory_is_refused) {
  Asker ask;
  auto held = ask.account.reserve((64U << 20) - EventHub::kStreamBytes + 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(ask.get("/api/v1/events/stream").status, 503U);
  EXPECT_EQ(ask.stats.streams_refused, 1U);
}

TEST(Events, reach_an_open_stream_as_they_happen) {
  TestServer server;
  server.backend.add_event("before");
  RawClient client(server.port());
  client.send(stream_request());
  auto head = client.read_until("\r\n\r\n");
  EXPECT_TRUE(head.contains("Content-Type: text/event-stream\r\n")) << head;
  EXPECT_TRUE(head.contains("Connection: close\r\n"));
  client.read_until("before");
  for (std::string text : {"first", "second", "third"}) {
    server.happen(text);
    EXPECT_TRUE(client.read_until(text).ends_with(text));
  }
}

TEST(Events, a_quiet_stream_has_heartbeats) {
  ServerOptions options;
  options.heartbeat = 20ms;
  TestServer server(options);
  RawClient client(server.port());
  client.send(stream_request());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.read_until("\n:\n\n").ends_with("\n:\n\n"));
}

TEST(Events, a_stream_is_taken_up_where_it_broke_off) {
  TestServer server;
  server.backend.add_event("one");
  server.backend.add_event("two");
  RawClient client(server.port());
  client.send(stream_request("Last-Event-ID: 1\r\n"));
  auto got = client.read_until("two");
  EXPECT_TRUE(got.contains("id: 2\n"));
  EXPECT_FALSE(got.contains("id: 1\n"));
}

TEST(Events, a_peer_that_hangs_up_frees_its_place_at_once) {
  TestServer server;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < EventHub::kMostStreams; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      // Those of the round before may have to be noticed first: refused ones ask again.
      std::string head;
      for (int tries = 0; tries < 1000 && !head.starts_with("HTTP/1.1 200"); ++tries) {
        clients.back() = std::make_unique<RawClient>(server.port());
        clients.back()->send(stream_request());
        head = clients.back()->read_until("\r\n\r\n");
      }
      ASSERT_TRUE(head.starts_with("HTTP/1.1 200")) << head;
    }
  }
  server.close();
  EXPECT_EQ(server.budget.account("api").child("streams").used(), 0U);
  EXPECT_EQ(server.budget.account("api").child("connections").used(), 0U);
}

TEST(Events, a_peer_that_does_not_read_is_ended_and_counted) {
  ServerOptions options;
  options.request_timeout = 100ms;
  TestServer server(options);
  RawClient slow(server.port());
  slow.send(stream_request());
  slow.read_until("\r\n\r\n");
  bool ended = false;
  for (auto until = std::chrono::steady_clock::now() + 20s; !ended && std::chrono::steady_clock::now() < until;) {
    for (int i = 0; i < 20; ++i) server.backend.add_event(std::string(20'000, 'x'));
    server.happen("more");
    RawClient other(server.port());
    other.send(request("/metrics"));
    ended = other.read_until("# HELP probe_success").contains("holter_api_event_streams_slow_total 1\n");
  }
  EXPECT_TRUE(ended);
}

TEST(Events, a_stream_ends_when_the_server_closes) {
  TestServer server;
  RawClient client(server.port());
  client.send(stream_request());
  client.read_until("events of Holter");
  server.close();
  client.read_all();
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(server.backend.event_callback);
}

}  // namespace
}  // namespace holter::api
