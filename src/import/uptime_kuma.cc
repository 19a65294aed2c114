// A backup of version 1 (Settings, Backup): {version, notificationList, monitorList, proxyList}, as JSON.
#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <optional>

#include <fmt/format.h>

#include "base/units.h"
#include "import/database.h"
#include "import/web.h"

namespace holter::imports {
namespace {

struct Refusal {
  std::string_view type, reason, advice;
};
constexpr Refusal kRefused[] = {
    {"push", "it waits for calls, and Holter asks from outside", "watch what makes the calls, or its result"},
    {"docker", "its Docker host is no part of the backup", "watch the engine with the application docker"},
    {"grpc-keyword", "Holter does not speak gRPC", "watch its port, or a health page by HTTP"},
    {"kafka-producer", "Holter sends no messages to Kafka",
     "watch the broker's port, or its metrics with kafka_promql"},
    {"radius", "Holter does not speak RADIUS", "watch the server with the application linux"},
    {"steam", "Holter does not speak the protocols of game servers", "watch it with the application udp_port"},
    {"gamedig", "Holter does not speak the protocols of game servers", "watch it with the application udp_port"},
    {"tailscale-ping", "Holter asks no Tailscale daemon", "watch the host with the application ping"},
    {"real-browser", "Holter runs no browser", "watch the page with the application website"},
    {"snmp", "the value of a single OID is not asked for", "watch the device with the application snmp_device"},
    {"rabbitmq", "its nodes are a list", "write a monitor of the application rabbitmq for each node"},
    {"manual", "its state is set by hand", "nothing is to be done"},
};

/// Settings that hold for monitors of every type.
constexpr std::string_view kLaterAlert = "make it an alert rule when Holter has them";

class Backup {
 public:
  Backup(const Tree& monitors, Intake& intake) : monitors_(monitors), intake_(intake) {
    for (const auto& node : monitors.items) {
      Fields fields(&node);
      by_id_.emplace(fields.text("id"), &node);
      if (auto parent = fields.text("parent"); !parent.empty()) parents_.emplace(parent, true);
    }
  }

  void read() {
    for (std::size_t i = 0; i < monitors_.items.size(); ++i) item(monitors_.items[i], i);
  }

 private:
  void item(const Tree& node, std::size_t index) {
    Fields fields(&node);
    auto type = lower(fields.text("type"));
    Draft draft{.name = fields.text("name")};
    auto place = item_of("monitorList", index, draft.name, node);
    if (node.kind != Tree::Kind::kMap) return intake_.refuse(place, "it is no object", "export the backup again");
    if (type == "group") return group(place, fields);
    if (const auto* refused = std::ranges::find(kRefused, type, &Refusal::type); refused != std::end(kRefused))
      return intake_.refuse(place, fmt::format("type {}: {}", type, refused->reason), std::string(refused->advice));
    if (fields.flag("upsideDown"))
      return intake_.refuse(place, "it is upside down: UP would mean DOWN",
                            "make it an alert rule when Holter has them");
    auto good = by_type(type, fields, draft);
    if (!good) return intake_.refuse(place, good.error().message(), "write the monitor by hand");
    common(type, fields, draft);
    intake_.take(place, std::move(draft));
  }

  void group(const Item& place, Fields& fields) {
    if (parents_.contains(fields.text("id"))) return intake_.absorb();  // the label of its members
    intake_.refuse(place, "the group is empty", "nothing is to be done");
  }

  Status by_type(const std::string& type, Fields& fields, Draft& draft) {
    if (type == "http" || type == "keyword" || type == "json-query") return web(type, fields, draft);
    if (type == "ping" || type == "port") return host(type, fields, draft);
    if (type == "dns") return dns(fields, draft);
    if (type == "mqtt") return mqtt(fields, draft);
    for (std::string_view known : {"postgres", "mysql", "sqlserver", "mongodb", "redis"})
      if (type == known) return database(type, fields, draft);
    return Error(ErrorCode::kInvalidArgument, fmt::format("the type '{}' is not known", excerpt(type)));
  }

