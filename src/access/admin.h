#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "access/identity.h"
#include "access/parts.h"
#include "access/password_check.h"
#include "access/sessions.h"
#include "access/tokens.h"
#include "catalog/audit.h"
#include "secrets/secret_text.h"

namespace holter::access {

/// An account as it is shown: without what leads in.
struct AccountView {
  std::string name;
  Role role = Role::kNone;
  bool disabled = false;
  bool has_password = false;
  std::uint32_t failed_logins = 0;
  WallTime locked_until{};
  std::uint64_t version = 0;
  WallTime created{}, updated{};
  std::string created_by, updated_by;
};

/// Errors: kCorruption when the catalog names a role that there is not.
Result<AccountView> view_of(const catalog::Account& account);

/// What is to change; what is not given stays.
struct AccountChange {
  std::string name;
  std::uint64_t version = 0;  ///< that the changer saw
  std::optional<Role> role{};
  std::optional<bool> disabled{};
};

struct PasswordChange {
  std::string name;
  std::uint64_t version = 0;  ///< that the changer saw
  secrets::SecretText old;    ///< needed for one's own
  secrets::SecretText fresh;
};

/// Changes of accounts: each with an entry in the audit log, in the same transaction. All but one's own password take
/// an admin, who is asked for again within the transaction. The last admin who can log in stays one. Whoever is
/// deleted, disabled, or has another role or password has no session any more; tokens of who is deleted or disabled
/// end.
///
/// Errors of all: kForbidden; kUnauthenticated when who asks is deleted or disabled by now; kNotFound; kConflict when
/// the account has another version by now, or it is the last admin; those of Catalog::write().
/// Threads: one shard's.
class Admin {
 public:
  static constexpr std::size_t kMostGrants = 200;     ///< of one account
  static constexpr std::size_t kMostIdentities = 20;  ///< likewise

  Admin(const Parts& parts, Sessions& sessions, Tokens& tokens, PasswordCheck& passwords)
      : parts_(parts), sessions_(sessions), tokens_(tokens), passwords_(passwords) {}

  /// An account; without `password` nobody logs in by one. Errors besides: kInvalidArgument (check_account_name(),
  /// check_new_password()), kConflict when there is one of that name; those of PasswordHasher::hash().
  boost::asio::awaitable<Result<AccountView>> create(Identity who, std::string name, Role role,
                                                     std::optional<secrets::SecretText> password, MonoTime deadline);
  boost::asio::awaitable<Result<AccountView>> change(Identity who, AccountChange change, MonoTime deadline);
  /// Of oneself by a session, with the old one, of which failures count like logins; or by an admin. Errors besides:
  /// kUnauthenticated (the old one is wrong), kResourceExhausted (too many failures; the message says how long),
  /// kInvalidArgument (check_new_password()); those of PasswordHasher.
  boost::asio::awaitable<Result<AccountView>> set_password(Identity who, PasswordChange change, MonoTime deadline);
  boost::asio::awaitable<Status> remove(Identity who, std::string name, std::uint64_t version, MonoTime deadline);

  /// A role in a folder and all that lies in it, in place of an earlier one there: viewer, operator or editor. Makes a
  /// new version of the account. Errors besides: kInvalidArgument (role), kResourceExhausted (kMostGrants).
  boost::asio::awaitable<Result<AccountView>> grant(Identity who, std::string name, std::uint64_t version,
                                                    std::string folder, Role role, MonoTime deadline);
  boost::asio::awaitable<Result<AccountView>> revoke(Identity who, std::string name, std::uint64_t version,
                                                     std::string folder, MonoTime deadline);

  /// Who it is at an OpenID Connect provider (access/oidc.h) that may log in as `name`. Makes a new version of the
  /// account. One that he has already is no change. Errors besides: kInvalidArgument (texts; that identity has another
  /// account), kResourceExhausted (kMostIdentities).
  boost::asio::awaitable<Result<AccountView>> link(Identity who, std::string name, std::uint64_t version,
                                                   std::string issuer, std::string subject, MonoTime deadline);
  /// The account's sessions end: they may have begun by it.
  boost::asio::awaitable<Result<AccountView>> unlink(Identity who, std::string name, std::uint64_t version,
                                                     std::string issuer, std::string subject, MonoTime deadline);
  /// Of oneself, or for an admin; by issuer and subject.
  boost::asio::awaitable<Result<std::vector<catalog::OidcIdentity>>> identities(Identity who, std::string name,
                                                                                MonoTime deadline);

  /// Oneself, or for an admin.
  boost::asio::awaitable<Result<AccountView>> find(Identity who, std::string name, MonoTime deadline);
  /// Who did what, newest first; for an admin.
  boost::asio::awaitable<Result<std::vector<catalog::AuditEntry>>> audit(Identity who, catalog::AuditQuery query,
                                                                         MonoTime deadline);
  /// By name.
  boost::asio::awaitable<Result<std::vector<AccountView>>> list(Identity who, MonoTime deadline);
  /// Of oneself, or for an admin; by folder.
  boost::asio::awaitable<Result<std::vector<catalog::Grant>>> grants(Identity who, std::string name, MonoTime deadline);

 private:
  using Work = std::function<Result<AccountView>(catalog::Transaction&)>;
  /// Runs a change of the account `name`, which caches forget then.
  boost::asio::awaitable<Result<AccountView>> run(Identity who, std::string name, Work work, std::string what,
                                                  MonoTime deadline);
  boost::asio::awaitable<Result<AccountView>> set_own(Identity who, PasswordChange change, MonoTime deadline);

  const Parts parts_;
  Sessions& sessions_;
  Tokens& tokens_;
  PasswordCheck& passwords_;
};

}  // namespace holter::access
