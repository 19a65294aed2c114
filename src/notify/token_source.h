#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "notify/channel_tools.h"

namespace holter::notify {

/// Where a channel gets the token that its requests need instead of the secret.
struct TokenSource {
  std::string key;  ///< of the wire's cache: token_key()
  HttpCall call;
  Judge judge = nullptr;          ///< of the answer
  std::string_view token, lasts;  ///< members of the answer; the latter in seconds
};

/// A key for the cache that belongs to these values (address, application, secret) alone and tells none of them.
/// Errors: those of sha256_hex().
Result<std::string> token_key(std::string_view channel, std::span<const std::string_view> values);

/// The cached token, or one that is asked for and cached until five minutes before its end. The outcome, with secrets
/// masked, says why there is none.
boost::asio::awaitable<std::expected<std::string, Outcome>> token_of(TokenSource source, Secrets secrets, Wire& wire);

/// A request with a token in it.
struct TokenCall {
  std::function<Result<HttpCall>(const std::string& token)> make;
  bool (*refuses_token)(const HttpAnswer& answer) = nullptr;  ///< it says that the token does not hold any more
  Judge judge = nullptr;
};
/// Asks with the token. Where it is refused, the cache forgets it, and a new one is tried, once.
boost::asio::awaitable<Outcome> deliver_with_token(TokenSource source, TokenCall call, Secrets secrets, Wire& wire);

}  // namespace holter::notify
