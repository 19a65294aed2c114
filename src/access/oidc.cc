#include "access/oidc.h"

#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "access/account_name.h"
#include "access/authority.h"
#include "base/log.h"
#include "base/units.h"
#include "catalog/accounts.h"
#include "catalog/sessions.h"
#include "secrets/primitives.h"

namespace holter::access {
namespace {

using boost::asio::awaitable;

constexpr const char* kWho = "access:oidc";
constexpr std::size_t kMostNext = 1000;

/// RFC 7636, 4.2: S256.
std::string challenge_of(std::string_view verifier) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const std::uint8_t*>(verifier.data()), verifier.size(), hash.data());
  return secrets::to_base64(hash, secrets::Base64::kUrl);
}

/// Logs it.
OidcFailure failure_of(const Error& error) {
  log::warning("access", "login by OpenID Connect failed: {}", error.message());
  switch (error.code()) {
    case ErrorCode::kUnauthenticated:
      return OidcFailure::kRefused;
    case ErrorCode::kResourceExhausted:
    case ErrorCode::kCancelled:
      return OidcFailure::kError;
    default:
      return OidcFailure::kProvider;
  }
}

/// Of OidcOptions, what the catalog's thread needs to know.
struct Policy {
  std::string issuer;
  Role role;
  OidcOptions::Claim claim;
};

/// Why nobody is let in; for the log.
struct Refusal {
  OidcFailure failure{};
  std::string why;
};

/// A name for a new account; empty where the provider gives none.
std::string name_of(const IdClaims& who, OidcOptions::Claim claim) {
  if (claim == OidcOptions::Claim::kPreferredUsername) return who.preferred_username;
  return who.email_verified ? who.email : std::string();
}

/// Makes and links the account of somebody who comes for the first time. A refusal where he gets none.
Result<std::optional<Refusal>> make_account(catalog::Transaction& transaction, const Policy& policy,
                                            const IdClaims& who, std::string& name) {
  auto unknown = [&](std::string_view why) {
    return Refusal{OidcFailure::kUnknown, fmt::format("{}; an admin may link an account to the subject '{}' of {}", why,
                                                      excerpt(who.subject, 255), policy.issuer)};
  };
  if (policy.role == Role::kNone) return unknown("no account is linked, and access.oidc.role is none");
  TRY(auto accounts, catalog::read_accounts(transaction.database()));
  // It would end the link that makes the first admin, and nobody could ever be one.
  if (accounts.empty()) return unknown("there is no account yet: the first one is made by the set-up link");
  name = name_of(who, policy.claim);
  if (name.empty()) return unknown("the provider gives no name for an account (access.oidc.claim)");
  if (auto fit = check_account_name(name); !fit) return unknown(fit.error().message());
  auto earlier = catalog::find_account(transaction.database(), name);
  if (earlier)
    return Refusal{OidcFailure::kTaken, unknown(fmt::format("there is an account '{}' that is not linked", name)).why};
  if (earlier.error().code() != ErrorCode::kNotFound) return std::move(earlier).error();
  TRY(auto made, catalog::create_account(transaction, {.name = name, .role = std::string(to_string(policy.role))}));
  TRY_OK(catalog::link_identity(transaction, {policy.issuer, who.subject, name}));
  TRY_OK(note(transaction, "account.create", name, {}, audited(made)));
  return std::optional<Refusal>();
}

}  // namespace

/// Somebody let in, or not.
struct Oidc::Entered {
  std::optional<Refusal> refusal;
  std::optional<Identity> identity;
  std::vector<std::string> ended;
};

std::string_view to_string(OidcFailure failure) {
  switch (failure) {
    case OidcFailure::kLater:
      return "later";
    case OidcFailure::kStale:
      return "stale";
    case OidcFailure::kRefused:
      return "refused";
    case OidcFailure::kProvider:
      return "provider";
    case OidcFailure::kUnknown:
      return "unknown";
    case OidcFailure::kTaken:
      return "taken";
    case OidcFailure::kError:
      return "error";
  }
  return "error";
}

Oidc::Oidc(const Parts& parts, Sessions& sessions, OidcOptions options)
    : parts_(parts),
      sessions_(sessions),
      options_(std::move(options)),
      account_(parts.account.child("oidc")),
      provider_(options_, parts.clock, account_),
      pending_(parts.clock, account_),
      addresses_(parts.clock, account_) {}

awaitable<Oidc::Begun> Oidc::begin(std::string next, std::string redirect_uri, std::string address, MonoTime deadline) {
  auto wait = addresses_.take(address);
  if (!wait) co_return Begun{failure_of(wait.error()), {}, {}};
  if (*wait > seconds(0)) co_return Begun{OidcFailure::kLater, {}, {}};
  if (next.size() > kMostNext) next = "/";
  auto begun = co_await try_begin(std::move(next), std::move(redirect_uri), deadline);
  if (!begun) co_return Begun{failure_of(begun.error()), {}, {}};
  co_return std::move(*begun);
}

