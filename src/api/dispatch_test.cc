#include "api/dispatch.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <gtest/gtest.h>

#include "api/fake_request.h"

namespace holter::api {
namespace {

const std::string kMonitor = "/api/v1/monitors/0123456789abcdef";

TEST(Dispatch, every_error_is_a_problem_document) {
  Asker ask;
  for (std::string target :
       {"/none", "/api/v1/monitors?limit=0", "/%00", "/api/v1/monitors/xyz", "/api/v1/monitors/ffffffffffffffff"}) {
    auto reply = ask.get(target);
    EXPECT_EQ(reply.type, "application/problem+json") << target;
    auto problem = object(reply);
    EXPECT_EQ(problem.at("status").to_number<unsigned>(), reply.status);
    EXPECT_TRUE(problem.at("type").as_string().starts_with("urn:holter:problem:"));
    EXPECT_TRUE(problem.at("detail").as_string().starts_with("cannot ")) << reply.body;
  }
}

TEST(Dispatch, other_methods_are_answered_with_those_allowed) {
  Asker ask;
  for (std::string method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "X"}) {
    auto reply = ask.send({method, "/api/v1/summary", {"localhost"}});
    EXPECT_EQ(reply.status, 405U) << method;
    EXPECT_EQ(header(reply, "Allow"), "GET, HEAD");
    EXPECT_EQ(reply.pattern, "/api/v1/summary");
  }
  EXPECT_EQ(ask.send({"HEAD", "/api/v1/summary", {"localhost"}}).status, 200U);
}

TEST(Dispatch, a_path_that_is_almost_a_route_is_none) {
  Asker ask;
  for (std::string target :
       {"/api/v1/monitors/", "//", "/api/v1", "/api%2Fv1/summary", "/API/v1/summary", "/healthz/..", "/../healthz",
        "/assets/../../etc/passwd", "/index.html", "/assets", "/assets/", "/monitor"}) {
    auto reply = ask.get(target);
    EXPECT_EQ(reply.status, 404U) << target;
    EXPECT_EQ(reply.pattern, "none");
  }
}

TEST(Dispatch, foreign_hosts_are_refused_against_dns_rebinding) {
  Asker ask;
  EXPECT_EQ(ask.send({"GET", "/healthz", {"evil.example:2157"}}).status, 421U);
  EXPECT_EQ(ask.send({"GET", "http://evil.example/healthz", {"localhost"}}).status, 421U);
  EXPECT_EQ(ask.send({"GET", "http://localhost/healthz", {"evil.example"}}).status, 421U);
  EXPECT_EQ(ask.send({"GET", "/healthz", {}}).status, 400U);
  EXPECT_EQ(ask.send({"GET", "/healthz", {"localhost", "localhost"}}).status, 400U);
  EXPECT_EQ(ask.send({"GET", "/healthz", {}, true}).status, 200U);
  EXPECT_EQ(ask.send({"GET", "http://[::1]:2157/healthz", {"[::1]:2157"}}).status, 200U);
}

TEST(Dispatch, a_list_passes_filters_and_paging_to_the_backend) {
  Asker ask;
  auto reply = ask.get(
      "/api/v1/"
      "monitors?offset=0&limit=7&sort=since&order=desc&text=G%C3%A4te&state=down&app=ping&label=a:b&label=c:d:e");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = ask.backend.asked_list;
  EXPECT_EQ(query.limit, 7U);
  EXPECT_EQ(query.sort, Sort::kSince);
  EXPECT_TRUE(query.descending);
  EXPECT_EQ(query.text, "Gäte");
  EXPECT_EQ(query.state, model::State::kDown);
  EXPECT_EQ(query.app, "ping");
  EXPECT_EQ(query.labels, (std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"c", "d:e"}}));
}

TEST(Dispatch, bad_parameters_name_the_parameter_and_what_is_allowed) {
  Asker ask;
  struct Case {
    std::string query, parameter, allowed;
  };
  for (const auto& c : std::vector<Case>{{"limit=1001", "limit", "from 1 to 1000"},
                                         {"offset=-1", "offset", "from 0"},
                                         {"sort=size", "sort", "name, state, since, last_check, duration"},
                                         {"order=up", "order", "asc, desc"},
                                         {"state=broken", "state", "UP, DOWN, UNKNOWN, STALE, PAUSED"},
                                         {"label=novalue", "label", "key:value"},
                                         {"stat=UP", "stat", "did you mean 'state'"}}) {
    auto reply = ask.get("/api/v1/monitors?" + c.query);
    EXPECT_EQ(reply.status, 400U) << c.query;
    EXPECT_EQ(object(reply).at("parameter").as_string(), c.parameter);
    EXPECT_TRUE(reply.body.contains(c.allowed)) << reply.body;
  }
  EXPECT_TRUE(ask.get("/api/v1/summary?x=1").body.contains("takes none"));
}

