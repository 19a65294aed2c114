#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/identity_cache.h"
#include "access/parts.h"
#include "secrets/token.h"

namespace holter::access {

struct TokenOptions {
  milliseconds write_interval = std::chrono::minutes(1);  ///< between writes of its last use
  milliseconds trusted{5'000};                            ///< how late a change is seen that another process made
  std::size_t most_cached = 1'000;
};

struct NewToken {
  std::string account;
  std::string name;    ///< unique among the account's
  std::string scopes;  ///< parse_scopes()
  WallTime expires{};  ///< 1970: never
};

/// The token itself is shown once, and then known to its holder only.
struct CreatedToken {
  secrets::ApiToken token;
  catalog::ApiToken stored;
};

/// Tokens of programs. A token acts as its account, as far as its scopes reach, and ends with it.
/// Threads: one shard's.
class Tokens {
 public:
  explicit Tokens(const Parts& parts, const TokenOptions& options = {});

  /// Errors: kUnauthenticated when there is no such token, it has expired, or its account is deleted or disabled; those
  /// of Catalog::read().
  boost::asio::awaitable<Result<Identity>> find(secrets::ApiToken token, MonoTime deadline);

  /// For oneself, or by an admin for others. Who comes by a token makes none that may do more than his own. Errors:
  /// kForbidden; kInvalidArgument (scopes, name, an expiry gone by); kConflict, kNotFound, kResourceExhausted as of
  /// catalog::create_token(); those of Catalog::write().
  boost::asio::awaitable<Result<CreatedToken>> create(Identity who, NewToken fresh, MonoTime deadline);
  /// Of oneself, or by an admin; it ends at once. Errors: kForbidden, kNotFound; those of Catalog::write().
  boost::asio::awaitable<Status> remove(Identity who, std::string account, std::string name, MonoTime deadline);
  /// Of oneself, or for an admin; by name. Errors: kForbidden; those of Catalog::read().
  boost::asio::awaitable<Result<std::vector<catalog::ApiToken>>> list(Identity who, std::string account,
                                                                      MonoTime deadline);
  /// Writes when tokens were last used; to be called every minute or so, and before the end.
  boost::asio::awaitable<Status> write_uses(MonoTime deadline);

  IdentityCache& cache() { return cache_; }

 private:
  const Parts parts_;
  IdentityCache cache_;
};

}  // namespace holter::access
