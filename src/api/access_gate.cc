#include "api/access_gate.h"

#include <algorithm>

#include "api/cookies.h"

namespace holter::api {
namespace {

using access::Identity;
using boost::asio::awaitable;

/// The token of "Bearer <token>" (RFC 6750, 2.1); the scheme's case does not matter (RFC 9110, 11.1).
Result<secrets::ApiToken> bearer(std::string_view field) {
  constexpr std::string_view kScheme = "bearer ";
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (field.size() < kScheme.size() || !std::ranges::equal(field.substr(0, kScheme.size()), kScheme, {}, lower))
    return Error(ErrorCode::kUnauthenticated,
                 "cannot use this Authorization: send 'Bearer' and a token made by POST /api/v1/tokens");
  return secrets::ApiToken::parse(field.substr(kScheme.size()));
}

}  // namespace

awaitable<Result<Identity>> AccessGate::identify(Credentials credentials, MonoTime deadline) {
  if (!credentials.authorization.empty()) co_return co_await by_token(std::move(credentials.authorization), deadline);
  auto found = co_await by_session(std::move(credentials), deadline);
  if (found || found.error().code() != ErrorCode::kUnauthenticated || options_.anonymous == access::Role::kNone)
    co_return found;
  co_return anonymous();
}

awaitable<Result<Identity>> AccessGate::by_token(std::string authorization, MonoTime deadline) {
  CO_TRY(auto token, bearer(authorization));
  if (options_.local_token && token.hash() == *options_.local_token)
    co_return Identity::of_session({.name = kLocal, .role = std::string(to_string(access::Role::kAdmin))}, {});
  co_return co_await access_.tokens.find(std::move(token), deadline);
}

awaitable<Result<Identity>> AccessGate::by_session(Credentials credentials, MonoTime deadline) {
  auto value = find_cookie(credentials.cookie, session_cookie(credentials.secure));
  if (!value) co_return Error(ErrorCode::kUnauthenticated, "cannot tell who asks: log in, or send a token");
  CO_TRY(auto token, secrets::SessionToken::parse(*value));
  bool may_change = !credentials.changes || token.accepts_csrf(credentials.csrf);
  CO_TRY(auto identity, co_await access_.sessions.find(std::move(token), deadline));
  if (!may_change)
    co_return Error(ErrorCode::kForbidden,
                    "cannot change something by a session without its X-CSRF-Token: GET /api/v1/session tells it");
  co_return std::move(identity);
}

Result<Identity> AccessGate::anonymous() const {
  return Identity::of_session({.name = "anonymous", .role = std::string(to_string(options_.anonymous))}, {});
}

}  // namespace holter::api
