#include <algorithm>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include "api/alert_json.h"
#include "api/content_fields.h"
#include "api/decimal_id.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/once.h"
#include "base/check.h"

// What users configure of alerting: documents, one route for each kind of them, and tries of what is not stored yet.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
/// What a row costs while it is copied out of the backend; longer ones are paid for as soon as they are there.
constexpr std::size_t kRowBytes = 1024;
constexpr std::int64_t kPreviewMs = std::int64_t{24} * 3'600'000;

constexpr Choice<bool> kYesNo[] = {{"true", true}, {"false", false}};

struct Kind {
  std::string_view segment;  ///< of the path
  AlertKind kind{};
  std::string_view what;  ///< for messages
};
constexpr Kind kKinds[] = {{"rules", AlertKind::kRule, "a rule"},
                           {"receivers", AlertKind::kReceiver, "a receiver"},
                           {"silences", AlertKind::kSilence, "a silence"},
                           {"inhibitions", AlertKind::kInhibition, "an inhibition"},
                           {"routes", AlertKind::kRoute, "the routes"},
                           {"templates", AlertKind::kTemplate, "a template"},
                           {"rotations", AlertKind::kRotation, "a rotation"}};
constexpr std::string_view kRoot = "/api/v1/alerts/";

/// By the path. All kinds have the same handlers.
const Kind& kind_of(const Context& context) {
  auto rest = context.route->pattern.substr(kRoot.size());
  const auto* found = std::ranges::find(kKinds, rest.substr(0, rest.find('/')), &Kind::segment);
  CHECK(found != std::end(kKinds));
  return *found;
}

/// Of the path; the tree of routes has none there.
Answered<std::uint64_t> id_of(const Context& context, const Request& request) {
  if (kind_of(context).kind == AlertKind::kRoute) return kRouteTree;
  return decimal_id(request.id, kind_of(context).what);
}

Answered<bool> dry_run_of(const Context& context, const Request& request) {
  ParamReader params(request.target, context.route->params);
  auto given = params.choice<bool>("dry_run", kYesNo);
  if (params.failed()) return params.problem();
  return given.value_or(false);
}

awaitable<Response> create(Context context, const Request* request, bool dry_run) {
  const auto& kind = kind_of(context);
  auto made =
      co_await context.backend->alerting().create(kind.kind, std::string(request->body), dry_run, context.caller());
  if (!made) co_return refuse(context, made.error());
  if (dry_run) co_return document_response(context, *made, 200, true);
  auto response = document_response(context, *made, 201, false);
  if (response.status == 201)
    response.headers.emplace_back("Location", fmt::format("{}{}/{}", kRoot, kind.segment, made->id));
  co_return response;
}

/// A document that is a member of the content, as a text again.
std::string text_of_member(const Content& content, std::string_view key) {
  const auto* member = content.find(key);
  return member == nullptr ? std::string() : boost::json::serialize(*member);
}

/// A time of the content; 400 for what is none.
Answered<std::int64_t> time_of(const Context& context, const Content& content, std::string_view key,
                               std::int64_t otherwise_ms) {
  auto text = text_of(content, key);
  if (!text) return std::move(text).error();
  if (!*text) return otherwise_ms;
  if (auto time = parse_time(**text, epoch_ms(context.clock->wall()))) return *time;
  return Problem{400, "cannot use this time: write it as 2026-11-24T10:00:00Z, or relative to now as -1h30m",
                 std::string(key), 0};
}

}  // namespace

awaitable<Response> get_alert_documents(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  AlertDocumentQuery query;
  query.after = params.number("after", 0, 0, kMostDecimalId);
  query.limit = params.number("limit", 100, 1, kMostRows);
  query.text = params.text("text");
  if (params.failed()) co_return refuse(context, params.problem());
  auto rows_memory = context.bodies->reserve(query.limit * kRowBytes);
  if (!rows_memory) co_return refuse(context, to_problem(rows_memory.error()));
  auto page = co_await context.backend->alerting().list(kind_of(context).kind, std::move(query), context.caller());
  if (!page) co_return refuse(context, page.error());
  if (!rows_memory->resize(bytes_of(*page))) co_return refuse(context, rows_too_long());
  co_return documents_response(context, *page);
}

