#include "notify/token_source.h"

#include <utility>

#include <fmt/format.h>

#include "notify/http_outcome.h"
#include "notify/request_signing.h"

namespace holter::notify {
namespace {

/// A token is used after a wait, too.
constexpr milliseconds kReserve = std::chrono::minutes(5);

}  // namespace

Result<std::string> token_key(std::string_view channel, std::span<const std::string_view> values) {
  std::string all;
  for (auto value : values) all += fmt::format("{}:{}", value.size(), value);
  TRY(auto hash, sha256_hex(all));
  return fmt::format("{}/token/{}", channel, hash);
}

boost::asio::awaitable<std::expected<std::string, Outcome>> token_of(TokenSource source, Secrets secrets, Wire& wire) {
  if (auto cached = wire.cached(source.key)) co_return std::move(*cached);
  auto answer = co_await exchange(std::move(source.call), secrets, wire);
  if (!answer) co_return std::unexpected(secrets.masked(outcome_of(answer.error())));
  auto outcome = source.judge(*answer, wire.now());
  if (outcome.kind != Outcome::Kind::kDelivered) co_return std::unexpected(secrets.masked(std::move(outcome)));
  auto object = parse_object(answer->body);
  auto token = object ? member_text(*object, source.token) : std::string();
  // The answer's text may have a token in it, and is not told.
  if (token.empty()) co_return std::unexpected(Outcome::retry("cannot read the answer: it has no token"));
  if (auto lasts = member_time(*object, source.lasts, seconds(1)); lasts && *lasts > kReserve)
    wire.cache(std::move(source.key), token, wire.now() + *lasts - kReserve);
  co_return token;
}

boost::asio::awaitable<Outcome> deliver_with_token(TokenSource source, TokenCall call, Secrets secrets, Wire& wire) {
  for (bool again : {false, true}) {
    auto token = co_await token_of(source, secrets, wire);
    if (!token) co_return std::move(token.error());
    secrets.add(*token);
    auto request = call.make(*token);
    if (!request) co_return secrets.masked(outcome_of(request.error()));
    auto answer = co_await exchange(std::move(*request), secrets, wire);
    if (!answer) co_return secrets.masked(outcome_of(answer.error()));
    bool refused = call.refuses_token(*answer);
    if (refused) wire.forget(source.key);
    if (again || !refused) co_return secrets.masked(call.judge(*answer, wire.now()));
  }
  std::unreachable();
}

}  // namespace holter::notify
