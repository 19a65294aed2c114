#pragma once

#include <memory>
#include <utility>

#include "access/admin.h"
#include "access/login.h"
#include "access/oidc.h"
#include "access/parts.h"
#include "access/password_check.h"
#include "access/sessions.h"
#include "access/setup.h"
#include "access/tokens.h"

namespace holter::access {

struct AccessOptions {
  SessionOptions sessions{};
  TokenOptions tokens{};
  AddressLimiterOptions limits{};
};

/// All of this folder, wired. Threads: one shard's; the calls in flight must have ended before it.
struct Access {
  explicit Access(const Parts& parts, const AccessOptions& options = {})
      : sessions(parts, options.sessions),
        tokens(parts, options.tokens),
        passwords(parts),
        login(parts, sessions, passwords, options.limits),
        setup(parts, sessions),
        admin(parts, sessions, tokens, passwords),
        parts_(parts) {}
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  /// From now on people may also come in by this provider.
  void let_in_by(OidcOptions options) { oidc = std::make_unique<Oidc>(parts_, sessions, std::move(options)); }

  Sessions sessions;
  Tokens tokens;
  PasswordCheck passwords;
  Login login;
  Setup setup;
  Admin admin;
  std::unique_ptr<Oidc> oidc;  ///< null: only by passwords

 private:
  const Parts parts_;
};

}  // namespace holter::access
