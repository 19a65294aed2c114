// Holds the estimates that are charged per transfer and per connection against what libcurl and OpenSSL allocate.
#include <cstdlib>
#include <cstring>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>
#include <malloc.h>

#include "net/curl_multi.h"
#include "net/http.h"
#include "net/http_transfer.h"
#include "runtime/task_scope.h"
#include "testing/certificates.h"
#include "testing/http_test_base.h"

namespace holter::net {
namespace {

using Peer = testing::ScriptedPeer;

/// Bytes that libcurl holds; counted from before its first use, since the count starts with this program.
std::size_t g_held = 0;

void* counted(void* p) {
  if (p != nullptr) g_held += malloc_usable_size(p);
  return p;
}
void forget(void* p) {
  if (p != nullptr) g_held -= malloc_usable_size(p);
}
const CURLcode kCounting = curl_global_init_mem(
    CURL_GLOBAL_DEFAULT, [](std::size_t n) { return counted(std::malloc(n)); },
    [](void* p) {
      forget(p);
      std::free(p);
    },
    [](void* p, std::size_t n) {
      forget(p);
      return counted(std::realloc(p, n));
    },
    [](const char* text) { return static_cast<char*>(counted(strdup(text))); },
    [](std::size_t n, std::size_t size) { return counted(std::calloc(n, size)); });

boost::asio::awaitable<void> keep(HttpClient* client, HttpRequest request, std::optional<Result<HttpResponse>>* out) {
  out->emplace(co_await client->fetch(std::move(request), testing::soon()));
}

using HttpMemoryTest = HttpTest;

TEST_F(HttpMemoryTest, a_transfer_holds_no_more_than_is_charged_for_it) {
  ASSERT_EQ(kCounting, CURLE_OK);
  constexpr std::size_t kTransfers = 50;
  use({.max_connections = kTransfers, .max_per_host = kTransfers});
  Peer peer({{Peer::expect("\r\n\r\n"),
              Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n"), Peer::stall()}});
  std::vector<std::optional<Result<HttpResponse>>> results(kTransfers);
  runtime::TaskScope scope(context_.get_executor());
  auto before = g_held;
  for (auto& out : results)
    scope.spawn(keep(client_.get(), {.url = peer.url(), .headers = {{"User-Agent", "Holter"}}}, &out));
  ASSERT_TRUE(testing::run_until(context_, [&] { return peer.accepted() == kTransfers; }));
  context_.restart();
  context_.run_for(milliseconds(50));
  auto each = (g_held - before) / kTransfers;
  auto charged = account_.used() / kTransfers;
  RecordProperty("bytes_per_transfer", static_cast<int>(each));
  fmt::print("libcurl holds {} bytes per running transfer, {} are charged\n", each, charged);
  EXPECT_LE(each, charged);
  EXPECT_GE(each, charged / 8);
  scope.cancel();
  ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
}

}  // namespace
}  // namespace holter::net
