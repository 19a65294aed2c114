#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "memory/account.h"
#include "net/http.h"
#include "net/mail.h"
#include "notify/channel.h"
#include "runtime/shard.h"

namespace holter::notify {

/// The tokens that channels got, for as long as they may be used; at most kMost: then the one that ends first goes.
class TokenCache {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kLongest = 8 * 1024;  ///< one that is longer is not kept

  std::optional<std::string> find(std::string_view key, WallTime now) const;
  void put(std::string key, std::string value, WallTime until);
  void forget(std::string_view key);
  std::size_t size() const { return tokens_.size(); }

 private:
  struct Token {
    std::string value;
    WallTime until;
  };
  std::map<std::string, Token, std::less<>> tokens_;
};

/// The real ways out. HTTP follows no redirects, and keeps 64 KiB of an answer; names are looked up by the clients'
/// resolver, whose policy holds. Each call has 30 seconds. Threads: one shard's. Lifetime: what it refers to outlives
/// it and its calls.
class HttpWire final : public Wire {
 public:
  static constexpr seconds kLimit{30};
  static constexpr std::size_t kMostAnswer = 64 * 1024;

  /// `account`: what commands print.
  HttpWire(net::HttpClient& http, net::Mailer& mailer, runtime::Executor executor, const Clock& clock,
           memory::Account& account)
      : http_(http), mailer_(mailer), executor_(executor), clock_(clock), account_(account) {}

  boost::asio::awaitable<Result<HttpAnswer>> http(HttpCall call) override;
  boost::asio::awaitable<Result<MailAnswer>> mail(MailCall call) override;
  boost::asio::awaitable<Result<CommandAnswer>> command(CommandCall call) override;
  WallTime now() const override { return clock_.wall(); }
  std::optional<std::string> cached(std::string_view key) const override { return tokens_.find(key, now()); }
  void cache(std::string key, std::string value, WallTime until) override {
    tokens_.put(std::move(key), std::move(value), until);
  }
  void forget(std::string_view key) override { tokens_.forget(key); }

 private:
  net::HttpClient& http_;
  net::Mailer& mailer_;
  const runtime::Executor executor_;
  const Clock& clock_;
  memory::Account& account_;
  TokenCache tokens_;
};

/// Scheme, host and port of a URL: all of it that messages may show, since the rest may hold a secret.
std::string_view origin_of(std::string_view url);

}  // namespace holter::notify
