// A configuration: {endpoints: [{name, group, url, conditions, ...}], ...}, as YAML.
#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "import/gatus_conditions.h"
#include "import/web.h"

namespace holter::imports {
namespace {

constexpr std::string_view kDefaultTimeout = "10s";

/// Does it stand for an environment variable ("${TOKEN}", "$TOKEN")? "$$" is a dollar.
bool has_variable(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] != '$') continue;
    auto next = static_cast<unsigned char>(text[i + 1]);
    if (next == '{' || std::isalpha(next) != 0 || next == '_') return true;
    ++i;
  }
  return false;
}

/// The first text of a tree that has one, with its key; empty when there is none.
std::string variable_in(const Tree& node, std::string_view key) {
  if (node.kind == Tree::Kind::kScalar) return has_variable(node.text) ? std::string(key) : "";
  for (std::size_t i = 0; i < node.items.size(); ++i)
    if (auto found = variable_in(node.items[i], node.kind == Tree::Kind::kMap ? node.keys[i].text : key);
        !found.empty())
      return found;
  return {};
}

class Endpoint {
 public:
  Endpoint(const Tree& node, Intake& intake)
      : node_(node), fields_(&node), client_(fields_.take("client")), intake_(intake) {}

  void read(const Item& place, Draft draft) {
    if (auto key = variable_in(node_, "endpoint"); !key.empty())
      return intake_.refuse(place, fmt::format("its '{}' has an environment variable", excerpt(key)),
                            "write the value out, and import again");
    for (const auto& text : fields_.texts("conditions")) conditions_.push_back(parse_condition(text));
    if (auto good = by_scheme(draft); !good)
      return intake_.refuse(place, good.error().message(), "write the monitor by hand");
    if (auto good = common(draft); !good)
      return intake_.refuse(place, good.error().message(), "write the interval out");
    intake_.take(place, std::move(draft));
  }

  static Draft named(const Tree& node) {
    Fields fields(&node);
    auto group = fields.text("group");
    auto name = fields.text("name");
    Draft draft{.name = group.empty() ? name : group + "/" + name};  // a name is unique in its group only
    if (!group.empty()) draft.label("group", group);
    return draft;
  }

 private:
  Status by_scheme(Draft& draft) {
    auto text = fields_.text("url");
    if (const auto* dns = fields_.take("dns"); dns != nullptr) return name_server(text, *dns, draft);
    TRY(auto url, parse_url(text));
    TRY(timeout_, timeout_ms());
    const auto& scheme = url.scheme;
    if (scheme == "http" || scheme == "https") return web(std::move(url), draft);
    if (scheme == "icmp") return simple("ping", url, 0, draft);
    if (scheme == "tcp") return simple("port", url, 0, draft);
    if (scheme == "udp") return udp(url, draft);
    if (scheme == "ssh") return ssh(url, draft);
    if (scheme == "ws" || scheme == "wss") return websocket(url, draft);
    if (scheme == "starttls" || scheme == "tls") return tls(url, draft);
    return Error(ErrorCode::kInvalidArgument, fmt::format("Holter does not speak {}", excerpt(scheme)));
  }

  Status web(Url url, Draft& draft) {
    WebCheck check{.url = std::move(url)};
    if (auto method = fields_.text("method"); !method.empty()) check.method = method;
    check.headers = fields_.pairs("headers");
    check.body = fields_.raw("body");
    if (fields_.flag("graphql")) {
      check.body = graphql(check.body);
      check.content_type = "application/json";
    }
    check.verify = !client_.flag("insecure");
    check.timeout_ms = timeout_;
    if (client_.flag("ignore-redirect"))
      draft.leave("client.ignore-redirect", "Holter follows up to 10 redirects", "watch the target of the redirect");
    TRY_OK(apply_web_conditions(conditions_, check, draft));
    to_web(std::move(check), draft);
    return {};
  }

  /// A query as GraphQL over HTTP takes it.
  static std::string graphql(std::string_view query) {
    std::string out = "{\"query\": \"";
    for (char c : query) {
      auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\')
        out += fmt::format("\\{}", c);
      else if (byte < 0x20)
        out += fmt::format("\\u{:04x}", byte);
      else
        out += c;
    }
    return out + "\"}";
  }

  Status simple(std::string app, const Url& url, int port, Draft& draft) {
    draft.app = std::move(app);
    draft.set("host", url.host);
    if (auto wanted = url.port != 0 ? url.port : port; wanted != 0) draft.set("port", std::to_string(wanted));
    draft.set("timeout", timeout_);
    leave_conditions(conditions_, draft);
    return {};
  }

  Status udp(const Url& url, Draft& draft) {
    draft.leave("url", "UP means here that something answers, not that a socket could be made",
                "give the parameter content what the service answers to");
    return simple("udp_port", url, 0, draft);
  }