  static Status web(const std::string& type, Fields& fields, Draft& draft) {
    WebCheck check;
    TRY(check.url, parse_url(fields.text("url")));
    if (check.url.scheme != "http" && check.url.scheme != "https")
      return Error(ErrorCode::kInvalidArgument, fmt::format("the scheme '{}' is not known", excerpt(check.url.scheme)));
    if (auto method = fields.text("method"); !method.empty()) check.method = method;
    TRY_OK(codes(fields, check));
    TRY_OK(headers(fields, check));
    check.body = fields.raw("body");
    auto encoding = fields.text("httpBodyEncoding");
    if (!check.body.empty())
      check.content_type = encoding == "xml"    ? "text/xml"
                           : encoding == "form" ? "application/x-www-form-urlencoded"
                                                : "application/json";
    TRY_OK(login(fields, check));
    check.verify = !fields.flag("ignoreTls");
    if (auto keyword = fields.raw("keyword"); type == "keyword" && !keyword.empty()) {
      check.keyword = quoted_regex(keyword);
      bool inverted = fields.flag("invertKeyword");
      draft.leave("keyword", "occurrences are counted, and do not decide on UP and DOWN",
                  fmt::format("{}: summary.keyword {}", kLaterAlert, inverted ? "> 0" : "== 0"));
    }
    if (type == "json-query") json_query(fields, check, draft);
    fields.skip({"keyword", "invertKeyword", "jsonPath", "jsonPathOperator", "expectedValue"});
    if (auto most = fields.text("maxredirects"); most == "0")
      draft.leave("maxredirects", "Holter follows up to 10 redirects", "watch the target of the redirect");
    else
      fields.skip({"maxredirects"});
    if (fields.flag("expiryNotification"))
      draft.leave("expiryNotification", "the application asks for no certificate",
                  "watch it with the application ssl_cert: certificate.days_left");
    check.timeout_ms = timeout(fields);
    to_web(std::move(check), draft);
    return {};
  }

  static Status codes(Fields& fields, WebCheck& check) {
    auto texts = fields.texts("accepted_statuscodes");
    if (texts.empty()) texts = {"200-299"};
    std::vector<int> codes;
    for (const auto& text : texts) {
      auto some = codes_of(text);
      if (some.empty())
        return Error(ErrorCode::kInvalidArgument, fmt::format("the status '{}' is no code or range", excerpt(text)));
      codes.insert(codes.end(), some.begin(), some.end());
    }
    std::ranges::sort(codes);
    codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
    check.codes = std::move(codes);
    return {};
  }

  /// A text with a JSON object.
  static Status headers(Fields& fields, WebCheck& check) {
    auto text = fields.text("headers");
    if (text.empty()) return {};
    auto tree = read_json({"headers", text});
    if (!tree || tree->kind != Tree::Kind::kMap)
      return Error(ErrorCode::kInvalidArgument, "its headers are no JSON object");
    for (std::size_t i = 0; i < tree->items.size(); ++i)
      check.headers.emplace_back(tree->keys[i].text, tree->items[i].text);
    return {};
  }

  static Status login(Fields& fields, WebCheck& check) {
    auto method = lower(fields.text("authMethod"));
    check.user = fields.raw("basic_auth_user");
    check.password = fields.raw("basic_auth_pass");
    if (method.empty() || method == "null" || method == "basic") {  // older backups have no method
      if (!check.user.empty()) check.auth_type = "Basic Auth";
      return {};
    }
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("Holter does not log in by {} (Basic, Digest and Bearer tokens are known)", excerpt(method)));
  }

  /// The path is JSONata there; what is a chain of names is a JSON path, too.
  static void json_query(Fields& fields, WebCheck& check, Draft& draft) {
    auto path = fields.text("jsonPath");
    auto expected = fields.text("expectedValue");
    bool chain = !path.empty() && std::ranges::all_of(path, [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '$' || c == '[' || c == ']';
    });
    if (!chain)
      return draft.leave("jsonPath", "the query is JSONata, and no chain of names",
                         "write it as a JSON path (docs/json-path.md)");
    check.json_path = path.starts_with('$') ? path : "$." + path;
    draft.leave("expectedValue", "the value is kept, and does not decide on UP and DOWN",
                fmt::format("{}: content.text != '{}'", kLaterAlert, excerpt(expected)));
  }

