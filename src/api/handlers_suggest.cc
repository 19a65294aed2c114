#include "api/content_fields.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/suggester.h"

// What could be watched.
namespace holter::api {
namespace {

using boost::asio::awaitable;

void write_suggestion(JsonWriter& json, const define::Suggestion& suggestion) {
  json.begin_object();
  json.member("name", suggestion.name);
  json.member("app", suggestion.app);
  json.key("params");
  json.begin_object();
  for (const auto& [field, value] : suggestion.params) json.member(field, value);
  json.end_object();
  json.key("missing");
  json.begin_array();
  for (const auto& field : suggestion.missing) json.value(field);
  json.end_array();
  json.member("reason", define::to_string(suggestion.reason));
  json.key("port");
  if (suggestion.port != 0)
    json.value(static_cast<int>(suggestion.port));
  else
    json.null();
  json.member("reachable", suggestion.reachable);
  json.key("duration_ms");
  if (suggestion.duration_ms)
    json.value(*suggestion.duration_ms);
  else
    json.null();
  json.end_object();
}

void write_text_or_null(JsonWriter& json, std::string_view name, const std::string& text) {
  json.key(name);
  if (text.empty())
    json.null();
  else
    json.value(text);
}

}  // namespace

awaitable<Response> post_suggest(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"text"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto text = needed_text_of(*content, "text");
  if (!text) co_return refuse(context, text.error());
  auto report = co_await context.backend->suggester().suggest(std::move(*text), context.caller());
  if (!report) co_return refuse(context, report.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("kind", define::to_string(report->kind));
  write_text_or_null(json, "host", report->host);
  write_text_or_null(json, "address", report->address);
  json.key("suggestions");
  json.begin_array();
  for (const auto& suggestion : report->suggestions) write_suggestion(json, suggestion);
  json.end_array();
  json.key("skipped");
  json.begin_array();
  for (const auto& skipped : report->skipped) {
    json.begin_object();
    json.member("what", skipped.what);
    json.member("reason", skipped.reason);
    json.end_object();
  }
  json.end_array();
  json.member("truncated", report->truncated);
  json.member("duration_ms", report->duration_ms);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
