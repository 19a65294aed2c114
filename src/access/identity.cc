#include "access/identity.h"

#include <fmt/format.h>

namespace holter::access {
namespace {

/// A role of the catalog. Whoever has one that there is not gets none at all, and somebody must look at it.
Result<Role> stored_role(const std::string& account, const std::string& text) {
  auto role = parse_role(text);
  if (role) return role;
  return Error(ErrorCode::kCorruption,
               fmt::format("cannot tell what the account '{}' may do: {}", account, role.error().message()));
}

}  // namespace

bool is_within(std::string_view folder, std::string_view above) {
  if (above.empty()) return true;
  if (!folder.starts_with(above)) return false;
  return folder.size() == above.size() || folder[above.size()] == '/';
}

Result<Identity> Identity::of(const catalog::Account& account, const std::vector<catalog::Grant>& grants, Role most,
                              Way way) {
  TRY(auto role, stored_role(account.name, account.role));
  Identity identity(account.name, role, most, way);
  identity.grants_.reserve(grants.size());
  for (const auto& grant : grants) {
    TRY(auto granted, stored_role(account.name, grant.role));
    identity.grants_.push_back({grant.folder, granted});
  }
  return identity;
}

Result<Identity> Identity::of_session(const catalog::Account& account, const std::vector<catalog::Grant>& grants) {
  return of(account, grants, Role::kAdmin, Way::kSession);
}

Result<Identity> Identity::of_token(const catalog::Account& account, const std::vector<catalog::Grant>& grants,
                                    const catalog::ApiToken& token) {
  auto most = parse_scopes(token.scopes);
  if (!most)
    return Error(ErrorCode::kCorruption,
                 fmt::format("cannot tell what a token of '{}' may do: {}", account.name, most.error().message()));
  return of(account, grants, *most, Way::kToken);
}

Role Identity::role_in(std::string_view folder) const {
  auto role = role_;
  for (const auto& grant : grants_)
    if (is_within(folder, grant.folder)) role = std::max(role, grant.role);
  return std::min(role, most_);
}

Role Identity::greatest() const {
  auto role = role_;
  for (const auto& grant : grants_) role = std::max(role, grant.role);
  return std::min(role, most_);
}

std::size_t Identity::bytes() const {
  auto bytes = sizeof(Identity) + account_.capacity() + csrf_.capacity() + grants_.capacity() * sizeof(FolderRole);
  for (const auto& grant : grants_) bytes += grant.folder.capacity();
  return bytes;
}

Status require_role(const Identity& who, Role least, std::string_view what) {
  if (who.role() >= least) return {};
  return Error(ErrorCode::kForbidden,
               fmt::format("cannot {}: that takes the role {}, and you have {}{}", what, to_string(least),
                           to_string(who.role()), who.way() == Identity::Way::kToken ? " by this token" : ""));
}

Status require_role_in(const Identity& who, Role least, std::string_view folder, std::string_view what) {
  if (who.role_in(folder) >= least) return {};
  return Error(ErrorCode::kForbidden,
               fmt::format("cannot {}: that takes the role {} in the folder '{}', and you have {}{}", what,
                           to_string(least), folder.substr(0, 100), to_string(who.role_in(folder)),
                           who.way() == Identity::Way::kToken ? " by this token" : ""));
}

}  // namespace holter::access
