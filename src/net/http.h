#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/resolver.h"
#include "runtime/shard.h"

namespace holter::net {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  enum class Auth : std::uint8_t { kNone, kBasic, kDigest } auth = Auth::kNone;
  /// Like the headers Authorization and Cookie not sent to another scheme, host or port after a redirect.
  std::string user, password;
  bool verify_tls = true;
  std::string ca_file;                            ///< PEM file of trusted authorities; empty: the system's
  int max_redirects = 10;                         ///< for GET and HEAD; 0: do not follow
  std::size_t max_body_bytes = 1 << 20;           ///< of the decoded body
  std::size_t keep_body_bytes = ~std::size_t{0};  ///< the rest is read, counted and dropped
  /// Pays for the transfer where the client's account refuses (critical monitors); null: nothing does.
  memory::Account* reserve = nullptr;
  /// Called with what happens: "resolved example.org to 127.0.0.1", "connected", "TLS ...", "status 200"...
  std::function<void(std::string_view)> on_step;
};

struct HttpResponse {
  int status = 0;
  std::string http_version;                                  ///< "1.1", "2"
  std::vector<std::pair<std::string, std::string>> headers;  ///< of the last answer, in order
  std::string body;
  std::string effective_url;
  memory::Reservation reserved;  ///< the body's bytes
  // Since the start of the fetch, in the order of things; of the last hop for the first three.
  nanoseconds resolved{}, connected{}, tls{}, first_byte{}, total{};
  std::int64_t certificate_expires_s = 0;  ///< epoch seconds of the earliest notAfter in the chain, 0 without TLS
  std::string primary_ip;
};

/// libcurl's multi interface on a shard's executor: thousands of transfers, no thread. Connections are kept and reused.
/// Names come from the Resolver, never from libcurl's own (which blocks or starts threads); redirects are followed
/// here, so that each hop is resolved so. Threads: one shard's. Lifetime: transfers in flight end with kCancelled on
/// destruction.
class HttpClient {
 public:
  struct Options {
    std::size_t max_connections = 256;  ///< in all; more transfers wait
    std::size_t max_per_host = 16;
  };
  HttpClient(Options options, runtime::Executor executor, const Clock& clock, Resolver& resolver,
             memory::Account& account);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Errors: kNotFound (unknown host; one that the resolver's policy forbids, also where a redirect leads),
  /// kUnavailable (refused, reset, TLS: says which), kTimeout, kProtocolViolation, kResourceExhausted (body larger than
  /// the cap or the account), kInvalidArgument (URL), kCancelled.
  boost::asio::awaitable<Result<HttpResponse>> fetch(HttpRequest request, MonoTime deadline);

  /// Closes the connections that are kept for reuse: new transfers open new ones, those that run end as they would.
  /// Does nothing while there are none, or while those of an earlier call are still in use.
  void shrink();

  struct Stats {
    std::uint64_t transfers = 0, failures = 0;
    std::size_t in_flight = 0;
    std::size_t waiting = 0;      ///< for one of max_connections
    std::size_t connections = 0;  ///< open, those kept for reuse included
  };
  const Stats& stats() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace holter::net
