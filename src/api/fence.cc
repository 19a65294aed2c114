#include "api/fence.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::api {
namespace {

constexpr unsigned kRetrySeconds = 10;

/// Without parameters, as "application/json" of "application/json; charset=utf-8".
std::string_view media_type(std::string_view text) {
  text = text.substr(0, text.find(';'));
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

Problem foreign_host(std::string_view host, const Site& site) {
  auto known = site.authority.empty() ? "" : site.authority + ", ";
  auto how = site.this_machine_only || !site.authority.empty() ? "localhost, 127.0.0.1 or [::1]"
                                                               : "an address, or set server.url to this name";
  return {421, fmt::format("cannot serve the host '{}': ask for {}{}", excerpt(host), known, how), "", 0};
}

access::Role role_of(Who who) {
  switch (who) {
    case Who::kViewer:
    case Who::kViewerIn:
      return access::Role::kViewer;
    case Who::kOperator:
    case Who::kOperatorIn:
      return access::Role::kOperator;
    case Who::kEditor:
    case Who::kEditorIn:
      return access::Role::kEditor;
    default:
      return access::Role::kAdmin;
  }
}

}  // namespace

Problem check_host(const RequestHead& head, const Target& target, const Site& site) {
  if (head.hosts.size() > 1 || (head.hosts.empty() && !head.http_1_0))
    return {400, fmt::format("cannot serve a request with {} Host fields: send one", head.hosts.size()), "", 0};
  // An absolute target replaces Host (RFC 9112 section 3.2.2), but a foreign name in either is refused.
  for (const auto& host : head.hosts)
    if (!site.serves(host)) return foreign_host(host, site);
  if (!target.host.empty() && !site.serves(target.host)) return foreign_host(target.host, site);
  return {0, "", "", 0};
}

Problem check_role(const Route& route, const access::Identity* who) {
  if (route.who == Who::kAnybody || route.who == Who::kVisitor) return {0, "", "", 0};
  if (who == nullptr || route.who == Who::kNobody) return {403, "cannot answer: nobody may use this", "", 0};
  if (route.who == Who::kAccount) return {0, "", "", 0};
  bool somewhere = route.who == Who::kViewerIn || route.who == Who::kOperatorIn || route.who == Who::kEditorIn;
  auto needed = role_of(route.who);
  auto has = somewhere ? who->greatest() : who->role();
  if (has >= needed) return {0, "", "", 0};
  return {403,
          fmt::format("cannot {} {}: that takes the role {}, and you have {}{}", route.method, route.pattern,
                      to_string(needed), to_string(has),
                      who->way() == access::Identity::Way::kToken ? " by this token" : ""),
          "", 0};
}

Problem check_change(const RequestHead& head, const Route& route, const Site& site) {
  for (const auto& origin : head.origins) {
    // Scheme and authority must be those that were asked, port included, or those of server.url.
    bool own =
        !head.hosts.empty() && same_ignoring_case(origin, (head.over_tls ? "https://" : "http://") + head.hosts[0]);
    own = own || (!site.authority.empty() && same_ignoring_case(origin, site.origin()));
    if (!own)
      return {403,
              fmt::format("cannot {} for the origin '{}': only pages of this server may change something",
                          excerpt(head.method, 20), excerpt(origin)),
              "", 0};
  }
  if (!head.fetch_site.empty() && head.fetch_site != "same-origin" && head.fetch_site != "none")
    return {403,
            fmt::format("cannot {} for a page of another site (Sec-Fetch-Site: {})", excerpt(head.method, 20),
                        excerpt(head.fetch_site, 40)),
            "", 0};
  auto type = media_type(head.content_type);
  bool fits = same_ignoring_case(type, "application/json");
  if (route.takes == Takes::kMetrics)
    fits = type.empty() || same_ignoring_case(type, "text/plain") ||
           same_ignoring_case(type, "application/openmetrics-text") ||
           same_ignoring_case(type, "application/x-www-form-urlencoded");  // what curl says of --data-binary
  if (route.takes == Takes::kMonitors)
    fits = fits || same_ignoring_case(type, "text/csv") || same_ignoring_case(type, "application/yaml");
  if (route.takes == Takes::kAlerts)
    fits = fits || same_ignoring_case(type, "text/plain") ||
           same_ignoring_case(type, "application/x-www-form-urlencoded");  // Alibaba Cloud's CloudMonitor
  if (!fits)
    return {415,
            fmt::format("cannot {} content of type '{}': send {}", excerpt(head.method, 20), excerpt(head.content_type),
                        route.takes == Takes::kMetrics    ? "text/plain"
                        : route.takes == Takes::kMonitors ? "application/json, application/yaml or text/csv"
                        : route.takes == Takes::kAlerts
                            ? "application/json, text/plain or application/x-www-form-urlencoded"
                            : "application/json"),
            "", 0};
  return {0, "", "", 0};
}

Problem check_pressure(const Route& route, const Backend& backend) {
  bool work = route.need != Need::kEssential && backend.refuses_work();
  bool heavy = route.need == Need::kHeavy && backend.refuses_heavy();
  if (!work && !heavy) return {0, "", "", 0};
  return {503,
          fmt::format("cannot answer {} {} while memory is {}: it wants up to {} bytes and {} of the budget are left; "
                      "/api/v1/memory shows why",
                      route.method, route.pattern, work ? "at the level emergency" : "short (level high or above)",
                      route.wants_bytes, backend.bytes_left()),
          "", kRetrySeconds};
}

}  // namespace holter::api
