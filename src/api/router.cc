#include "api/router.h"

#include <charconv>
#include <span>

#include <fmt/format.h>

#include "api/ui_files.h"
#include "base/units.h"

namespace holter::api {
namespace {

constexpr std::string_view kIdSegment = "{id}", kNameSegment = "{name}", kSlugSegment = "{slug}",
                           kRestSegment = "{path}", kPageSegment = "{page}";

std::string joined(std::span<const std::string> path) {
  std::string out;
  for (const auto& segment : path) out.append("/").append(segment);
  return out.empty() ? "/" : out;
}

/// Whether the path has the pattern's shape; `id` is what stood for {id} or {name}.
bool matches(std::string_view pattern, const std::vector<std::string>& path, std::string& id) {
  pattern.remove_prefix(1);
  std::size_t i = 0;
  while (!pattern.empty()) {
    auto segment = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(std::min(pattern.size(), segment.size() + 1));
    if (i == path.size()) return false;
    if (segment == kPageSegment && !is_ui_section(path[i])) return false;
    if (segment == kRestSegment || segment == kPageSegment) {
      id = joined(std::span(path).subspan(i)).substr(1);
      return true;
    }
    if ((segment == kIdSegment || segment == kNameSegment) && !path[i].empty())
      id = path[i];
    else if (segment != path[i] && (segment != kSlugSegment || path[i].empty()))
      return false;
    ++i;
  }
  return i == path.size();
}

/// For paths that are not taken apart yet; too much is no harm, for the route is looked for before anything is done. A
/// segment that says the same in other bytes is not seen as one.
bool leads_to(std::string_view pattern, std::string_view path) {
  if (auto rest = pattern.find(kRestSegment); rest != std::string_view::npos)
    return path.starts_with(pattern.substr(0, rest));
  while (!pattern.empty() && !path.empty()) {
    auto part = pattern.substr(0, pattern.find('/', 1)), segment = path.substr(0, path.find('/', 1));
    bool any = part.substr(1) == kIdSegment || part.substr(1) == kNameSegment || part.substr(1) == kSlugSegment;
    if (any ? segment.size() < 2 : part != segment) return false;
    pattern.remove_prefix(part.size());
    path.remove_prefix(segment.size());
  }
  return pattern.empty() && path.empty();
}

}  // namespace

Match find_route(std::span<const Route> all, std::string_view method, const Target& target) {
  Match match;
  for (const auto& route : all) {
    std::string id;
    if (!matches(route.pattern, target.path, id)) continue;
    match.pattern = route.pattern;
    bool same = route.method == method || (route.method == "GET" && method == "HEAD");
    if (!same) {
      match.allow += fmt::format("{}{}", match.allow.empty() ? "" : ", ", route.method);
      if (route.method == "GET") match.allow += ", HEAD";
      continue;
    }
    if (route.pattern.contains(kIdSegment) && !parse_id(id)) {
      match.problem = {400, fmt::format("cannot use the monitor id '{}': write 16 hex digits", excerpt(id)), "id", 0};
      return match;
    }
    match.route = &route;
    match.id = std::move(id);
    return match;
  }
  if (match.allow.empty())
    match.problem = {
        404, fmt::format("cannot find {}: the paths are listed in /api/v1/openapi.json", excerpt(joined(target.path))),
        "", 0};
  else
    match.problem = {
        405,
        fmt::format("cannot {} {}: allowed are {}", excerpt(method, 20), excerpt(joined(target.path)), match.allow), "",
        0};
  return match;
}

std::size_t content_limit(std::string_view method, std::string_view target, std::size_t otherwise) {
  auto path = target.substr(0, target.find('?'));
  for (const auto& route : routes())
    if (route.most_content != 0 && route.method == method && leads_to(route.pattern, path)) return route.most_content;
  return otherwise;
}

std::optional<MonitorId> parse_id(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return MonitorId{value};
}

}  // namespace holter::api
