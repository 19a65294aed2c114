#include <fmt/format.h>

#include "api/content_fields.h"
#include "api/handlers.h"
#include "api/if_match.h"
#include "api/json.h"
#include "api/monitor_json.h"
#include "api/owned_folders.h"
#include "define/placement.h"

// Folders of monitors.
namespace holter::api {
namespace {

using boost::asio::awaitable;

/// About what a folder's JSON takes.
constexpr std::size_t kFolderBytes = 256;

void write_folder(JsonWriter& json, const FolderReport& folder) {
  json.begin_object();
  json.member("path", folder.path);
  json.member("description", folder.description);
  json.member("stored", folder.stored);
  json.time_member("created", folder.created_ms);
  json.key("created_by");
  if (folder.created_by.empty())
    json.null();
  else
    json.value(folder.created_by);
  json.key("version");
  if (folder.version == 0)
    json.null();
  else
    json.value(folder.version);
  write_counts(json, folder.monitors, folder.by_state);
  json.end_object();
}

Response folder_response(const Context& context, const FolderReport& folder, unsigned status) {
  Response response(*context.bodies);
  response.status = status;
  JsonWriter json(response.body);
  write_folder(json, folder);
  response.headers.emplace_back("ETag", fmt::format("\"{}\"", folder.version));
  return finished(std::move(response), *context.bodies);
}

/// A path that a user gave: not the root.
Answered<std::string> path_of(const std::optional<std::string>& path, std::string_view key) {
  if (!path || path->empty()) return Problem{400, "cannot do without the path of a folder", std::string(key), 0};
  if (auto good = define::check_folder(*path); !good) return Problem{400, good.error().message(), std::string(key), 0};
  return *path;
}

}  // namespace

awaitable<Response> get_folders(Context context, const Request*) {
  auto list = co_await context.backend->folders().list(context.caller());
  if (!list) co_return refuse(context, list.error());
  Response response(*context.bodies);
  response.body.reserve(list->folders.size() * kFolderBytes);
  JsonWriter json(response.body);
  json.begin_object();
  json.key("folders");
  json.begin_array();
  for (const auto& folder : list->folders) write_folder(json, folder);
  json.end_array();
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> post_folder(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"path", "description"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto given = text_of(*content, "path");
  if (!given) co_return refuse(context, given.error());
  auto path = path_of(*given, "path");
  auto description = text_of(*content, "description");
  if (!path) co_return refuse(context, path.error());
  if (!description) co_return refuse(context, description.error());
  auto folder = co_await context.backend->folders().create(*path, description->value_or(""), context.caller());
  co_return folder ? folder_response(context, *folder, 201) : refuse(context, folder.error());
}

awaitable<Response> patch_folder(Context context, const Request* request) {
  auto version = version_of(*request, true, "a folder");
  if (!version) co_return refuse(context, version.error());
  auto content = Content::parse(request->body, {"path", "to", "description"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto given = text_of(*content, "path");
  if (!given) co_return refuse(context, given.error());
  auto path = path_of(*given, "path");
  if (!path) co_return refuse(context, path.error());
  OwnedFolders::Change change;
  auto to = text_of(*content, "to");
  if (!to) co_return refuse(context, to.error());
  if (*to) {
    auto target = path_of(*to, "to");
    if (!target) co_return refuse(context, target.error());
    change.to = std::move(*target);
  }
  auto description = text_of(*content, "description");
  if (!description) co_return refuse(context, description.error());
  change.description = std::move(*description);
  auto folder = co_await context.backend->folders().change(*path, *version, std::move(change), context.caller());
  co_return folder ? folder_response(context, *folder, 200) : refuse(context, folder.error());
}

awaitable<Response> delete_folder(Context context, const Request* request) {
  auto version = version_of(*request, false, "a folder");
  if (!version) co_return refuse(context, version.error());
  ParamReader params(request->target, context.route->params);
  auto given = params.text("path", define::kLongestFolder);
  if (params.failed()) co_return refuse(context, params.problem());
  auto path = path_of(given, "path");
  if (!path) co_return refuse(context, path.error());
  auto removed = co_await context.backend->folders().remove(*path, *version, context.caller());
  if (!removed) co_return refuse(context, removed.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("deleted", *path);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

}  // namespace holter::api