awaitable<Response> post_alert_document(Context context, const Request* request) {
  auto dry_run = dry_run_of(context, *request);
  if (!dry_run) co_return refuse(context, dry_run.error());
  // A dry run does nothing that could be done twice.
  if (*dry_run) co_return co_await create(context, request, true);
  co_return co_await once(context, request, [&] { return create(context, request, false); });
}

awaitable<Response> get_alert_document(Context context, const Request* request) {
  auto id = id_of(context, *request);
  if (!id) co_return refuse(context, id.error());
  auto document = co_await context.backend->alerting().find(kind_of(context).kind, *id, context.caller());
  if (!document) co_return refuse(context, document.error());
  co_return document_response(context, *document, 200, false);
}

awaitable<Response> put_alert_document(Context context, const Request* request) {
  const auto& kind = kind_of(context);
  auto id = id_of(context, *request);
  if (!id) co_return refuse(context, id.error());
  auto dry_run = dry_run_of(context, *request);
  if (!dry_run) co_return refuse(context, dry_run.error());
  auto version = version_of(*request, true, kind.what);
  if (!version) co_return refuse(context, version.error());
  auto document = co_await context.backend->alerting().replace(kind.kind, *id, *version, std::string(request->body),
                                                               *dry_run, context.caller());
  if (!document) co_return refuse(context, document.error());
  co_return document_response(context, *document, 200, *dry_run);
}

awaitable<Response> delete_alert_document(Context context, const Request* request) {
  const auto& kind = kind_of(context);
  auto id = id_of(context, *request);
  if (!id) co_return refuse(context, id.error());
  auto version = version_of(*request, false, kind.what);
  if (!version) co_return refuse(context, version.error());
  auto removed = co_await context.backend->alerting().remove(kind.kind, *id, *version, context.caller());
  if (!removed) co_return refuse(context, removed.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("deleted", *id);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_rule_preview(Context context, const Request* request) {
  auto content = Content::parse(request->body, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto now = epoch_ms(context.clock->wall());
  auto to = time_of(context, *content, "to", now);
  if (!to) co_return refuse(context, to.error());
  auto from = time_of(context, *content, "from", std::max<std::int64_t>(*to - kPreviewMs, 0));
  if (!from) co_return refuse(context, from.error());
  if (*from >= *to)
    co_return refuse(context, {400, "cannot look at no time at all: from must lie before to", "from", 0});
  auto preview =
      co_await context.backend->alerting().preview(text_of_member(*content, "rule"), *from, *to, context.caller());
  co_return preview ? preview_response(context, *preview) : refuse(context, preview.error());
}

awaitable<Response> post_silence_preview(Context context, const Request* request) {
  auto content = Content::parse(request->body, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto matchers = needed_text_of(*content, "matchers");
  if (!matchers) co_return refuse(context, matchers.error());
  auto page = co_await context.backend->alerting().caught(std::move(*matchers), context.caller());
  if (!page) co_return refuse(context, page.error());
  auto rows_memory = context.bodies->reserve(bytes_of(*page));
  if (!rows_memory) co_return refuse(context, rows_too_long());
  co_return incidents_response(context, *page);
}

/// Of the one that is stored, as it is or as the content would have it.
awaitable<Response> post_receiver_test(Context context, const Request* request) {
  auto id = id_of(context, *request);
  if (!id) co_return refuse(context, id.error());
  auto text = request->body;
  bool empty = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  auto trial = co_await context.backend->alerting().try_receiver(*id, empty ? std::string() : std::string(text),
                                                                 context.caller());
  co_return trial ? trial_response(context, *trial) : refuse(context, trial.error());
}

/// Of one that is not stored.
awaitable<Response> post_receiver_trial(Context context, const Request* request) {
  auto trial = co_await context.backend->alerting().try_receiver(0, std::string(request->body), context.caller());
  co_return trial ? trial_response(context, *trial) : refuse(context, trial.error());
}

awaitable<Response> post_template_preview(Context context, const Request* request) {
  auto rendered = co_await context.backend->alerting().render(std::string(request->body), context.caller());
  co_return rendered ? rendered_response(context, *rendered) : refuse(context, rendered.error());
}

awaitable<Response> get_alert_channels(Context context, const Request*) {
  co_return channels_response(context, context.backend->alerting().channels());
}

awaitable<Response> get_alert_stats(Context context, const Request*) {
  co_return alert_stats_response(context, context.backend->alerting().stats(0));
}

}  // namespace holter::api