awaitable<Result<Oidc::Begun>> Oidc::try_begin(std::string next, std::string redirect_uri, MonoTime deadline) {
  CO_TRY(auto where, co_await provider_.endpoints(deadline));
  PendingLogin login{random_word(), random_word(), std::move(redirect_uri), std::move(next)};
  auto challenge = challenge_of(login.verifier);
  auto nonce = login.nonce, redirect = login.redirect_uri;
  CO_TRY(auto keys, pending_.add(std::move(login)));
  auto query = to_form({{"response_type", "code"},
                        {"client_id", options_.client_id},
                        {"redirect_uri", redirect},
                        {"scope", options_.scopes},
                        {"state", keys.state},
                        {"nonce", nonce},
                        {"code_challenge", challenge},
                        {"code_challenge_method", "S256"}});
  const auto& base = where->authorization;
  co_return Begun{std::nullopt, fmt::format("{}{}{}", base, base.contains('?') ? '&' : '?', query), keys.browser};
}

awaitable<Oidc::Finished> Oidc::finish(Returned returned, Browser browser, MonoTime deadline) {
  auto login = pending_.take(returned.state, returned.browser);
  if (!login) co_return Finished{OidcFailure::kStale, {}, {}};
  auto where = co_await provider_.endpoints(deadline);
  if (!where) co_return Finished{failure_of(where.error()), {}, {}};
  // RFC 9207, 2.4: an answer of another provider (mix-up).
  if (returned.issuer.empty() ? (*where)->sends_issuer : returned.issuer != options_.issuer) {
    log::warning("access", "login by OpenID Connect failed: the answer is of '{}', not of {} (iss)",
                 excerpt(returned.issuer), options_.issuer);
    co_return Finished{OidcFailure::kProvider, {}, {}};
  }
  if (!returned.error.empty() || returned.code.empty()) {
    log::warning("access", "login by OpenID Connect failed: {} answers '{}' {}", options_.issuer,
                 excerpt(returned.error), excerpt(returned.error_description, 200));
    co_return Finished{OidcFailure::kRefused, {}, {}};
  }
  auto who = co_await provider_.redeem({std::move(returned.code), login->redirect_uri, login->verifier, login->nonce},
                                       deadline);
  if (!who) co_return Finished{failure_of(who.error()), {}, {}};
  auto finished = co_await enter(std::move(*who), std::move(browser), deadline);
  finished.next = std::move(login->next);
  co_return finished;
}

awaitable<Oidc::Finished> Oidc::enter(IdClaims who, Browser browser, MonoTime deadline) {
  auto token = secrets::SessionToken::random();
  auto work = [policy = Policy{options_.issuer, options_.role, options_.claim}, who,
               session = sessions_.prepare(token, {}, browser),
               bounds = sessions_.bounds()](catalog::Transaction& transaction) mutable -> Result<Entered> {
    auto& database = transaction.database();
    auto linked = catalog::find_identity(database, policy.issuer, who.subject);
    if (!linked && linked.error().code() != ErrorCode::kNotFound) return std::move(linked).error();
    std::string name = linked ? *linked : std::string();
    if (!linked) {
      TRY(auto refusal, make_account(transaction, policy, who, name));
      if (refusal) return Entered{std::move(refusal), {}, {}};
    }
    TRY(auto account, catalog::find_account(database, name));
    if (account.disabled)
      return Entered{Refusal{OidcFailure::kUnknown, fmt::format("the account '{}' is disabled", name)}, {}, {}};
    TRY(auto grants, catalog::read_grants(database, name));
    TRY(auto identity, Identity::of_session(account, grants));
    session.account = name;
    TRY(auto ended, catalog::create_session(transaction, session, bounds));
    TRY_OK(note(transaction, "login.oidc", name, {}, audited(catalog::OidcIdentity{policy.issuer, who.subject, name})));
    return Entered{std::nullopt, std::move(identity), std::move(ended)};
  };
  auto entered = co_await parts_.catalog.write<Entered>(kWho, work, {"log in", deadline});
  if (!entered) {
    log::warning("access", "login by OpenID Connect failed: {}", entered.error().message());
    co_return Finished{OidcFailure::kError, {}, {}};
  }
  if (entered->refusal) {
    log::warning("access", "login by OpenID Connect refused: {}", entered->refusal->why);
    co_return Finished{entered->refusal->failure, {}, {}};
  }
  sessions_.forget(entered->ended);
  entered->identity->set_csrf(token.csrf());
  co_return Finished{std::nullopt, {}, LoggedIn{std::move(*entered->identity), std::move(token)}};
}

}  // namespace holter::access
