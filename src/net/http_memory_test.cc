// Holds the estimates that are charged per transfer and per connection against what libcurl and OpenSSL allocate.
#include <cstdlib>
#include <cstring>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>
#include <malloc.h>

#include "net/curl_multi.h"
#include "net/foreign_memory.h"
#include "net/http.h"
#include "net/http_transfer.h"
#include "runtime/task_scope.h"
#include "testing/certificates.h"
#include "testing/http_test_base.h"

namespace holter::net {
namespace {

using Peer = testing::ScriptedPeer;

/// Bytes that libcurl holds for this thread (the scripted peers have theirs); counted from before its first use.
thread_local std::size_t t_held = 0;
/// The same with OpenSSL's.
std::size_t held() {
  return t_held + static_cast<std::size_t>(openssl_bytes_without_account());
}

void* counted(void* p) {
  if (p != nullptr) t_held += malloc_usable_size(p);
  return p;
}
void forget(void* p) {
  if (p != nullptr) t_held -= malloc_usable_size(p);
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

class HttpMemoryTest : public HttpTest {
 protected:
  static constexpr std::size_t kTransfers = 40;

  void SetUp() override {
    ASSERT_EQ(kCounting, CURLE_OK);
    use({.max_connections = 4 * kTransfers, .max_per_host = kTransfers});
  }

  /// Runs transfers that stall within their body, and compares what each holds with what is charged for it.
  void compare(const Peer& peer, const HttpRequest& request) {
    auto before = held();
    auto charged_before = account_.used();
    std::vector<std::optional<Result<HttpResponse>>> results(kTransfers);
    std::size_t answers = 0;
    auto counting = request;
    counting.on_step = [&](std::string_view step) { answers += step.starts_with("answer") ? 1 : 0; };
    runtime::TaskScope scope(context_.get_executor());
    for (auto& out : results) scope.spawn(keep(client_.get(), counting, &out));
    ASSERT_TRUE(testing::run_until(context_, [&] { return answers == kTransfers; }));
    context_.restart();
    context_.poll();
    auto each = (held() - before) / kTransfers;
    auto charged = (account_.used() - charged_before) / kTransfers;
    fmt::print("a running transfer to {} holds {} bytes, {} are charged\n", request.url, each, charged);
    EXPECT_LE(each, charged);
    EXPECT_GE(each, charged / 4);
    scope.cancel();
    ASSERT_TRUE(testing::run_until(context_, [&] { return scope.tasks() == 0; }));
  }

  static Peer::Script stalling() {
    return {Peer::expect("\r\n\r\n"),
            Peer::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Encoding: gzip\r\n\r\n"), Peer::stall()};
  }
};

TEST_F(HttpMemoryTest, a_transfer_holds_no_more_than_is_charged_for_it) {
  Peer peer({stalling()});
  compare(peer, {.url = peer.url(), .headers = {{"User-Agent", "Holter"}}});
}

TEST_F(HttpMemoryTest, a_tls_transfer_holds_no_more_than_is_charged_for_it) {
  auto ca = testing::make_certificate({.common_name = "Test CA", .alternative_names = "", .authority = true});
  auto own = testing::make_certificate({}, &ca);
  testing::TempFile ca_file(ca.certificate);
  Peer peer({answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stalling()}, {.tls = &own});
  HttpRequest request{.url = peer.url(), .ca_file = ca_file.path()};
  ASSERT_TRUE(fetch(request));  // loads the authorities, which all connections share
  compare(peer, request);
}

TEST_F(HttpMemoryTest, the_authorities_hold_no_more_than_is_charged_for_them) {
  auto own = testing::make_certificate({});
  Peer peer({stalling()}, {.tls = &own});
  auto before = held();
  ASSERT_FALSE(get(peer.url()));
  fmt::print("the authorities hold {} bytes, {} are charged\n", held() - before, CurlMulti::kAuthoritiesBytes);
  EXPECT_LE(held() - before, CurlMulti::kAuthoritiesBytes);
  EXPECT_GE(held() - before, CurlMulti::kAuthoritiesBytes / 8) << "they are not kept: each connection loads its own";
  EXPECT_EQ(account_.used(), CurlMulti::kAuthoritiesBytes);
}

}  // namespace
}  // namespace holter::net
