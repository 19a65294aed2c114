#include "api/server.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/test_server.h"

namespace holter::api {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kClose = "Connection: close\r\n";

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST(Server, answers_several_requests_on_one_connection) {
  TestServer server;
  ASSERT_TRUE(server.status) << server.status.error().message();
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(request("/healthz"));
    auto answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_EQ(body_of(answer), "ok\n");
  }
}

TEST(Server, pipelined_requests_are_answered_in_order) {
  TestServer server;
  RawClient client(server.port());
  client.send(request("/healthz") + request("/none") + request("/readyz", kClose));
  auto all = client.read_all();
  auto first = all.find("ok\n"), second = all.find("404 Not Found"), third = all.find("ready\n");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos) << all;
}

TEST(Server, head_has_the_header_of_get_and_no_body) {
  TestServer server;
  RawClient client(server.port());
  for (std::string target : {"/api/v1/summary", "/metrics", "/none"}) {
    RawClient get(server.port());
    get.send(request(target, kClose));
    auto with_body = get.read_all();
    RawClient head(server.port());
    head.send("HEAD " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(head.read_all(), with_body.substr(0, with_body.find("\r\n\r\n") + 4)) << target;
  }
}

TEST(Server, every_answer_forbids_sniffing_framing_and_caching) {
  TestServer server;
  for (std::string target : {"/", "/api/v1/memory", "/metrics", "/none", "/monitors/new"}) {
    RawClient client(server.port());
    client.send(request(target, kClose));
    auto answer = client.read_all();
    for (std::string_view header :
         {"X-Content-Type-Options: nosniff", "Content-Security-Policy: default-src 'none'", "frame-ancestors 'none'",
          "Referrer-Policy: no-referrer", "Cache-Control: no-", "Cross-Origin-Opener-Policy: same-origin",
          "Cross-Origin-Resource-Policy: same-origin"})
      EXPECT_TRUE(answer.contains(header)) << target << header;
    EXPECT_FALSE(answer.contains("unsafe-"));
    EXPECT_FALSE(answer.contains("Strict-Transport-Security")) << "browsers must not insist on TLS that is not there";
  }
}

TEST(Server, http_1_0_closes_unless_asked_and_gets_no_chunks) {
  TestServer server;
  RawClient once(server.port());
  once.send("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(once.read_all().ends_with("\r\n\r\nok\n"));
  RawClient kept(server.port());
  kept.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(kept.read_answer().contains("Connection: keep-alive"));
  kept.send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto metrics = kept.read_all();
  EXPECT_FALSE(metrics.contains("Transfer-Encoding"));
  EXPECT_TRUE(body_of(metrics).starts_with("# HELP"));
}

TEST(Server, metrics_come_in_chunks_and_the_connection_goes_on) {
  TestServer server;
  for (int i = 0; i < 2'000; ++i) server.backend.probes.push_back({fmt::format("m{}", i)});
  RawClient client(server.port());
  client.send(request("/metrics") + request("/healthz", kClose));
  auto all = client.read_all();
  EXPECT_TRUE(all.contains("Transfer-Encoding: chunked\r\n"));
  auto end = all.find("\r\n0\r\n\r\nHTTP/1.1 200 OK");
  ASSERT_NE(end, std::string::npos);
  // Each chunk says its length right.
  std::string_view rest(all);
  rest = rest.substr(0, end + 2);
  rest.remove_prefix(rest.find("\r\n\r\n") + 4);
  std::string text;
  while (!rest.empty()) {
    auto size = std::stoul(std::string(rest.substr(0, rest.find("\r\n"))), nullptr, 16);
    rest.remove_prefix(rest.find("\r\n") + 2);
    text += rest.substr(0, size);
    ASSERT_EQ(rest.substr(size, 2), "\r\n");
    rest.remove_prefix(size + 2);
  }
  EXPECT_TRUE(text.contains("probe_icmp_duration_seconds{monitor=\"m1999\",app=\"ping\"} 0.0125\n"));
}

TEST(Server, counts_its_answers_by_route_and_status) {
  TestServer server;
  RawClient client(server.port());
  client.send(request("/api/v1/monitors/0123456789abcdef") + request("/x") + request("/y") +
              request("/metrics", kClose));
  auto all = client.read_all();
  EXPECT_TRUE(all.contains("holter_api_requests_total{route=\"/api/v1/monitors/{id}\",status=\"200\"} 1\n")) << all;
  EXPECT_TRUE(all.contains("holter_api_requests_total{route=\"none\",status=\"404\"} 2\n"));
  EXPECT_TRUE(all.contains("holter_api_connections 1\n"));
}

TEST(Server, says_what_to_do_when_the_port_is_in_use) {
  TestServer server;
  TestServer other;
  runtime::Shard shard("second");
  memory::Budget budget(1U << 20);
  ServerOptions options;
  options.listen = fmt::format("127.0.0.1:{}", server.port());
  Server second(options, shard.executor(), server.backend, budget.account("api"));
  auto status = second.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(status.error().message(),
            fmt::format("cannot listen on {}: the port is in use; stop the other program or set "
                        "server.listen (HOLTER_SERVER_LISTEN)",
                        options.listen));
}

TEST(Server, does_not_start_by_a_name_that_is_none) {
  runtime::Shard shard("api");
  FakeBackend backend;
  memory::Budget budget(1U << 20);
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.url = "https://holter.example/path";
  Server server(options, shard.executor(), backend, budget.account("api"));
  EXPECT_EQ(server.start().error().code(), ErrorCode::kInvalidArgument);
}

TEST(Server, gives_back_all_memory_when_connections_end) {
  TestServer server;
  auto& account = server.budget.account("api");
  auto idle = account.child("connections").used();
  {
    RawClient a(server.port()), b(server.port());
    a.send(request("/api/v1/monitors"));
    b.send(request("/metrics"));
    a.read_answer();
    b.read_until("0\r\n\r\n");
    EXPECT_GT(account.child("connections").used(), idle);
  }
  server.close();
  EXPECT_EQ(account.child("connections").used(), 0U);
  EXPECT_EQ(account.child("bodies").used(), 0U);
}

boost::asio::awaitable<void> wait_for(boost::asio::steady_timer::duration time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

TEST(Server, close_lets_a_request_in_progress_end_and_cuts_idle_connections) {
  TestServer server;
  std::promise<void> started;
  server.backend.on_history = [&started] {
    started.set_value();
    return wait_for(200ms);
  };
  RawClient idle(server.port()), busy(server.port());
  idle.send(request("/healthz"));
  idle.read_answer();
  busy.send(request("/api/v1/monitors/0123456789abcdef/history"));
  started.get_future().wait();
  server.close();
  auto answer = busy.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK")) << answer;
  EXPECT_TRUE(idle.closed());
}

TEST(Server, close_does_not_wait_for_a_request_that_hangs) {
  TestServer server;
  std::promise<void> started;
  server.backend.on_history = [&started] {
    started.set_value();
    return wait_for(1h);
  };
  RawClient busy(server.port());
  busy.send(request("/api/v1/monitors/0123456789abcdef/history"));
  started.get_future().wait();
  server.close();
  EXPECT_TRUE(busy.closed());
}

}  // namespace
}  // namespace holter::api
