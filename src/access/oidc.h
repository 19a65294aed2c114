#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/address_limiter.h"
#include "access/login.h"
#include "access/oidc_pending.h"
#include "access/oidc_provider.h"
#include "access/parts.h"
#include "access/sessions.h"

namespace holter::access {

/// Why somebody did not get in by the provider, as far as he is told; the log has the details.
enum class OidcFailure : std::uint8_t {
  kLater,     ///< too many attempts from his address
  kStale,     ///< the login is over, is too old, or another browser began it
  kRefused,   ///< the provider, or he himself there, said no
  kProvider,  ///< the provider does not answer, or answers what cannot be taken
  kUnknown,   ///< there is no account for him that may log in
  kTaken,     ///< the account that would be made for him exists, and is not linked to him
  kError,     ///< something here does not work
};
/// "later", "stale"...: a word for the page that logs in.
std::string_view to_string(OidcFailure failure);

/// Login by OpenID Connect: authorization code flow (Core 1.0, 3.1) with PKCE (RFC 7636, S256). An identity is issuer
/// and subject; names and addresses are never taken for one. Accounts that are not linked yet are linked by an admin;
/// only where OidcOptions::role says so a first login makes one, of a name that nobody has, and never the first of all.
/// Threads: one shard's.
class Oidc {
 public:
  Oidc(const Parts& parts, Sessions& sessions, OidcOptions options);
  Oidc(const Oidc&) = delete;
  Oidc& operator=(const Oidc&) = delete;

  /// What people see.
  const std::string& name() const { return options_.name; }

  struct Begun {
    std::optional<OidcFailure> failure;
    std::string url;      ///< where the browser is to go
    std::string browser;  ///< what it is to keep for PendingLogins::kValid, and to bring back
  };
  /// `next`: where the browser wants to be afterwards; at most 1000 bytes. `redirect_uri` is this server's.
  boost::asio::awaitable<Begun> begin(std::string next, std::string redirect_uri, std::string address,
                                      MonoTime deadline);

  /// What a browser brings from the provider: foreign texts, each may be empty.
  struct Returned {
    std::string state, code, issuer, error, error_description;
    std::string browser;  ///< as of Begun
  };
  struct Finished {
    std::optional<OidcFailure> failure;
    std::string next;
    std::optional<LoggedIn> in;  ///< unless it failed
  };
  /// A new session, for whoever the provider says it is.
  boost::asio::awaitable<Finished> finish(Returned returned, Browser browser, MonoTime deadline);

 private:
  struct Entered;
  boost::asio::awaitable<Result<Begun>> try_begin(std::string next, std::string redirect_uri, MonoTime deadline);
  boost::asio::awaitable<Finished> enter(IdClaims who, Browser browser, MonoTime deadline);

  const Parts parts_;
  Sessions& sessions_;
  const OidcOptions options_;
  memory::Account& account_;
  OidcProvider provider_;
  PendingLogins pending_;
  AddressLimiter addresses_;
};

}  // namespace holter::access
