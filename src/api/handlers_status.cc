#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "api/decimal_id.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/json_members.h"
#include "api/once.h"
#include "api/status_json.h"
#include "api/status_pages.h"
#include "base/hash.h"

// Status pages: for who writes them, and for visitors, who need no account where a page is public.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kRoot = "/api/v1/status-pages";
/// What a row of a list costs while it is copied out of the backend.
constexpr std::size_t kRowBytes = 1024;
constexpr std::size_t kLogoBytes = 160 * 1024;  // a logo as it is stored and as it is sent
constexpr Choice<StatusStep> kSteps[] = {{"day", StatusStep::kDay}, {"minute", StatusStep::kMinute}};
enum class BadgeKind : std::uint8_t { kStatus, kUptime };
constexpr Choice<BadgeKind> kBadges[] = {{"status", BadgeKind::kStatus}, {"uptime", BadgeKind::kUptime}};

/// What stands for {slug} in the path: there may be an id besides.
std::string slug_of(const Context& context, const Request& request) {
  auto before = context.route->pattern.substr(1, context.route->pattern.find("{slug}") - 1);
  return request.target.path[static_cast<std::size_t>(std::ranges::count(before, '/'))];
}

StatusPages& pages_of(const Context& context) {
  return context.backend->status_pages();
}

/// Whether who asks sees pages that are not public.
bool knows(const Context& context) {
  return context.who != nullptr && context.who->role() >= access::Role::kViewer;
}

/// With a tag of its content: who has it already is told so.
Response tagged(const Context& context, const Request& request, Response response) {
  response = finished(std::move(response), *context.bodies);
  if (response.status != 200) return response;
  auto opaque = fmt::format("\"{:016x}\"", stable_hash(response.body.text()));
  response.headers.emplace_back("ETag", "W/" + opaque);
  if (request.if_none_match != "*" && !request.if_none_match.contains(opaque)) return response;
  response.status = 304;
  response.body.clear();
  return response;
}

Response document_of(const Context& context, std::string_view text, std::string_view content_type) {
  Response response(*context.bodies);
  response.content_type = content_type;
  response.body.append(text);
  return response;
}

/// Where browsers find this server, without a slash.
std::string origin_of(const Context& context, const Request& request) {
  if (auto origin = context.site->origin(); !origin.empty()) return origin;
  return fmt::format("{}://{}", request.secure ? "https" : "http", request.host.empty() ? "localhost" : request.host);
}

awaitable<Response> create_page(Context context, const Request* request) {
  auto made = co_await pages_of(context).create(std::string(request->body), context.caller());
  if (!made) co_return refuse(context, made.error());
  auto response = status_page_response(context, *made, 201);
  if (response.status == 201) response.headers.emplace_back("Location", fmt::format("{}/{}", kRoot, made->slug));
  co_return response;
}

awaitable<Response> create_announcement(Context context, const Request* request) {
  auto slug = slug_of(context, *request);
  auto made = co_await pages_of(context).announce(slug, std::string(request->body), context.caller());
  if (!made) co_return refuse(context, made.error());
  auto response = status_announcement_response(context, *made, 201);
  if (response.status == 201)
    response.headers.emplace_back("Location", fmt::format("{}/{}/announcements/{}", kRoot, slug, made->id));
  co_return response;
}

awaitable<Response> create_note(Context context, const Request* request, std::uint64_t id) {
  auto slug = slug_of(context, *request);
  auto made = co_await pages_of(context).add_note(slug, id, std::string(request->body), context.caller());
  co_return made ? status_announcement_response(context, *made, 201) : refuse(context, made.error());
}

}  // namespace

awaitable<Response> get_status_pages(Context context, const Request*) {
  auto rows = co_await pages_of(context).list(context.caller());
  co_return rows ? status_pages_response(context, *rows) : refuse(context, rows.error());
}

awaitable<Response> post_status_page(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return create_page(context, request); });
}

awaitable<Response> get_status_page(Context context, const Request* request) {
  auto page = co_await pages_of(context).find(slug_of(context, *request), context.caller());
  co_return page ? status_page_response(context, *page, 200) : refuse(context, page.error());
}

awaitable<Response> put_status_page(Context context, const Request* request) {
  auto version = version_of(*request, true, "a status page");
  if (!version) co_return refuse(context, version.error());
  auto page = co_await pages_of(context).replace(slug_of(context, *request), *version, std::string(request->body),
                                                 context.caller());
  co_return page ? status_page_response(context, *page, 200) : refuse(context, page.error());
}

awaitable<Response> delete_status_page(Context context, const Request* request) {
  auto version = version_of(*request, false, "a status page");
  if (!version) co_return refuse(context, version.error());
  auto slug = slug_of(context, *request);
  auto removed = co_await pages_of(context).remove(slug, *version, context.caller());
  if (!removed) co_return refuse(context, removed.error());
  co_return object_response(context, [&](JsonWriter& json) { json.member("deleted", slug); });
}

