#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/id_token.h"
#include "access/jwk.h"
#include "access/oidc_http.h"
#include "access/role.h"
#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::access {

struct OidcOptions {
  enum class Claim : std::uint8_t { kPreferredUsername, kEmail };

  std::string issuer;  ///< check_web_url() takes it
  std::string client_id;
  std::string client_secret;  ///< empty: a public client
  std::string name;           ///< what people see
  std::string scopes = "openid profile email";
  Role role = Role::kNone;                  ///< of accounts that a first login makes; kNone: it makes none
  Claim claim = Claim::kPreferredUsername;  ///< names such an account; kEmail: only a verified address
  OidcFetch fetch;
};

using FormFields = std::vector<std::pair<std::string_view, std::string_view>>;
/// "a=b&c=d" (URL Standard, application/x-www-form-urlencoded, with %20 for a blank).
std::string to_form(const FormFields& fields);

/// An OpenID Connect provider: what it says of itself (Discovery 1.0), its keys, and its token endpoint. What it says
/// is asked for again after an hour, its keys also when a token names one that is not known, at most once a minute.
/// Threads: one shard's.
class OidcProvider {
 public:
  static constexpr seconds kKept{3600};
  static constexpr seconds kKeysAgain{60};

  /// `options` outlives it.
  OidcProvider(const OidcOptions& options, const Clock& clock, memory::Account& account)
      : options_(options), clock_(clock), account_(account) {}

  struct Endpoints {
    std::string authorization, token, keys;
    bool sends_issuer = false;  ///< its answers to the browser name it (RFC 9207)
  };
  /// Errors: those of OidcFetch; kProtocolViolation (what it says is no OpenID Connect, is of another issuer, or leads
  /// to where no secret may go), kResourceExhausted.
  boost::asio::awaitable<Result<std::shared_ptr<const Endpoints>>> endpoints(MonoTime deadline);

  /// What a browser brought back, and what it began with.
  struct Grant {
    std::string code, redirect_uri, verifier, nonce;
  };
  /// Who it is that the code was given for (Core 1.0, 3.1.3). Errors: as of endpoints(); kUnauthenticated when the
  /// provider refuses the code or this client.
  boost::asio::awaitable<Result<IdClaims>> redeem(Grant grant, MonoTime deadline);

 private:
  boost::asio::awaitable<Result<std::string>> ask_for_token(Grant grant, MonoTime deadline);
  boost::asio::awaitable<Result<std::shared_ptr<const KeySet>>> keys(bool again, MonoTime deadline);
  boost::asio::awaitable<Result<OidcResponse>> get(std::string url, MonoTime deadline);

  const OidcOptions& options_;
  const Clock& clock_;
  memory::Account& account_;
  // Null before the first time; shared with calls that wait meanwhile.
  std::shared_ptr<const Endpoints> endpoints_;
  std::shared_ptr<const KeySet> keys_;
  MonoTime endpoints_end_{}, keys_end_{}, keys_again_{};
};

}  // namespace holter::access