TEST(Dispatch, a_row_says_never_as_null) {
  Asker ask;
  ask.backend.rows_[0].last_check_ms = ask.backend.rows_[0].next_check_ms = 0;
  auto row = object(ask.get(kMonitor));
  EXPECT_TRUE(row.at("last_check").is_null());
  EXPECT_TRUE(row.at("next_check").is_null());
  EXPECT_TRUE(row.at("duration_ms").is_null());
  EXPECT_TRUE(row.at("code").is_null());
  EXPECT_EQ(row.at("id").as_string(), "0123456789abcdef");
  EXPECT_EQ(row.at("since").as_string(), "2025-11-24T16:00:00.000Z");
}

TEST(Dispatch, a_list_is_refused_when_memory_is_short) {
  Asker ask;
  auto held = ask.account.reserve((64U << 20) - 32 * 1024);
  ASSERT_TRUE(held);
  auto reply = ask.get("/api/v1/monitors?limit=1000");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(header(reply, "Retry-After"), "5");
  EXPECT_TRUE(reply.body.contains("cannot reserve")) << reply.body;
}

TEST(Dispatch, history_defaults_to_the_last_hour_in_300_points) {
  Asker ask;
  auto reply = ask.get(kMonitor + "/history");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = ask.backend.asked_history;
  EXPECT_EQ(query.monitor, FakeBackend::kId);
  EXPECT_EQ(query.to_ms, epoch_ms(ask.clock.wall()));
  EXPECT_EQ(query.to_ms - query.from_ms, 3'600'000);
  EXPECT_EQ(query.step_ms, 12'000);
}

TEST(Dispatch, history_takes_times_in_every_form) {
  Asker ask;
  auto reply = ask.get(
      kMonitor + "/history?set=summary&field=responseTime&from=2023-11-14T22:00:00%2B00:00&to=1700000000&step=1m");
  ASSERT_EQ(reply.status, 200U) << reply.body;
  const auto& query = ask.backend.asked_history;
  EXPECT_EQ(query.set, "summary");
  EXPECT_EQ(query.field, "responseTime");
  EXPECT_EQ(query.from_ms, 1'699'999'200'000);
  EXPECT_EQ(query.to_ms, 1'700'000'000'000);
  EXPECT_EQ(query.step_ms, 60'000);
}

TEST(Dispatch, history_refuses_empty_ranges_and_too_many_points) {
  Asker ask;
  auto backwards = ask.get(kMonitor + "/history?from=-1h&to=-2h");
  EXPECT_EQ(object(backwards).at("parameter").as_string(), "from");
  auto many = ask.get(kMonitor + "/history?from=-30d&step=1s");
  EXPECT_EQ(object(many).at("parameter").as_string(), "step");
  EXPECT_TRUE(many.body.contains("the limit is 5000")) << many.body;
  EXPECT_EQ(ask.get("/api/v1/monitors/00000000000000ff/history").status, 404U);
}

TEST(Dispatch, errors_of_history_have_the_status_that_fits) {
  Asker ask;
  using Code = ErrorCode;
  for (auto [code, status] : {std::pair{Code::kUnavailable, 503U},
                              {Code::kResourceExhausted, 503U},
                              {Code::kTimeout, 504U},
                              {Code::kNotFound, 404U},
                              {Code::kInvalidArgument, 400U},
                              {Code::kCorruption, 500U}}) {
    ask.backend.history_error = Error(code, "cannot read history");
    auto reply = ask.get(kMonitor + "/history");
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(header(reply, "Retry-After").empty(), status != 503U);
  }
}

boost::asio::awaitable<void> wait_for_ever() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                  boost::asio::steady_timer::time_point::max());
  co_await timer.async_wait(boost::asio::use_awaitable);
}

TEST(Dispatch, a_backend_that_never_answers_is_a_timeout) {
  Asker ask;
  ask.timeout = std::chrono::milliseconds(20);
  ask.backend.on_history = [] { return wait_for_ever(); };
  EXPECT_EQ(ask.get(kMonitor + "/history").status, 504U);
}

TEST(Dispatch, a_handler_that_throws_is_fenced_off) {
  Asker ask;
  ask.backend.on_list = [] { throw std::bad_alloc(); };
  EXPECT_EQ(ask.get("/api/v1/monitors").status, 503U);
  ask.backend.on_list = [] { throw std::runtime_error("secret detail"); };
  auto reply = ask.get("/api/v1/monitors");
  EXPECT_EQ(reply.status, 500U);
  EXPECT_FALSE(reply.body.contains("secret")) << reply.body;
}

TEST(Dispatch, readiness_says_why_not) {
  Asker ask;
  EXPECT_EQ(ask.get("/healthz").body, "ok\n");
  EXPECT_EQ(ask.get("/readyz").status, 200U);
  ask.backend.not_ready_reason = "cannot serve yet: 5 of 9 monitors are scheduled";
  auto reply = ask.get("/readyz");
  EXPECT_EQ(reply.status, 503U);
  EXPECT_EQ(object(reply).at("detail").as_string(), ask.backend.not_ready_reason);
  EXPECT_EQ(ask.get("/healthz").status, 200U);
}

}  // namespace
}  // namespace holter::api
