#include <atomic>
#include <boost/asio/post.hpp>
#include <cstdlib>
#include <future>
#include <new>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "api/connection.h"
#include "api/test_server.h"

// Every allocation that the server makes is refused in turn, once and for good: it answers 503 or hangs up, goes on,
// and has given everything back in the end.
namespace {

// Of the thread that allocates. Negative: never.
thread_local long t_allowed = -1;
thread_local bool t_for_good = false;
thread_local bool t_refused = false;

void* allocate(std::size_t size) {
  if (t_allowed == 0) {
    t_refused = true;
    if (!t_for_good) t_allowed = -1;
    throw std::bad_alloc();
  }
  if (t_allowed > 0) --t_allowed;
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  std::free(block);
}

namespace holter::api {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kClose = "Connection: close\r\n";

/// Runs `work` on the server's thread.
template <class Work>
auto on_server(TestServer& server, Work work) {
  std::promise<decltype(work())> done;
  boost::asio::post(server.executor(), [&] { done.set_value(work()); });
  return done.get_future().get();
}

/// From now on the server's thread gets `allowed` allocations, and then one refusal, or only refusals.
void arm(TestServer& server, long allowed, bool for_good) {
  on_server(server, [=] {
    t_allowed = allowed;
    t_for_good = for_good;
    t_refused = false;
    return 0;
  });
}

/// Whether an allocation was refused meanwhile.
bool disarm(TestServer& server) {
  return on_server(server, [] {
    t_allowed = -1;
    return t_refused;
  });
}

struct Case {
  std::string name, bytes;
};

std::vector<Case> cases() {
  std::string change = "Host: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n";
  return {{"a small answer", request("/healthz", kClose)},
          {"a list", request("/api/v1/monitors?limit=10", kClose)},
          {"memory", request("/api/v1/memory", kClose)},
          {"history", request("/api/v1/monitors/0123456789abcdef/history", kClose)},
          {"metrics", request("/metrics", kClose)},
          {"a change",
           "PUT /api/v1/memory/budget HTTP/1.1\r\nContent-Length: 20\r\n" + change + "\r\n{\"budget\": \"128MiB\"}"},
          {"a problem", request("/api/v1/monitors?limit=0", kClose)},
          {"bytes that are not HTTP", "HELLO\r\n\r\n"},
          {"two requests", request("/healthz") + request("/readyz", kClose)}};
}

class OutOfMemory : public ::testing::TestWithParam<bool> {};

TEST_P(OutOfMemory, every_refused_allocation_ends_in_503_or_a_closed_connection) {
  constexpr long kMost = 2'000;  // far more than any request makes
  ServerOptions options;
  options.header_timeout = 2'000ms;
  TestServer server(options);
  for (const auto& c : cases()) {
    long refusals = 0;
    for (long allowed = 0; allowed < kMost; ++allowed) {
      arm(server, allowed, GetParam());
      RawClient client(server.port());
      client.send(c.bytes);
      client.shutdown_send();
      // With no memory for good nobody may even be let in: then it is given back while the client waits.
      auto answer = GetParam() ? client.read_for(50ms) : std::string();
      bool refused = disarm(server);
      answer += client.read_all();
      EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 ")) << c.name << allowed << answer;
      if (!refused) {
        EXPECT_FALSE(answer.empty()) << c.name;
        break;
      }
      ++refusals;
      ASSERT_LT(allowed + 1, kMost) << c.name;
    }
    EXPECT_GT(refusals, 3) << c.name;
    RawClient after(server.port());
    after.send(request("/healthz", kClose));
    EXPECT_TRUE(after.read_all().ends_with("ok\n")) << c.name;
  }
  server.close();
  EXPECT_EQ(server.budget.account("api").child("connections").used(), 0U);
  EXPECT_EQ(server.budget.account("api").child("bodies").used(), 0U);
}

TEST_P(OutOfMemory, event_streams_end_and_free_their_places) {
  TestServer server;
  for (int i = 0; i < 30; ++i) server.backend.add_event("something happened");
  for (long allowed = 0; allowed < 300; ++allowed) {
    arm(server, allowed, GetParam());
    RawClient client(server.port());
    client.send(request("/api/v1/events/stream"));
    client.read_for(5ms);
    disarm(server);
  }
  RawClient client(server.port());
  client.send(request("/api/v1/events/stream"));
  EXPECT_TRUE(client.read_until("id: 30\n").ends_with("id: 30\n"));
  server.close();
  EXPECT_EQ(server.budget.account("api").child("streams").used(), 0U);
  EXPECT_EQ(server.budget.account("api").child("connections").used(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Refusals, OutOfMemory, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "for_good" : "once"; });

}  // namespace
}  // namespace holter::api