awaitable<Response> get_status_announcements(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  StatusAnnouncementQuery query;
  query.before = params.number("before", 0, 0, kMostDecimalId);
  query.limit = params.number("limit", 100, 1, StatusPages::kMostAnnouncementRows);
  if (params.failed()) co_return refuse(context, params.problem());
  auto held = context.bodies->reserve(query.limit * kRowBytes);
  if (!held) co_return refuse(context, to_problem(held.error()));
  auto page = co_await pages_of(context).announcements(slug_of(context, *request), query, context.caller());
  co_return page ? status_announcements_response(context, *page) : refuse(context, page.error());
}

awaitable<Response> post_status_announcement(Context context, const Request* request) {
  co_return co_await once(context, request, [&] { return create_announcement(context, request); });
}

awaitable<Response> get_status_announcement(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an announcement");
  if (!id) co_return refuse(context, id.error());
  auto found = co_await pages_of(context).announcement(slug_of(context, *request), *id, context.caller());
  co_return found ? status_announcement_response(context, *found, 200) : refuse(context, found.error());
}

awaitable<Response> put_status_announcement(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an announcement");
  if (!id) co_return refuse(context, id.error());
  auto version = version_of(*request, true, "an announcement");
  if (!version) co_return refuse(context, version.error());
  auto stored = co_await pages_of(context).replace_announcement(slug_of(context, *request), *id, *version,
                                                                std::string(request->body), context.caller());
  co_return stored ? status_announcement_response(context, *stored, 200) : refuse(context, stored.error());
}

awaitable<Response> delete_status_announcement(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an announcement");
  if (!id) co_return refuse(context, id.error());
  auto version = version_of(*request, false, "an announcement");
  if (!version) co_return refuse(context, version.error());
  auto removed =
      co_await pages_of(context).remove_announcement(slug_of(context, *request), *id, *version, context.caller());
  if (!removed) co_return refuse(context, removed.error());
  co_return object_response(context, [&](JsonWriter& json) { json.member("deleted", *id); });
}

awaitable<Response> post_status_update(Context context, const Request* request) {
  auto id = decimal_id(request->id, "an announcement");
  if (!id) co_return refuse(context, id.error());
  co_return co_await once(context, request, [&] { return create_note(context, request, *id); });
}

awaitable<Response> get_status_view(Context context, const Request* request) {
  auto view = co_await pages_of(context).view(slug_of(context, *request), knows(context), context.deadline);
  if (!view) co_return refuse(context, view.error());
  co_return tagged(context, *request, status_view_response(context, **view));
}

awaitable<Response> get_status_history(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto days = params.number("days", StatusPages::kMostDays, 1, StatusPages::kMostDays);
  auto step = params.choice<StatusStep>("step", kSteps).value_or(StatusStep::kDay);
  if (params.failed()) co_return refuse(context, params.problem());
  auto history = co_await pages_of(context).history(slug_of(context, *request), step, knows(context), context.deadline);
  if (!history) co_return refuse(context, history.error());
  auto most = step == StatusStep::kDay ? days : std::uint64_t{StatusPages::kMinutes};
  co_return tagged(context, *request, status_history_response(context, **history, most));
}

awaitable<Response> get_status_logo(Context context, const Request* request) {
  auto held = context.bodies->reserve(kLogoBytes);
  if (!held) co_return refuse(context, to_problem(held.error()));
  auto logo = co_await pages_of(context).logo(slug_of(context, *request), knows(context), context.deadline);
  if (!logo) co_return refuse(context, logo.error());
  co_return tagged(context, *request, document_of(context, logo->bytes, logo->content_type));
}

awaitable<Response> get_status_feed(Context context, const Request* request) {
  auto view = co_await pages_of(context).view(slug_of(context, *request), knows(context), context.deadline);
  if (!view) co_return refuse(context, view.error());
  auto text = pages_of(context).feed(**view, origin_of(context, *request));
  co_return tagged(context, *request, document_of(context, text, "application/rss+xml; charset=utf-8"));
}

awaitable<Response> get_status_badge(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto component = params.text("component", 60);
  auto kind = params.choice<BadgeKind>("kind", kBadges).value_or(BadgeKind::kStatus);
  if (params.failed()) co_return refuse(context, params.problem());
  auto slug = slug_of(context, *request);
  auto view = co_await pages_of(context).view(slug, knows(context), context.deadline);
  if (!view) co_return refuse(context, view.error());
  std::shared_ptr<const StatusHistory> history;
  if (kind == BadgeKind::kUptime) {
    auto found = co_await pages_of(context).history(slug, StatusStep::kDay, knows(context), context.deadline);
    if (!found) co_return refuse(context, found.error());
    history = std::move(*found);
  }
  auto text = pages_of(context).badge(**view, history.get(), component);
  if (!text) co_return refuse(context, text.error());
  auto response = document_of(context, *text, "image/svg+xml; charset=utf-8");
  response.shown_anywhere = (*view)->is_public;
  co_return tagged(context, *request, std::move(response));
}

}  // namespace holter::api
