#include <fmt/format.h>

#include "api/content_fields.h"
#include "api/definition_json.h"
#include "api/definitions.h"
#include "api/finding_json.h"
#include "api/handlers.h"
#include "api/if_match.h"

// Definitions of applications: what there is, and what users lay over the files'.
namespace holter::api {
namespace {

using boost::asio::awaitable;

constexpr std::uint64_t kMostRows = 1000;
constexpr std::uint64_t kMostOffset = 1'000'000;
constexpr std::uint64_t kMostVersion = 1'000'000'000'000;
constexpr std::uint64_t kNoVersion = kMostVersion + 1;  ///< that there never was
/// What a row costs while it is copied out of the backend, and as JSON.
constexpr std::size_t kRowBytes = 768;

enum class Format : std::uint8_t { kJson, kYaml };
constexpr Choice<Format> kFormats[] = {{"json", Format::kJson}, {"yaml", Format::kYaml}};

/// "0" is that of a definition which only a file has.
std::string entity_tag(const DefinitionRow& row) {
  return fmt::format("\"{}\"", row.version);
}

struct Wanted {
  Definitions::Version version;
  bool any = false;
};

/// The version of If-Wanted; what is no tag of this server is none there ever was.
Answered<Wanted> match_of(const Request& request) {
  if (request.if_match == "\"0\"") return Wanted{0, false};
  auto version = version_of(request, false, "a definition");
  if (!version) return std::move(version).error();
  if (!*version) return Wanted{{}, !request.if_match.empty()};
  return Wanted{**version == 0 ? kNoVersion : **version, false};
}

Response report_response(const Context& context, const DefinitionReport& report, bool dry_run) {
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("dry_run", dry_run);
  json.key("version");
  if (report.version == 0)
    json.null();
  else
    json.value(report.version);
  json.member("removed", report.removed);
  json.member("monitors", static_cast<std::uint64_t>(report.monitors));
  json.member("in_force", report.in_force);
  json.key("pending");
  if (report.pending.empty())
    json.null();
  else
    json.value(report.pending);
  write_findings(json, "findings", report.problems);
  json.end_object();
  if (report.version != 0) response.headers.emplace_back("ETag", fmt::format("\"{}\"", report.version));
  return finished(std::move(response), *context.bodies);
}

awaitable<Response> text_response(Context context, std::string app, std::uint64_t version) {
  auto text = co_await context.backend->definitions().text(std::move(app), version, context.deadline);
  if (!text) co_return refuse(context, text.error());
  Response response(*context.bodies);
  response.content_type = "application/yaml";  // RFC 9512
  response.body.append(*text);
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace

awaitable<Response> get_definitions(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  DefinitionQuery query;
  query.offset = params.number("offset", 0, 0, kMostOffset);
  query.limit = params.number("limit", 100, 1, kMostRows);
  query.text = params.text("text");
  query.category = params.text("category");
  if (params.failed()) co_return refuse(context, params.problem());
  auto rows_memory = context.bodies->reserve(query.limit * kRowBytes);
  if (!rows_memory) co_return refuse(context, to_problem(rows_memory.error()));
  auto page = context.backend->definitions().list(query);
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("total", static_cast<std::uint64_t>(page.total));
  json.member("offset", static_cast<std::uint64_t>(query.offset));
  json.member("limit", static_cast<std::uint64_t>(query.limit));
  json.key("definitions");
  json.begin_array();
  for (const auto& row : page.rows) {
    json.begin_object();
    write_row_members(json, row);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_definition(Context context, const Request* request) {
  ParamReader params(request->target, context.route->params);
  auto format = params.choice<Format>("format", kFormats);
  auto version = params.number("version", 0, 1, kMostVersion);
  if (params.failed()) co_return refuse(context, params.problem());
  if (format.value_or(request->wants_yaml ? Format::kYaml : Format::kJson) == Format::kYaml)
    co_return co_await text_response(context, request->id, version);
  auto detail = co_await context.backend->definitions().find(request->id, version, context.deadline);
  if (!detail) co_return refuse(context, detail.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  write_row_members(json, detail->row);
  write_definition_members(json, *detail->definition);
  json.end_object();
  if (version == 0) response.headers.emplace_back("ETag", entity_tag(detail->row));
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_definition_versions(Context context, const Request* request) {
  auto versions = co_await context.backend->definitions().versions(request->id, context.deadline);
  if (!versions) co_return refuse(context, versions.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("versions");
  json.begin_array();
  for (const auto& version : *versions) {
    json.begin_object();
    json.member("version", version.version);
    json.member("deleted", version.deleted);
    json.time_member("created", version.created_ms);
    json.member("created_by", version.created_by);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> put_definition(Context context, const Request* request) {
  auto match = match_of(*request);
  if (!match) co_return refuse(context, match.error());
  auto content = Content::parse(request->body, {"text", "dry_run"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto text = needed_text_of(*content, "text");
  if (!text) co_return refuse(context, text.error());
  auto dry_run = bool_of(*content, "dry_run");
  if (!dry_run) co_return refuse(context, dry_run.error());
  Definitions::Put order{request->id, std::move(*text), match->version, match->any, dry_run->value_or(false)};
  auto report = co_await context.backend->definitions().put(std::move(order), context.caller());
  if (!report) co_return refuse(context, report.error());
  co_return report_response(context, *report, dry_run->value_or(false));
}

awaitable<Response> delete_definition(Context context, const Request* request) {
  auto match = match_of(*request);
  if (!match) co_return refuse(context, match.error());
  auto report = co_await context.backend->definitions().remove(request->id, match->version, context.caller());
  if (!report) co_return refuse(context, report.error());
  co_return report_response(context, *report, false);
}

awaitable<Response> post_definition_check(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"text"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto text = needed_text_of(*content, "text");
  if (!text) co_return refuse(context, text.error());
  auto check = co_await context.backend->definitions().check(request->id, std::move(*text), context.caller());
  if (!check) co_return refuse(context, check.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("usable", check->usable());
  write_findings(json, "findings", check->problems);
  json.member("monitors", static_cast<std::uint64_t>(check->monitors));
  json.member("refused_count", static_cast<std::uint64_t>(check->refused_count));
  write_monitors(json, "refused", check->refused);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
