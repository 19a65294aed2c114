#include "net/foreign_memory.h"

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libssh/libssh.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "net/http.h"
#include "net/resolver.h"
#include "testing/run_task.h"
#include "testing/scripted_dns.h"
#include "testing/scripted_peer.h"

namespace holter::net {
namespace {

namespace testing = holter::testing;

/// Accounts that live until the end of the process.
struct Accounts {
  memory::Account root{"process", nullptr, 64 << 20};
  memory::Account& curl = root.child("curl");
  memory::Account& openssl = root.child("openssl");
  memory::Account& dns = root.child("dns");
};
Accounts& install() {
  auto* accounts = new Accounts();  // never destroyed: the libraries free until the end
  if (auto installed = install_foreign_memory({&accounts->curl, &accounts->openssl, &accounts->dns}); !installed)
    std::fputs(fmt::format("{}\n", installed.error().message()).c_str(), stderr);
  return *accounts;
}
void expect(bool right, std::string_view what) {
  if (right) return;
  std::fputs(fmt::format("wrong: {}\n", what).c_str(), stderr);
  std::_Exit(1);
}

/// Each case runs in a process of its own, started anew: the libraries must not have been used before.
class ForeignMemoryDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

void counts_and_gives_back() {
  auto& accounts = install();
  expect(foreign_memory_installed(), "installed");
  {
    std::vector<SSL_CTX*> contexts;
    for (int i = 0; i < 20; ++i) contexts.push_back(SSL_CTX_new(TLS_client_method()));
    auto held = accounts.openssl.used();
    expect(held > 50 * 1024, fmt::format("20 contexts in {} bytes", held));
    for (auto* context : contexts) SSL_CTX_free(context);
    expect(accounts.openssl.used() < held, "contexts are given back");
  }
  // What a thread keeps ready goes back when it ends, and what one thread took another may free.
  auto before = accounts.openssl.used();
  std::vector<void*> blocks;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) blocks.push_back(OPENSSL_malloc(1000));
  }).join();
  expect(accounts.openssl.used() >= before + 1'000'000, "another thread's bytes are counted");
  for (void* block : blocks) OPENSSL_free(block);
  expect(accounts.openssl.used() <= before + 64 * 1024, "and given back by this one");
  void* grown = OPENSSL_malloc(10);
  grown = OPENSSL_realloc(grown, 5 << 20);
  expect(accounts.openssl.used() + 64 * 1024 >= before + (5U << 20), "growth is counted");
  grown = OPENSSL_realloc(grown, 10);
  OPENSSL_free(grown);
  expect(accounts.openssl.used() <= before + 64 * 1024, "shrinking is counted");
  expect(OPENSSL_malloc(65 << 20) == nullptr && foreign_refusals() == 1, "beyond the account is refused");
  std::_Exit(0);
}

TEST_F(ForeignMemoryDeathTest, counts_every_byte_of_a_library_and_gives_it_back_from_any_thread) {
  EXPECT_EXIT(counts_and_gives_back(), ::testing::ExitedWithCode(0), "");
}

/// libssh uses OpenSSL in a constructor of its own, before main().
void counts_with_libssh() {
  auto& accounts = install();
  expect(foreign_memory_installed(), "installed although libssh is linked");
  expect(ssh_init() == SSH_OK, "libssh works");
  auto before = accounts.openssl.used();
  std::vector<ssh_key> keys(500, nullptr);
  for (auto& each : keys) (void)ssh_pki_generate(SSH_KEYTYPE_ECDSA, 256, &each);
  auto with_keys = accounts.openssl.used();
  expect(with_keys > before + 200'000,
         fmt::format("what OpenSSL keeps of them is counted: {} bytes", with_keys - before));
  for (auto* each : keys) ssh_key_free(each);
  expect(accounts.openssl.used() < with_keys - 150'000, "and given back");
  accounts.openssl.set_limit(accounts.openssl.used());
  auto refusals = foreign_refusals();
  for (auto& each : keys) (void)ssh_pki_generate(SSH_KEYTYPE_ECDSA, 256, &each);
  expect(foreign_refusals() > refusals, "what libssh wants of OpenSSL can be refused");
  std::_Exit(0);
}

TEST_F(ForeignMemoryDeathTest, counts_openssl_although_libssh_used_it_first) {
  EXPECT_EXIT(counts_with_libssh(), ::testing::ExitedWithCode(0), "");
}

/// Fetches from a peer on this machine with ever smaller accounts; a refusal must never look like the peer's fault.
void blames_no_peer() {
  auto& accounts = install();
  boost::asio::io_context context{1};
  SystemClock clock;
  memory::Account account{"own", nullptr, 64 << 20};
  testing::ScriptedDns dns{
      [](const testing::DnsQuestion& q) { return testing::ScriptedDns::addresses(q, {"127.0.0.1"}); }};
  int good = 0;
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    Resolver resolver{{.servers = {dns.server()}}, context.get_executor(), clock, account};
    HttpClient http{{}, context.get_executor(), clock, resolver, account};
    using testing::ScriptedPeer;
    ScriptedPeer peer(
        {{ScriptedPeer::expect("\r\n\r\n"), ScriptedPeer::send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")}});
    for (auto* used : {&accounts.curl, &accounts.dns})
      used->set_limit(i == 0 ? 64 << 20 : used->used() + static_cast<std::size_t>(i) * 1024);
    auto answer = testing::run_task(
        context,
        http.fetch({.url = fmt::format("http://web{}.example:{}/", i, peer.port())}, testing::soon(seconds(5))));
    for (auto* used : {&accounts.curl, &accounts.dns}) used->set_limit(64 << 20);
    if (answer)
      ++good;
    else if (answer.error().code() == ErrorCode::kResourceExhausted)
      ++refused;
    else
      expect(false, fmt::format("{}: {}", i, answer.error().message()));
  }
  expect(good > 0 && refused > 0, fmt::format("{} good, {} refused", good, refused));
  std::_Exit(0);
}

TEST_F(ForeignMemoryDeathTest, a_library_that_is_refused_memory_never_blames_the_peer) {
  EXPECT_EXIT(blames_no_peer(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace holter::net
