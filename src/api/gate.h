#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "access/access.h"
#include "access/identity.h"
#include "base/clock.h"
#include "base/result.h"

namespace holter::api {

/// What a request brings to say who asks. Foreign texts.
struct Credentials {
  std::string authorization;  ///< value of Authorization; may be empty
  std::string cookie;         ///< value of Cookie; may be empty
  std::string csrf;           ///< value of X-CSRF-Token; may be empty
  bool changes = false;       ///< anything but GET and HEAD: a session must bring its CSRF token
  bool secure = false;        ///< the browser came by https
};

/// On whose behalf something is done, and until when. The identity outlives the call.
struct Caller {
  const access::Identity& who;
  MonoTime deadline;
};

/// Tells who asks. Whoever it does not know gets nothing but what is for everybody.
/// Threads: the API's executor.
class Gate {
 public:
  virtual ~Gate() = default;
  /// A token counts before a cookie. Errors: kUnauthenticated (nothing that lets in), kForbidden (a change by a session
  /// without its CSRF token); those of the catalog.
  virtual boost::asio::awaitable<Result<access::Identity>> identify(Credentials credentials, MonoTime deadline) = 0;
  /// Accounts, sessions and tokens themselves.
  virtual access::Access& access() = 0;
};

}  // namespace holter::api