  static Status host(const std::string& type, Fields& fields, Draft& draft) {
    draft.app = type;
    draft.set("host", fields.text("hostname"));
    if (type == "port") draft.set("port", fields.text("port"));
    draft.set("timeout", timeout(fields));
    if (auto size = fields.text("packetSize"); type == "ping" && !size.empty() && size != "56")
      draft.leave("packetSize", "Holter's echo requests have one size", "nothing is to be done");
    return {};
  }

  static Status dns(Fields& fields, Draft& draft) {
    draft.app = "dns";
    auto servers = fields.text("dns_resolve_server");
    auto comma = servers.find(',');
    draft.set("host", trim(servers.substr(0, comma)));
    if (comma != std::string::npos)
      draft.leave("dns_resolve_server", "a monitor asks one name server, the first",
                  "write a monitor for each of the others");
    draft.set("port", fields.text("port"));
    draft.set("address", fields.text("hostname"));
    draft.set("recordType", fields.text("dns_resolve_type"));
    draft.set("timeout", timeout(fields));
    return {};
  }

  static Status mqtt(Fields& fields, Draft& draft) {
    draft.app = "mqtt";
    auto host = fields.text("hostname");
    if (host.find("://") != std::string::npos) {
      TRY(auto url, parse_url(host));
      if (url.scheme != "mqtt" && url.scheme != "mqtts")
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("Holter does not speak MQTT over {}", excerpt(url.scheme)));
      if (url.scheme == "mqtts") draft.set("protocol", std::string("MQTTS"));
      host = url.host;
    }
    draft.set("host", host);
    draft.set("port", fields.text("port"));
    draft.set("username", fields.raw("mqttUsername"));
    draft.set("password", fields.raw("mqttPassword"));
    draft.set("topic", fields.text("mqttTopic"));
    draft.set("timeout", timeout(fields));
    if (fields.take("mqttSuccessMessage") != nullptr)
      draft.leave("mqttSuccessMessage", "Holter waits for the message that it sends itself",
                  "watch what publishes the message");
    return {};
  }

  static Status database(const std::string& type, Fields& fields, Draft& draft) {
    TRY_OK(read_database(type, fields.raw("databaseConnectionString"), fields.raw("radiusPassword"), draft));
    if (auto query = fields.text("databaseQuery"); !query.empty() && lower(query) != "select 1")
      draft.leave("databaseQuery", "the application asks its own queries",
                  "write a definition with this query (docs/definitions.md)");
    return {};
  }

  /// Seconds there, milliseconds here.
  static std::string timeout(Fields& fields) {
    auto text = seconds_text(fields.text("timeout"));
    auto duration =
        text.empty() ? Result<std::chrono::milliseconds>(Error(ErrorCode::kNotFound, "")) : go_duration(text);
    return duration ? std::to_string(duration->count()) : "";
  }

  void common(const std::string& type, Fields& fields, Draft& draft) {
    draft.interval = seconds_text(fields.text("interval"));
    draft.paused = !fields.flag("active", true);
    labels(fields, draft);
    groups(fields, draft);
    if (auto retries = fields.text("maxretries"); !retries.empty() && retries != "0")
      draft.leave("maxretries", fmt::format("the first failed check means DOWN, not the {}th", excerpt(retries)),
                  kLaterAlert.data());
    if (const auto* channels = fields.take("notificationIDList"); channels != nullptr)
      draft.leave("notificationIDList", "Holter notifies nobody yet", "nothing is to be done");
    if (fields.take("description") != nullptr)
      draft.leave("description", "monitors have labels only", "add what matters to the labels, or as a comment");
    if (fields.take("proxyId") != nullptr)
      draft.leave("proxyId", "Holter asks directly, without a proxy", "see whether the target can be reached so");
    skip(type, fields);
    draft.leave(fields);
  }

  static void labels(Fields& fields, Draft& draft) {
    const auto* tags = fields.take("tags");
    if (tags == nullptr) return;
    for (const auto& tag : tags->items) {
      Fields one(&tag);
      if (auto name = one.text("name"); !name.empty()) draft.label(name, one.text("value"));
    }
  }

