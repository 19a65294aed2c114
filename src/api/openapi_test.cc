#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/fake_request.h"
#include "api/test_accounts.h"
#include "api/test_schema.h"
#include "api/ui_files.h"

namespace holter::api {
namespace {

TEST(OpenApi, every_route_is_in_the_file_and_every_path_of_the_file_is_a_route) {
  std::set<std::string> from_routes, from_file;
  for (const auto& route : routes()) from_routes.insert(std::string(route.method) + " " + std::string(route.pattern));
  for (const auto& [path, methods] : document().at("paths").as_object()) {
    for (const auto& [method, operation] : methods.as_object()) {
      std::string upper(method);
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
      from_file.insert(upper + " " + std::string(path));
    }
  }
  EXPECT_EQ(from_routes, from_file);
}

TEST(OpenApi, parameters_are_those_of_the_routes) {
  for (const auto& route : routes()) {
    const auto& get = operation_of(route);
    std::map<std::string, bool> from_file, from_route;
    if (const auto* params = get.if_contains("parameters"))
      for (const auto& param : params->as_array()) {
        if (param.at("in") == "header") continue;
        from_file[std::string(param.at("in").as_string()) + " " + std::string(param.at("name").as_string())] =
            param.at("schema").at("type") == "array";
      }
    for (const auto& spec : route.params)
      if (spec.name != "*") from_route["query " + std::string(spec.name)] = spec.repeatable;
    if (route.pattern.contains("{id}")) from_route["path id"] = false;
    if (route.pattern.contains("{name}")) from_route["path name"] = false;
    if (route.pattern.contains("{slug}")) from_route["path slug"] = false;
    if (route.pattern.contains("{path}")) from_route["path path"] = false;
    if (route.pattern.contains("{page}")) from_route["path page"] = false;
    EXPECT_EQ(from_file, from_route) << route.pattern;
  }
}

TEST(OpenApi, every_operation_says_which_role_it_takes_and_none_is_for_nobody) {
  constexpr std::pair<Who, std::string_view> kWords[] = {{Who::kAnybody, "anybody"},
                                                         {Who::kVisitor, "visitor"},
                                                         {Who::kAccount, "account"},
                                                         {Who::kViewer, "viewer"},
                                                         {Who::kOperator, "operator"},
                                                         {Who::kEditor, "editor"},
                                                         {Who::kAdmin, "admin"},
                                                         {Who::kViewerIn, "viewer of the folder"},
                                                         {Who::kOperatorIn, "operator of the folder"},
                                                         {Who::kEditorIn, "editor of the folder"}};
  for (const auto& route : routes()) {
    ASSERT_NE(route.who, Who::kNobody) << "say who may " << route.method << " " << route.pattern;
    const auto* word = std::ranges::find(kWords, route.who, [](const auto& pair) { return pair.first; });
    const auto& operation = operation_of(route);
    EXPECT_EQ(operation.at("x-holter-role"), json::string(word->second)) << route.pattern;
    bool open = route.who == Who::kAnybody || route.who == Who::kVisitor;
    EXPECT_EQ(operation.contains("security"), open) << route.pattern;
    EXPECT_EQ(operation.at("responses").as_object().contains("401"), !open || route.method == "POST") << route.pattern;
  }
}

/// Its name has a hash in it.
std::string script_of_the_interface() {
  for (const auto& file : ui_files())
    if (file.path.ends_with(".js")) return std::string(file.path);
  return "none";
}

/// The route's path with an id in it, and the example of each parameter that is required.
std::string target_of(const Route& route) {
  if (route.pattern == "/assets/{name}") return "/" + script_of_the_interface();
  std::string target(route.pattern);
  if (const auto* params = operation_of(route).if_contains("parameters"))
    for (const auto& param : params->as_array())
      if (param.at("in") == "path" && param.as_object().contains("example"))
        target.replace(target.find("{name}"), 6, json::serialize(param.at("example")));
  if (auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "0123456789abcdef");
  for (std::string_view segment : {"{name}", "{slug}", "{path}"})
    if (auto at = target.find(segment); at != std::string::npos) target.replace(at, segment.size(), "root");
  if (auto at = target.find("{page}"); at != std::string::npos) target.replace(at, 6, "monitors");
  const auto* params = operation_of(route).if_contains("parameters");
  if (params == nullptr) return target;
  for (const auto& param : params->as_array())
    if (param.at("in") == "query" && param.as_object().contains("required"))
      target += (target.contains('?') ? "&" : "?") + std::string(param.at("name").as_string()) + "=" +
                std::string(param.at("example").as_string());
  return target;
}

/// The headers of a request that some routes look at.
const std::set<std::string, std::less<>> kHeaders{"If-Match", "Idempotency-Key"};

/// An admin with a session asks.
struct Logged {
  Logged() {
    accounts.set_up();
    ask.backend.real_gate = &accounts.gate();
    RequestHead head{"POST", "/api/v1/login", {"localhost:2157"}};
    head.content_type = "application/json";
    head.body = R"({"name": "root", "password": "correct horse battery"})";
    auto reply = ask.send(head);
    EXPECT_EQ(reply.status, 200U) << reply.body;
    csrf = std::string(json::parse(reply.body).at("csrf_token").as_string());
    for (const auto& [name, value] : reply.headers)
      if (name == "Set-Cookie") cookie = value.substr(0, value.find(';'));
  }
  RequestHead head(const Route& route, std::string target) const {
    RequestHead head{std::string(route.method), std::move(target), {"localhost:2157"}};
    if (route.method != "GET") head.content_type = route.takes == Takes::kMetrics ? "text/plain" : "application/json";
    head.cookie = cookie;
    head.csrf = csrf;
    return head;
  }
  TestAccounts accounts;
  Asker ask;
  std::string cookie, csrf;
};

bool takes_header(const Route& route, std::string_view name) {
  const auto* params = operation_of(route).if_contains("parameters");
  return params != nullptr && std::ranges::any_of(params->as_array(), [&](const json::value& param) {
           return param.at("in") == "header" && param.at("name") == json::string(name);
         });
}

/// An object with the first example of each property; nothing where no content is taken.
std::string content_of(const Route& route) {
  if (!operation_of(route).contains("requestBody") || route.takes == Takes::kMetrics) return "";
  const auto& body = operation_of(route).at("requestBody").at("content").at("application/json").at("schema");
  const auto& schema = resolved(body.as_object());
  if (const auto* examples = schema.if_contains("examples")) return json::serialize(examples->as_array().at(0));
  json::object content;
  if (const auto* properties = schema.if_contains("properties"))
    for (const auto& [key, property] : properties->as_object()) content[key] = property.at("examples").as_array().at(0);
  return json::serialize(content);
}

/// What takes a link, a cookie or the like: accounts_test.cc holds its answers against the file.
bool needs_more(const Route& route) {
  if (route.pattern.starts_with("/api/v1/login/oidc") || route.pattern.ends_with("/identity"))
    return true;  // oidc_test.cc
  constexpr std::string_view kOthers[] = {"/api/v1/logout",
                                          "/api/v1/setup",
                                          "/api/v1/password-reset",
                                          "/api/v1/accounts/{name}",
                                          "/api/v1/accounts/{name}/password",
                                          "/api/v1/tokens/{name}",
                                          "/api/v1/sessions/{name}"};
  return route.method != "GET" && std::ranges::find(kOthers, route.pattern) != std::end(kOthers);
}

TEST(OpenApi, headers_in_the_file_are_those_that_are_looked_at) {
  for (const auto& route : routes()) {
    if (const auto* params = operation_of(route).if_contains("parameters"))
      for (const auto& param : params->as_array())
        if (param.at("in") == "header")
          EXPECT_TRUE(kHeaders.contains(std::string(param.at("name").as_string()))) << param;
    if (needs_more(route)) continue;
    Logged in;
    auto& ask = in.ask;
    auto content = route.method == "GET" ? "" : content_of(route);
    auto head = in.head(route, target_of(route));
    head.body = content;
    head.if_match = "no tag";
    EXPECT_EQ(ask.send(head).status == 400U, takes_header(route, "If-Match")) << route.pattern;
    head.if_match = "*";
    head.idempotency_key = std::string(300, 'k');
    EXPECT_EQ(ask.send(head).status == 400U, takes_header(route, "Idempotency-Key")) << route.pattern;
  }
}

/// Of a success: the first in the file.
std::string status_of(const Route& route) {
  return std::string(operation_of(route).at("responses").as_object().begin()->key());
}

TEST(OpenApi, answers_have_the_fields_of_their_schema_and_no_others) {
  for (const auto& route : routes()) {
    if (needs_more(route)) continue;
    Logged in;
    auto& ask = in.ask;
    ask.backend.add_event("level elevated");
    auto target = target_of(route);
    auto content = route.method == "GET" ? "" : content_of(route);
    auto head = in.head(route, target);
    if (takes_header(route, "If-Match")) head.if_match = "*";
    head.body = content;
    auto reply = ask.send(head);
    EXPECT_EQ(std::to_string(reply.status), status_of(route)) << target << reply.body;
    EXPECT_EQ(reply.pattern, route.pattern);
    auto type = reply.type.substr(0, reply.type.find(';'));
    const auto& schema = schema_of(operation_of(route), status_of(route), type);
    if (type == "application/json") check(json::parse(reply.body), schema, target);
  }
}

TEST(OpenApi, every_event_of_a_stream_has_the_fields_of_its_schema) {
  Asker ask;
  ask.backend.add_event("level elevated");
  ask.backend.add_event(
      "an edit", "job",
      std::make_shared<const JobProgress>(JobProgress{
          .id = 1, .kind = "monitors.edit", .phase = JobProgress::Phase::kStore, .total = 300, .started_by = "eva"}));
  ask.backend.add_event("a reload", "job",
                        std::make_shared<const JobProgress>(
                            JobProgress{.id = 2, .kind = "reload", .state = JobProgress::State::kFailed}));
  ask.backend.add_event(IncidentChange{.id = 11,
                                       .action = "opened",
                                       .rule = "disk full",
                                       .title = "/var is full",
                                       .severity = model::Severity::kCritical,
                                       .monitor = FakeBackend::kId,
                                       .folder = "prod",
                                       .who = "",
                                       .text = ""});
  ask.backend.add_event(DeadNotification{21, "ops", "email", "title", "550: no such user"});
  auto body = ask.get("/api/v1/events/stream").body;
  const auto& schema = document().at("components").at("schemas").at("Event").as_object();
  std::size_t seen = 0;
  for (auto at = body.find("data: "); at != std::string::npos; at = body.find("data: ", at + 1), ++seen)
    check(json::parse(body.substr(at + 6, body.find('\n', at) - at - 6)), schema, "event");
  EXPECT_EQ(seen, 5U);
}

void check_limits(Asker& ask, const Route& route, const json::object& param) {
  std::string name(param.at("name").as_string());
  const auto& schema = param.at("schema").as_object();
  auto status = [&](std::string value) {
    auto target = target_of(route);
    if (param.contains("required")) target = target.substr(0, target.find('?'));
    return ask.get(target + (target.contains('?') ? "&" : "?") + name + "=" + value).status;
  };
  if (const auto* words = schema.if_contains("enum"))
    for (const auto& word : words->as_array()) EXPECT_EQ(status(std::string(word.as_string())), 200U) << name << word;
  if (const auto* most = schema.if_contains("maximum")) {
    auto least = schema.at("minimum").to_number<std::int64_t>();
    EXPECT_EQ(status(std::to_string(least)), 200U) << route.pattern << name;
    EXPECT_EQ(status(std::to_string(least - 1)), 400U) << route.pattern << name;
    EXPECT_EQ(status(std::to_string(most->to_number<std::int64_t>())), 200U) << route.pattern << name;
    EXPECT_EQ(status(std::to_string(most->to_number<std::int64_t>() + 1)), 400U) << route.pattern << name;
  }
  if (const auto* most = schema.if_contains("maxLength")) {
    EXPECT_NE(status(std::string(most->to_number<std::size_t>(), 'a')), 400U) << route.pattern << name;
    EXPECT_EQ(status(std::string(most->to_number<std::size_t>() + 1, 'a')), 400U) << route.pattern << name;
  }
}

TEST(OpenApi, limits_and_words_in_the_file_are_those_that_are_enforced) {
  Logged in;
  in.ask.backend.real_gate = nullptr;
  in.ask.backend.gate_.accounts = &in.accounts.access();
  for (const auto& route : routes())
    if (const auto* params = operation_of(route).if_contains("parameters"); params != nullptr && route.method == "GET")
      for (const auto& param : params->as_array())
        if (param.at("in") == "query") check_limits(in.ask, route, param.as_object());
}

TEST(OpenApi, problems_have_the_fields_of_their_schema) {
  Asker ask;
  for (std::string target : {"/api/v1/monitors?limit=0", "/api/v1/monitors/x", "/api/v1/monitors?text=%00"}) {
    auto reply = ask.get(target);
    const auto& operation = document().at("paths").at("/api/v1/monitors").at("get").as_object();
    check(json::parse(reply.body), schema_of(operation, "400", reply.type), target);
  }
}

TEST(OpenApi, every_reference_leads_to_a_schema_and_every_schema_is_used) {
  std::string text(asset("openapi.json"));
  for (const auto& [name, schema] : document().at("components").as_object().at("schemas").as_object())
    EXPECT_TRUE(text.contains("\"#/components/schemas/" + std::string(name) + "\"")) << name;
}

}  // namespace
}  // namespace holter::api
