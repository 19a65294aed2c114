#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/identity_cache.h"
#include "access/parts.h"
#include "catalog/sessions.h"
#include "secrets/token.h"

namespace holter::access {

/// Where a login comes from, for the page that lists sessions. Foreign texts.
struct Browser {
  std::string user_agent;
  std::string address;
};

struct SessionOptions {
  milliseconds idle = std::chrono::hours(12);             ///< a session that was not used for so long has ended
  milliseconds longest = std::chrono::days(7);            ///< it ends then, used or not
  milliseconds write_interval = std::chrono::minutes(5);  ///< between writes of its last use
  milliseconds trusted{5'000};  ///< how late the end of one is seen that another process ended
  std::size_t of_account = 20;  ///< the oldest ends for one more
  std::size_t in_all = 10'000;  ///< likewise
  std::size_t most_cached = 2'000;
};

/// Sessions of browsers: who is logged in. They are in the catalog, so that they outlive a restart; what is found is
/// kept for a while. A session's token is always made here, never taken from a browser (session fixation, OWASP Session
/// Management Cheat Sheet), and its hash is all that is stored.
/// Threads: one shard's.
class Sessions {
 public:
  explicit Sessions(const Parts& parts, const SessionOptions& options = {});

  /// Errors: kUnauthenticated when there is no such session, it has ended, or its account is deleted or disabled; those
  /// of Catalog::read().
  boost::asio::awaitable<Result<Identity>> find(secrets::SessionToken token, MonoTime deadline);
  /// Logout. A session that there is not is no error.
  boost::asio::awaitable<Status> end(secrets::SessionToken token, MonoTime deadline);
  /// One of the user's list. Errors: kNotFound, also when it is another account's.
  boost::asio::awaitable<Status> end_listed(Identity who, std::string hash, MonoTime deadline);
  /// How many there were.
  boost::asio::awaitable<Result<std::size_t>> end_all(Identity who, MonoTime deadline);
  /// Those that have not ended, newest first.
  boost::asio::awaitable<Result<std::vector<catalog::Session>>> list(Identity who, MonoTime deadline);
  /// Writes when sessions were last used; to be called every minute or so, and before the end.
  boost::asio::awaitable<Status> write_uses(MonoTime deadline);

  // For who lets somebody in, in a transaction of his own: catalog::create_session(prepare(), bounds()), and then
  // forget() of what it gives.

  /// What is stored of a new session.
  catalog::Session prepare(const secrets::SessionToken& token, const std::string& account,
                           const Browser& browser) const;
  catalog::SessionBounds bounds() const;
  void forget(const std::vector<std::string>& hashes);
  IdentityCache& cache() { return cache_; }

 private:
  const Parts parts_;
  const SessionOptions options_;
  IdentityCache cache_;
};

}  // namespace holter::access