  /// The names of the groups that a monitor is in, outermost first, as the label 'group'.
  void groups(Fields& fields, Draft& draft) {
    constexpr int kDeepest = 32;  // a damaged backup may go in circles
    std::string path;
    auto id = fields.text("parent");
    for (int depth = 0; !id.empty() && depth < kDeepest; ++depth) {
      auto known = by_id_.find(id);
      if (known == by_id_.end()) {
        draft.leave("parent", "the group is not in the backup", "write a label by hand");
        break;
      }
      Fields group(known->second);
      path = group.text("name") + (path.empty() ? "" : "/" + path);
      if (!group.flag("active", true)) draft.paused = true;
      id = group.text("parent");
    }
    if (!path.empty()) draft.label("group", path);
  }

  /// The backup has all columns for all types, with their defaults.
  static void skip(const std::string& type, Fields& fields) {
    fields.skip({"id", "type", "name", "pathName", "weight", "childrenIDs", "forceInactive", "retryInterval",
                 "resendInterval", "maintenance", "includeSensitiveData", "screenshot", "dns_last_result", "user_id",
                 "timeout", "packetSize", "gamedigGivenPortOnly", "upsideDown"});
    fields.skip(
        {"grpcUrl", "grpcProtobuf", "grpcMethod", "grpcServiceName", "grpcEnableTls", "grpcBody", "grpcMetadata"});
    fields.skip({"kafkaProducerTopic", "kafkaProducerBrokers", "kafkaProducerSsl",
                 "kafkaProducerAllowAutoTopicCreation", "kafkaProducerMessage", "kafkaProducerSaslOptions", "game",
                 "pushToken", "docker_container", "docker_host", "radiusCalledStationId", "radiusCallingStationId",
                 "radiusUsername", "radiusSecret", "radiusPassword"});
    bool is_web = type == "http" || type == "keyword" || type == "json-query";
    if (!is_web)  // an editor leaves these behind when the type is changed
      fields.skip({"url", "method", "body", "headers", "httpBodyEncoding", "accepted_statuscodes", "maxredirects",
                   "keyword", "invertKeyword", "jsonPath", "expectedValue", "expiryNotification", "ignoreTls",
                   "authMethod", "basic_auth_user", "basic_auth_pass"});
    fields.skip({"hostname", "port", "dns_resolve_type", "dns_resolve_server", "mqttTopic", "mqttSuccessMessage",
                 "mqttUsername", "mqttPassword", "databaseConnectionString", "databaseQuery"});
    fields.skip({"oauth_client_id", "oauth_client_secret", "oauth_token_url", "oauth_scopes", "oauth_auth_method",
                 "authWorkstation", "authDomain", "tlsCa", "tlsCert", "tlsKey"});
  }

  const Tree& monitors_;
  Intake& intake_;
  boost::unordered_flat_map<std::string, const Tree*> by_id_;
  boost::unordered_flat_map<std::string, bool> parents_;
};

/// Lists of what Holter has no counterpart for: each element is an item of its own.
void refuse_all(Fields& file, std::string_view list, std::string_view reason, std::string_view advice, Intake& intake) {
  const auto* node = file.take(list);
  if (node == nullptr) return;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    Fields fields(&node->items[i]);
    auto name = fields.text("name");
    intake.refuse(item_of(list, i, name.empty() ? fields.text("host") : name, node->items[i]), std::string(reason),
                  std::string(advice));
  }
}

}  // namespace

Status read_uptime_kuma(const Input& input, Intake& intake) {
  intake.enter(input.name);
  TRY(auto root, read_json(input));
  Fields file(&root);
  const auto* list = root.kind == Tree::Kind::kMap ? root.find("monitorList") : nullptr;
  if (list == nullptr || list->kind != Tree::Kind::kList)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: cannot use this file: a backup of version 1 with the list 'monitorList' is needed (of "
                    "version 2 there is none)",
                    input.name));
  file.skip({"version", "monitorList"});
  Backup(*list, intake).read();
  refuse_all(file, "notificationList", "Holter notifies nobody yet", "nothing is to be done", intake);
  refuse_all(file, "proxyList", "Holter asks directly, without a proxy", "see whether the targets can be reached so",
             intake);
  intake.aside(file);
  return {};
}

}  // namespace holter::imports
