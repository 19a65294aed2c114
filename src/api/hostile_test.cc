#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "api/connection.h"
#include "api/test_server.h"

// What a peer can do wrong, by intent or by accident, over real sockets.
namespace holter::api {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr std::string_view kClose = "Connection: close\r\n";

std::string ask(const TestServer& server, std::string_view bytes) {
  RawClient client(server.port());
  client.send(bytes);
  return client.read_all();
}

void expect_alive(const TestServer& server) {
  EXPECT_TRUE(ask(server, request("/healthz", kClose)).ends_with("ok\n"));
}

TEST(Hostile, a_header_longer_than_the_limit_is_refused) {
  TestServer server;
  for (const std::string& bytes :
       {request("/", "X: " + std::string(20'000, 'a') + "\r\n"), "GET /" + std::string(20'000, 'a'),
        "GET / HTTP/1.1\r\n" + std::string(20'000, 'a'), std::string(20'000, 'G')}) {
    auto answer = ask(server, bytes);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ") || answer.starts_with("HTTP/1.1 400 ")) << answer;
  }
  std::string many;
  for (int i = 0; i < 2'000; ++i) many += fmt::format("X{}: y\r\n", i);
  EXPECT_TRUE(ask(server, request("/", many)).starts_with("HTTP/1.1 431 Request Header Fields Too Large"));
  expect_alive(server);
}

TEST(Hostile, a_long_target_within_the_header_limit_is_a_bad_request) {
  TestServer server;
  auto answer = ask(server, request("/" + std::string(10'000, 'a'), kClose));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.contains("the limit is 8192"));
}

TEST(Hostile, a_body_longer_than_the_limit_is_refused_before_it_is_read) {
  TestServer server;
  auto answer = ask(server, request("/healthz", "Content-Length: 1048577\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 Content Too Large")) << answer;
  auto sent = ask(server, request("/healthz", "Content-Length: 99999999999999999999999\r\n"));
  EXPECT_TRUE(sent.starts_with("HTTP/1.1 400 ") || sent.starts_with("HTTP/1.1 413 ")) << sent;
  expect_alive(server);
}

TEST(Hostile, an_endless_chunked_body_is_cut_off) {
  ServerOptions options;
  options.max_body_bytes = 64 * 1024;
  TestServer server(options);
  RawClient client(server.port());
  client.send(request("/healthz", "Transfer-Encoding: chunked\r\n"));
  std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
  for (int i = 0; i < 32 && client.send(chunk); ++i) {
  }
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 413 ")) << "no 413";
  expect_alive(server);
}

TEST(Hostile, bodies_within_the_limit_are_drained_and_the_connection_goes_on) {
  TestServer server;
  std::string length = request("/healthz", "Content-Length: 70000\r\n") + std::string(70'000, 'x');
  std::string chunks =
      request("/healthz", "Transfer-Encoding: chunked\r\n") + "4;ext=1\r\nGET \r\n3\r\n/ H\r\n0\r\nTrailer: x\r\n\r\n";
  auto all = ask(server, length + chunks + request("/readyz", kClose));
  EXPECT_EQ(std::string(all).find("ok\n") == std::string::npos, false);
  EXPECT_TRUE(all.ends_with("ready\n")) << all;
}

TEST(Hostile, expect_100_continue_is_answered) {
  TestServer server;
  RawClient client(server.port());
  client.send(request("/healthz", "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n"));
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_TRUE(client.read_all().ends_with("ok\n"));
}

TEST(Hostile, requests_that_two_servers_could_read_differently_are_refused) {
  TestServer server;
  for (std::string more : {"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                           "Content-Length: 3\r\nContent-Length: 4\r\n",
                           "Content-Length: -1\r\n",
                           "Content-Length: 3x\r\n",
                           "Bad Name: x\r\n",
                           "X\r\n",
                           "X : y\r\n",
                           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                           "Content-Length: 3\r\n 4\r\n",
                           "X: a\r\n\tb\r\n",
                           "Transfer-Encoding:\r\n chunked\r\n",
                           "Transfer-Encoding: chunked, chunked\r\n",
                           "Transfer-Encoding: gzip\r\n",
                           "Transfer-Encoding: chunked, identity\r\n",
                           "Transfer-Encoding: gzip, chunked\r\n",
                           "Transfer-Encoding:\r\n",
                           "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
                           "Content-Length: 3, 4\r\n",
                           "Content-Length: +3\r\n",
                           "Content-Length:\r\n"}) {
    auto answer = ask(server, request("/healthz", more) + "0\r\n\r\n" + request("/none"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << more << answer;
    EXPECT_TRUE(answer.contains("Connection: close\r\n")) << more;
    EXPECT_EQ(answer.find("HTTP/1.1 ", 1), std::string::npos) << "nothing behind it is answered: " << answer;
  }
}

TEST(Hostile, two_hosts_are_refused) {
  TestServer server;
  auto answer = ask(server, request("/healthz", "Host: other\r\n" + std::string(kClose)));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
}

TEST(Hostile, a_folded_field_is_told_so_in_whatever_pieces_it_comes) {
  TestServer server;
  RawClient client(server.port());
  for (std::string_view piece : {"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: a\r", "\n", " b\r\n", "\r\n"}) {
    client.send(piece);
    pollfd nothing{-1, 0, 0};
    poll(&nothing, 1, 5);  // so that the pieces arrive one by one
  }
  auto answer = client.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_TRUE(answer.contains("goes on in the next line")) << answer;
}

TEST(Hostile, garbage_behind_a_request_ends_the_connection_after_its_answer) {
  TestServer server;
  for (const std::string& garbage : {"\0\0\0\0\r\n\r\n"s, "GARBAGE\r\n\r\n"s, "\x16\x03\x01\r\n\r\n"s}) {
    auto all = ask(server, request("/healthz") + garbage + request("/readyz"));
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 ")) << all;
    EXPECT_TRUE(all.contains("HTTP/1.1 400 Bad Request")) << all;
    EXPECT_FALSE(all.contains("ready\n")) << all;
  }
}

TEST(Hostile, deep_and_broken_contents_are_bad_requests) {
  TestServer server;
  std::string head = "PUT /api/v1/memory/budget HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
                     std::string(kClose);
  for (const std::string& content :
       {std::string(30'000, '[') + std::string(30'000, ']'), std::string(60'000, '['), "{\"budget\":\"\xc3(\"}"s,
        "{\"budget\":\"\xff\"}"s, "{\"budget\":\"\xed\xa0\x80\"}"s, "\xef\xbb\xbf{}"s, "{\"a\":1,\"a\":\0}"s}) {
    auto answer = ask(server, head + fmt::format("Content-Length: {}\r\n\r\n", content.size()) + content);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << content.substr(0, 40) << answer;
    EXPECT_TRUE(answer.contains("Connection: close\r\n"));
  }
  EXPECT_EQ(server.backend.asked_budget, std::nullopt) << "nothing of it was put in force";
  expect_alive(server);
}

TEST(Hostile, bytes_that_are_not_http_get_400_or_silence) {
  TestServer server;
  for (const std::string& bytes : {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, "\0\0\0\0\r\n\r\n"s,
                                   "HELLO\r\n\r\n"s, "GET / HTTP/9.9\r\n\r\n"s, "GET  /\r\n\r\n"s,
                                   "GET /\0x HTTP/1.1\r\nHost: localhost\r\n\r\n"s, "\r\n\r\n\r\nx\r\n\r\n"s}) {
    RawClient client(server.port());
    client.send(bytes);
    client.shutdown_send();
    auto answer = client.read_all();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 400 Bad Request")) << answer;
  }
  std::mt19937 random(7);  // NOLINT: the same bytes each run
  for (int i = 0; i < 200; ++i) {
    std::string bytes(1 + random() % 300, ' ');
    std::ranges::generate(bytes, [&random] { return static_cast<char>(random()); });
    RawClient client(server.port());
    client.send(bytes);
    client.shutdown_send();
    auto answer = client.read_all();
    EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 4")) << answer;
  }
  expect_alive(server);
}

TEST(Hostile, bad_encoding_nul_and_traversal_find_nothing) {
  TestServer server;
  for (std::string target : {"/%", "/%zz", "/%00", "/api/v1/monitors?text=%00", "/api/v1/monitors?text=%c3%28",
                             "/%c3%28", "/%ff", "/%ed%a0%80", "/assets/%c0%ae%c0%ae/index.js",
                             "/assets/index.js%00.css", "/assets\\..\\index.js", "/api/v1/monitors?text=\xff"})
    EXPECT_TRUE(ask(server, request(target, kClose)).starts_with("HTTP/1.1 400 ")) << target;
  for (std::string target : {"/../../etc/passwd", "/assets/../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd",
                             "/assets/..%2findex.js", "/assets//index.js", "/assets/./index.js", "/assets/index.js/",
                             "/assets/", "/assets/%5c..%5cindex.js", "/assets/README.md", "/openapi.json"})
    EXPECT_TRUE(ask(server, request(target, kClose)).starts_with("HTTP/1.1 404 ")) << target;
  auto doubled = ask(server, request("//assets/index.js", kClose));
  EXPECT_TRUE(doubled.starts_with("HTTP/1.1 404 ") || doubled.starts_with("HTTP/1.1 400 ")) << doubled;
}

TEST(Hostile, the_absolute_form_is_served_for_this_machine_only) {
  TestServer server;
  EXPECT_TRUE(ask(server, request("http://127.0.0.1:1/healthz", kClose)).ends_with("ok\n"));
  EXPECT_TRUE(
      ask(server, request("http://evil.example/healthz", kClose)).starts_with("HTTP/1.1 421 Misdirected Request"));
  EXPECT_TRUE(ask(server, "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(
      ask(server, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST(Hostile, a_foreign_host_is_refused) {
  TestServer server;
  EXPECT_TRUE(ask(server, "GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 421 "));
  EXPECT_TRUE(ask(server, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST(Hostile, another_method_is_answered_with_allow) {
  TestServer server;
  auto answer = ask(server, "DELETE /api/v1/summary HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 405 Method Not Allowed")) << answer;
  EXPECT_TRUE(answer.contains("\r\nAllow: GET, HEAD\r\n"));
}

TEST(Hostile, a_request_that_never_ends_is_cut_off_at_the_header_timeout) {
  ServerOptions options;
  options.header_timeout = 100ms;
  TestServer server(options);
  RawClient silent(server.port()), slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHost: lo");
  auto answer = slow.read_answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_TRUE(answer.contains("cannot wait longer than 100 ms")) << answer;
  EXPECT_TRUE(answer.contains("Connection: close\r\n"));
  EXPECT_TRUE(slow.closed());
  EXPECT_TRUE(silent.closed());
  auto metrics = ask(server, request("/metrics", kClose));
  EXPECT_TRUE(metrics.contains("holter_api_timeouts_total{phase=\"idle\"} 1\n"));
  EXPECT_TRUE(metrics.contains("holter_api_timeouts_total{phase=\"request\"} 1\n"));
}

TEST(Hostile, a_body_that_never_ends_is_cut_off_and_told_so) {
  ServerOptions options;
  options.header_timeout = 100ms;
  TestServer server(options);
  RawClient client(server.port());
  client.send("PUT /api/v1/memory/budget HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(client.closed());
}

TEST(Hostile, trickling_bytes_do_not_move_the_header_timeout) {
  ServerOptions options;
  options.header_timeout = 150ms;
  TestServer server(options);
  RawClient client(server.port());
  // One header field a write, for as long as the server listens: it must end by its own deadline, not by ours.
  auto from = std::chrono::steady_clock::now();
  client.send("GET / HTTP/1.1\r\n");
  pollfd nothing{-1, 0, 0};
  int sent = 0;
  while (sent < 400 && client.send("X: y\r\n")) {
    poll(&nothing, 1, 5);  // the peer's pace, not a wait for the server
    ++sent;
  }
  EXPECT_LT(sent, 400);
  EXPECT_GE(std::chrono::steady_clock::now() - from, 100ms);
}

TEST(Hostile, a_peer_that_does_not_read_its_answer_is_cut_off) {
  ServerOptions options;
  options.request_timeout = 200ms;
  TestServer server(options);
  for (int i = 0; i < 100'000; ++i) server.backend.probes.push_back({fmt::format("a-monitor-with-a-long-name-{}", i)});
  RawClient client(server.port());
  client.send(request("/metrics"));
  // Others are served meanwhile, and see the first one being cut off.
  bool cut = false;
  for (auto until = std::chrono::steady_clock::now() + 10s; !cut && std::chrono::steady_clock::now() < until;) {
    RawClient other(server.port());
    other.send(request("/metrics"));
    cut = other.read_until("# HELP probe_success").contains("holter_api_timeouts_total{phase=\"answer\"} 1\n");
  }
  EXPECT_TRUE(cut);
  auto got = client.read_all();
  EXPECT_FALSE(got.ends_with("0\r\n\r\n"));
}

TEST(Hostile, connections_over_the_limit_are_told_so_and_counted) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(options);
  RawClient first(server.port());
  first.send(request("/healthz"));
  first.read_answer();
  {
    RawClient second(server.port());
    second.send(request("/healthz"));
    second.read_answer();
    RawClient third(server.port());
    auto answer = third.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable")) << answer;
    EXPECT_TRUE(answer.contains("Retry-After: 1\r\n"));
    EXPECT_TRUE(answer.ends_with("too many are open\"}"));
    EXPECT_TRUE(third.closed());
  }
  first.send(request("/metrics", kClose));
  EXPECT_TRUE(first.read_all().contains("holter_api_connections_refused_total 1\n"));
}

/// As many descriptors as the kernel lets us have.
void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(Hostile, five_thousand_connections_at_once_take_no_more_than_the_account_has) {
  raise_descriptor_limit();
  constexpr std::size_t kMemory = 1U << 20;
  TestServer server({}, kMemory);
  std::size_t answered = 0, refused = 0;
  {
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 5'000; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      ASSERT_TRUE(clients.back()->connected) << i;
      // Half a request: whoever is let in keeps its place.
      clients.back()->send("GET /healthz HTTP/1.1\r\nHost: loc");
    }
    for (auto& client : clients) {
      client->send("alhost\r\nConnection: close\r\n\r\n");
      auto all = client->read_all();
      answered += all.starts_with("HTTP/1.1 200 ");
      refused += !all.starts_with("HTTP/1.1 200 ");
    }
  }
  EXPECT_GE(answered, 1U);
  EXPECT_GE(refused, 5'000U - 256U);
  EXPECT_LE(server.budget.account("api").peak(), kMemory);
  expect_alive(server);
  server.close();
  EXPECT_EQ(server.budget.account("api").child("connections").used(), 0U);
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0U);
}

TEST(Hostile, many_slow_readers_of_long_answers_stay_within_the_account) {
  ServerOptions options;
  options.request_timeout = 500ms;
  constexpr std::size_t kMemory = 4U << 20;
  TestServer server(options, kMemory);
  for (int i = 0; i < 20'000; ++i) server.backend.probes.push_back({fmt::format("a-monitor-with-a-long-name-{}", i)});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(request("/metrics", kClose));
  }
  for (auto& client : clients) client->read_all();  // all end: answered in part, refused, or cut off
  EXPECT_LE(server.budget.account("api").peak(), kMemory);
  expect_alive(server);
  clients.clear();
  server.close();
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0U);
}

TEST(Hostile, huge_contents_at_once_are_bounded_by_the_account) {
  constexpr std::size_t kMemory = 1U << 20;
  TestServer server({}, kMemory);
  std::vector<std::unique_ptr<RawClient>> clients;
  std::string head = "PUT /api/v1/memory/budget HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(head + "Content-Length: 65536\r\n\r\n[" + std::string(65'000, '1'));
  }
  EXPECT_TRUE(ask(server, head + "Content-Length: 65537\r\n\r\n").starts_with("HTTP/1.1 413 ") ||
              server.budget.account("api").used() > kMemory / 2);
  EXPECT_LE(server.budget.account("api").peak(), kMemory);
  clients.clear();
  server.close();
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0U);
}

TEST(Hostile, content_longer_than_the_limit_is_refused_with_the_limit) {
  TestServer server;
  std::string head = "PUT /api/v1/memory/budget HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  auto told = ask(server, head + "Content-Length: 65537\r\n\r\n");
  EXPECT_TRUE(told.starts_with("HTTP/1.1 413 ")) << told;
  EXPECT_TRUE(told.contains("more than 65536 bytes")) << told;
  std::string chunks = head + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 17; ++i) chunks += "1000\r\n" + std::string(4096, ' ') + "\r\n";
  EXPECT_TRUE(ask(server, chunks).starts_with("HTTP/1.1 413 "));
  expect_alive(server);
}

TEST(Hostile, a_connection_without_memory_is_told_so) {
  TestServer server({}, Connection::idle_bytes() / 2);
  RawClient client(server.port());
  EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 503 Service Unavailable"));
  EXPECT_TRUE(client.closed());
}

TEST(Hostile, a_request_without_memory_is_told_so) {
  TestServer server({}, Connection::idle_bytes() * 2);
  auto answer = ask(server, request("/healthz"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 Service Unavailable")) << answer;
  EXPECT_TRUE(answer.contains("Retry-After: 5\r\n"));
  server.close();
  EXPECT_EQ(server.budget.account("api").child("connections").used(), 0U);
}

TEST(Hostile, a_peer_that_hangs_up_in_the_middle_harms_nobody) {
  TestServer server;
  for (int i = 0; i < 20'000; ++i) server.backend.probes.push_back({fmt::format("monitor-{}", i)});
  for (std::string_view part : {"G", "GET /metrics HT", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    for (int i = 0; i < 20; ++i) {
      RawClient client(server.port());
      client.send(part);
    }
  }
  expect_alive(server);
  server.close();
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0U);
}

}  // namespace
}  // namespace holter::api
