#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/role.h"
#include "base/result.h"
#include "catalog/accounts.h"

namespace holter::access {

/// Whether folder `above` is `folder` or has it within: "a/b" has "a/b/c", but not "a/bc"; "" has all.
bool is_within(std::string_view folder, std::string_view above);

/// Who it is that asks, and what he may do: of an account that is not disabled, by a session or a token that is valid.
/// Whoever has no Identity may do nothing. A plain value.
class Identity {
 public:
  enum class Way : std::uint8_t { kSession, kToken };

  /// Errors: kCorruption when the catalog names a role that there is not.
  static Result<Identity> of_session(const catalog::Account& account, const std::vector<catalog::Grant>& grants);
  /// May do no more than the scopes of the token say. Errors: kCorruption.
  static Result<Identity> of_token(const catalog::Account& account, const std::vector<catalog::Grant>& grants,
                                   const catalog::ApiToken& token);

  const std::string& account() const { return account_; }
  Way way() const { return way_; }
  /// Of the whole: what is in no folder (accounts, settings) needs this one.
  Role role() const { return std::min(role_, most_); }
  /// The greater of role() and the grants on the folder and those above it; never above what the token's scopes allow.
  Role role_in(std::string_view folder) const;
  /// The greatest of role() and role_in() of all folders: what is refused by it need not look at folders.
  Role greatest() const;
  /// No role of this identity is greater, wherever: kAdmin by a session, what the scopes say by a token.
  Role most() const { return most_; }

  /// What each request of the session that changes something must bring (secrets::SessionToken::csrf()); empty by a
  /// token, which no browser sends by itself.
  const std::string& csrf() const { return csrf_; }
  void set_csrf(std::string csrf) { csrf_ = std::move(csrf); }

  /// What it takes in memory, about.
  std::size_t bytes() const;

 private:
  struct FolderRole {
    std::string folder;
    Role role;
  };
  Identity(std::string account, Role role, Role most, Way way)
      : account_(std::move(account)), role_(role), most_(most), way_(way) {}
  static Result<Identity> of(const catalog::Account& account, const std::vector<catalog::Grant>& grants, Role most,
                             Way way);

  std::string account_;
  Role role_, most_;
  Way way_;
  std::vector<FolderRole> grants_;
  std::string csrf_;
};

/// Errors: kForbidden where the identity's role for the whole is less than `least`. `what` is "change a setting".
Status require_role(const Identity& who, Role least, std::string_view what);
/// The same in a folder.
Status require_role_in(const Identity& who, Role least, std::string_view folder, std::string_view what);

}  // namespace holter::access