  Status ssh(const Url& url, Draft& draft) {
    if (fields_.take("ssh") != nullptr || !fields_.raw("body").empty())
      draft.leave("ssh", "only the port is watched, nobody logs in and no command is run",
                  "watch the host with the application linux");
    return simple("port", url, 22, draft);
  }

  Status websocket(const Url& url, Draft& draft) {
    if (!fields_.raw("body").empty())
      draft.leave("body", "the WebSocket is opened, and no message is sent", "nothing is to be done");
    TRY_OK(simple("websocket", url, url.secure() ? 443 : 80, draft));
    draft.set("path", url.path);
    if (url.secure()) draft.set("ssl", std::string("true"));
    if (client_.flag("insecure")) draft.set("verifyTls", std::string("false"));
    return {};
  }

  Status tls(const Url& url, Draft& draft) {
    bool mail = url.scheme == "starttls";
    TRY_OK(simple(mail ? "smtp" : "ssl_cert", url, mail ? 587 : 443, draft));
    if (mail) draft.set("startTls", std::string("true"));
    if (client_.flag("insecure")) draft.set("verifyTls", std::string("false"));
    if (!fields_.raw("body").empty())
      draft.leave("body", "the certificate is read, and nothing is sent", "nothing is to be done");
    return {};
  }

  /// url is the address of the name server.
  Status name_server(const std::string& url, const Tree& dns, Draft& draft) {
    Fields query(&dns);
    TRY(timeout_, timeout_ms());
    auto [host, port] = host_and_port(url);
    if (auto end = url.find("://"); end != std::string::npos) std::tie(host, port) = host_and_port(url.substr(end + 3));
    TRY_OK(simple("dns", {.host = host, .port = port}, 0, draft));
    draft.set("address", query.text("query-name"));
    draft.set("recordType", query.text("query-type"));
    draft.leave(query, "dns.");
    return {};
  }

  Result<std::string> timeout_ms() {
    auto text = client_.text("timeout");
    TRY(auto duration, go_duration(text.empty() ? kDefaultTimeout : text));
    return std::to_string(duration.count());
  }

  Status common(Draft& draft) {
    if (auto interval = fields_.text("interval"); !interval.empty()) {
      TRY(auto duration, go_duration(interval));
      draft.interval = format_duration(duration);
    }
    draft.paused = !fields_.flag("enabled", true);
    for (auto& [key, value] : fields_.pairs("extra-labels")) draft.label(key, value);
    if (fields_.take("alerts") != nullptr) draft.leave("alerts", "Holter notifies nobody yet", "nothing is to be done");
    if (fields_.take("maintenance-windows") != nullptr)
      draft.leave("maintenance-windows", "Holter has no maintenance windows", "pause the monitor by its key 'paused'");
    fields_.skip({"name", "group", "url", "ui", "method", "headers", "body", "graphql", "ssh"});
    client_.skip({"insecure", "timeout", "ignore-redirect"});
    draft.leave(fields_);
    draft.leave(client_, "client.");
    return {};
  }

  const Tree& node_;
  Fields fields_, client_;
  std::vector<Condition> conditions_;
  std::string timeout_;
  Intake& intake_;
};

void refuse_all(Fields& file, std::string_view list, std::string_view reason, std::string_view advice, Intake& intake) {
  const auto* node = file.take(list);
  if (node == nullptr) return;
  for (std::size_t i = 0; i < node->items.size(); ++i)
    intake.refuse(item_of(list, i, Endpoint::named(node->items[i]).name, node->items[i]), std::string(reason),
                  std::string(advice));
}

}  // namespace

Status read_gatus(const Input& input, Intake& intake) {
  intake.enter(input.name);
  TRY(auto root, read_yaml(input));
  if (root.kind != Tree::Kind::kMap || (root.find("endpoints") == nullptr && root.find("services") == nullptr))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: cannot use this file: a map with the list 'endpoints' is needed", input.name));
  Fields file(&root);
  for (std::string_view list : {"endpoints", "services"}) {  // services: its name before version 4
    const auto* node = file.take(list);
    if (node == nullptr) continue;
    if (node->kind != Tree::Kind::kList)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("{}:{}: cannot use '{}': a list is needed", input.name, node->line, list));
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      auto draft = Endpoint::named(node->items[i]);
      auto place = item_of(list, i, draft.name, node->items[i]);
      Endpoint(node->items[i], intake).read(place, std::move(draft));
    }
  }
  refuse_all(file, "external-endpoints", "it waits for calls, and Holter asks from outside",
             "watch what makes the calls, or its result", intake);
  refuse_all(file, "suites", "a monitor asks one thing, not a chain", "write a monitor for each step that matters",
             intake);
  intake.aside(file);
  return {};
}

}  // namespace holter::imports
