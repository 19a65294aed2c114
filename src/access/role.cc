#include "access/role.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/utf8.h"

namespace holter::access {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 5> kRoles = {{{Role::kNone, "none"},
                                                                      {Role::kViewer, "viewer"},
                                                                      {Role::kOperator, "operator"},
                                                                      {Role::kEditor, "editor"},
                                                                      {Role::kAdmin, "admin"}}};
constexpr std::array<std::pair<Role, std::string_view>, 4> kScopes = {
    {{Role::kViewer, "read"}, {Role::kOperator, "operate"}, {Role::kEditor, "edit"}, {Role::kAdmin, "admin"}}};

template <std::size_t N>
Result<Role> find(const std::array<std::pair<Role, std::string_view>, N>& names, std::string_view what,
                  std::string_view text) {
  for (const auto& [role, name] : names)
    if (name == text) return role;
  std::string scratch, all;
  for (const auto& [role, name] : names) all += (all.empty() ? "" : ", ") + std::string(name);
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot take '{}' as a {}: there are {}", as_utf8(text.substr(0, 40), scratch), what, all));
}

}  // namespace

std::string_view to_string(Role role) {
  return kRoles[static_cast<std::size_t>(role)].second;
}

Result<Role> parse_role(std::string_view text) {
  return find(kRoles, "role", text);
}

Result<Role> parse_scopes(std::string_view text) {
  auto greatest = Role::kNone;
  while (true) {
    auto blank = text.find(' ');
    TRY(auto role, find(kScopes, "scope", text.substr(0, blank)));
    greatest = std::max(greatest, role);
    if (blank == std::string_view::npos) return greatest;
    text.remove_prefix(blank + 1);
  }
}

}  // namespace holter::access
