// The exporter's modules ({modules: {name: {prober, timeout, http: ...}}}) say how is asked, the scrape_configs of
// Prometheus who: each pair of a module and a target becomes a monitor.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/units.h"
#include "import/prometheus_targets.h"
#include "import/web.h"

namespace holter::imports {
namespace {

constexpr std::string_view kLaterAlert = "make it an alert rule when Holter has them";
constexpr std::chrono::seconds kDefaultTimeout{10};  // scrape_timeout of Prometheus

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Authorities and client certificates are files or texts that the web applications have no parameter for.
void tls_config(Fields& prober, WebCheck* check, Draft& draft) {
  Fields tls(prober.take("tls_config"));
  bool insecure = tls.flag("insecure_skip_verify");
  if (check != nullptr)
    check->verify = !insecure;
  else if (insecure)
    draft.set("verifyTls", std::string("false"));
  if (auto file = tls.text("ca_file"); !file.empty() && check == nullptr)
    draft.set("caFile", file);
  else if (!file.empty())
    draft.leave("tls_config.ca_file", "the application trusts the system's authorities only",
                "add the authority to the system's");
  if (auto name = tls.text("server_name"); !name.empty())
    draft.leave("tls_config.server_name", "the name of the target is the one that is asked for",
                "use the name as host of the monitor");
  draft.leave(tls, "tls_config.");
}

/// Holter tries all addresses of a name, whichever family answers first.
void skip_addresses(Fields& prober, Draft& draft) {
  prober.skip({"ip_protocol_fallback"});
  if (prober.take("preferred_ip_protocol") != nullptr)
    draft.leave("preferred_ip_protocol", "Holter tries the addresses of both families", "use an address as host");
}

class Module {
 public:
  Module(const Tree& node, const ProbeTarget& target, std::string timeout_ms, Draft& draft)
      : fields_(&node), target_(target), timeout_ms_(std::move(timeout_ms)), draft_(draft) {}

  Status read() {
    auto prober = fields_.text("prober");
    Fields part(fields_.take(prober));
    fields_.skip({"timeout", "http", "tcp", "icmp", "dns", "grpc", "unix"});
    draft_.leave(fields_, "module.");
    auto done = by_prober(prober, part);
    if (done) draft_.leave(part, prober + ".");
    return done;
  }

 private:
  Status by_prober(const std::string& prober, Fields& part) {
    if (prober == "http") return http(part);
    if (prober == "tcp") return tcp(part);
    if (prober == "icmp") return icmp(part);
    if (prober == "dns") return dns(part);
    return invalid(fmt::format("Holter has no counterpart of the prober '{}'", excerpt(prober)));
  }

  Status http(Fields& part) {
    WebCheck check;
    auto target = target_.target.find("://") == std::string::npos ? "http://" + target_.target : target_.target;
    TRY(check.url, parse_url(target));
    if (check.url.scheme != "http" && check.url.scheme != "https")
      return invalid(fmt::format("the scheme '{}' is not known", excerpt(check.url.scheme)));
    if (auto method = part.text("method"); !method.empty()) check.method = method;
    check.headers = part.pairs("headers");
    check.body = part.raw("body");
    check.timeout_ms = timeout_ms_;
    check.codes.clear();
    auto codes = part.texts("valid_status_codes");
    if (codes.empty()) codes = {"2xx"};
    for (const auto& text : codes) {
      auto some = codes_of(text);
      if (some.empty()) return invalid(fmt::format("the status '{}' is no code", excerpt(text)));
      check.codes.insert(check.codes.end(), some.begin(), some.end());
    }
    std::ranges::sort(check.codes);
    TRY_OK(login(part, check));
    tls_config(part, &check, draft_);
    bodies(part, check);
    redirects(part);
    if (part.take("proxy_url") != nullptr)
      draft_.leave("http.proxy_url", "Holter asks directly, without a proxy",
                   "see whether the target can be reached so");
    if (part.flag("fail_if_not_ssl") && !check.url.secure())
      draft_.leave("http.fail_if_not_ssl", "redirects may end without TLS", "use https as scheme of the target");
    part.skip({"compression", "enable_http2"});
    skip_addresses(part, draft_);
    to_web(std::move(check), draft_);
    return {};
  }

  static Status login(Fields& part, WebCheck& check) {
    if (const auto* basic = part.take("basic_auth"); basic != nullptr) {
      Fields fields(basic);
      check.auth_type = "Basic Auth";
      check.user = fields.raw("username");
      check.password = fields.raw("password");
      if (fields.take("password_file") != nullptr || fields.take("username_file") != nullptr)
        return invalid("its password stands in a file");
    }
    check.token = part.raw("bearer_token");
    if (const auto* authorization = part.take("authorization"); authorization != nullptr) {
      Fields fields(authorization);
      auto type = fields.text("type");
      if (fields.take("credentials_file") != nullptr) return invalid("its token stands in a file");
      if (!type.empty() && lower(type) != "bearer")
        return invalid(fmt::format("Holter does not log in by {}", excerpt(type)));
      check.token = fields.raw("credentials");
    }
    if (part.take("bearer_token_file") != nullptr) return invalid("its token stands in a file");
    if (part.take("oauth2") != nullptr) return invalid("Holter does not log in by OAuth 2");
    if (!check.token.empty()) check.auth_type = "Bearer Token";
    return {};
  }

  /// The first expression is counted; none decides.
  void bodies(Fields& part, WebCheck& check) {
    for (std::string_view key : {"fail_if_body_not_matches_regexp", "fail_if_body_matches_regexp"}) {
      for (const auto& expression : part.texts(key)) {
        bool first = check.keyword.empty();
        if (first) check.keyword = expression;
        draft_.leave(fmt::format("http.{}", key),
                     first ? "occurrences are counted, and do not decide on UP and DOWN"
                           : "a monitor counts one expression, the first that is named",
                     first ? fmt::format("{}: summary.keyword {} 0", kLaterAlert, key.contains("_not_") ? "==" : ">")
                           : "write a second monitor for it");
      }
    }
  }

  void redirects(Fields& part) {
    if (!part.flag("follow_redirects", true) || part.flag("no_follow_redirects"))
      draft_.leave("http.follow_redirects", "Holter follows up to 10 redirects", "watch the target of the redirect");
  }

  Status host_port(std::string app, std::string_view what) {
    auto [host, port] = host_and_port(target_.target);
    if (host.find("://") != std::string::npos || target_.target.find('/') != std::string::npos)
      return invalid(fmt::format("the target of the prober {} is no host and port", what));
    draft_.app = std::move(app);
    draft_.set("host", host);
    if (port != 0) draft_.set("port", std::to_string(port));
    draft_.set("timeout", timeout_ms_);
    return {};
  }

  Status tcp(Fields& part) {
    bool tls = part.flag("tls");
    TRY_OK(host_port(tls ? "ssl_cert" : "port", "tcp"));
    if (tls)
      tls_config(part, nullptr, draft_);
    else
      part.skip({"tls_config"});
    if (part.take("query_response") != nullptr)
      draft_.leave("tcp.query_response", "the port is opened, and nothing is said",
                   "see whether Holter knows the service (`holter definitions`)");
    skip_addresses(part, draft_);
    return {};
  }

  Status icmp(Fields& part) {
    if (target_.target.find('/') != std::string::npos) return invalid("the target of the prober icmp is no host");
    draft_.app = "ping";
    draft_.set("host", target_.target);
    draft_.set("timeout", timeout_ms_);
    skip_addresses(part, draft_);
    return {};
  }

  Status dns(Fields& part) {
    if (part.flag("dns_over_tls")) return invalid("Holter does not ask name servers over TLS");
    TRY_OK(host_port("dns", "dns"));
    draft_.set("address", part.text("query_name"));
    auto type = part.text("query_type");
    draft_.set("recordType", type.empty() ? "ANY" : type);
    draft_.set("queryClass", part.text("query_class"));
    if (lower(part.text("transport_protocol")) == "tcp") draft_.set("tcp", std::string("true"));
    skip_addresses(part, draft_);
    for (std::string_view key :
         {"valid_rcodes", "validate_answer_rrs", "validate_authority_rrs", "validate_additional_rrs"})
      if (part.take(key) != nullptr)
        draft_.leave(fmt::format("dns.{}", key), "status and records are kept, and do not decide on UP and DOWN",
                     fmt::format("{}: header.status, answer.section0", kLaterAlert));
    return {};
  }

  Fields fields_;
  const ProbeTarget& target_;
  const std::string timeout_ms_;
  Draft& draft_;
};

class Modules {
 public:
  Modules(const Tree* exporter, Intake& intake) : intake_(intake) {
    const auto* map = exporter != nullptr ? exporter->find("modules") : nullptr;
    if (map == nullptr || map->kind != Tree::Kind::kMap) return;
    for (std::size_t i = 0; i < map->items.size(); ++i)
      modules_.emplace(map->keys[i].text, Known{&map->items[i], map->keys[i].line});
  }

  void take(const ProbeTarget& target) {
    auto module = target.module.empty() ? "http_2xx" : target.module;  // the exporter's default
    auto known = modules_.find(module);
    if (known == modules_.end())
      return intake_.refuse(target.item, fmt::format("there is no module '{}'", excerpt(module)),
                            "name the configuration of the exporter that has it, too");
    known->second.used = true;
    Draft draft{
        .name = fmt::format("{} {}", target.job, shown(target.target)), .labels = target.labels, .parts = target.parts};
    if (target.module != target.job) draft.label("module", module);
    Fields fields(known->second.node);
    auto good = interval(target, draft);
    if (good) {
      auto timeout = timeout_of(fields.text("timeout"), target);
      good = timeout ? Module(*known->second.node, target, *timeout, draft).read() : Status(timeout.error());
    }
    if (!good) return intake_.refuse(target.item, good.error().message(), "write the monitor by hand");
    intake_.take(target.item, std::move(draft));
  }

  /// Modules without a target are items as well.
  void refuse_unused() {
    for (const auto& [name, module] : modules_)
      if (!module.used)
        intake_.refuse({fmt::format("module '{}'", excerpt(name)), module.line}, "no target is asked by it",
                       "name the configuration of Prometheus that has the targets (--prometheus)");
  }

 private:
  struct Known {
    const Tree* node;
    int line;
    bool used = false;
  };

  static std::string shown(std::string_view target) {
    auto at = target.rfind('@');  // what stands before it may be a password
    return std::string(at == std::string_view::npos ? target : target.substr(at + 1));
  }

  static Status interval(const ProbeTarget& target, Draft& draft) {
    if (target.interval.empty()) return {};
    TRY(auto duration, go_duration(target.interval));
    draft.interval = format_duration(duration);
    return {};
  }

  static Result<std::string> timeout_of(std::string_view module, const ProbeTarget& target) {
    std::chrono::milliseconds least = kDefaultTimeout;
    if (!target.timeout.empty()) {
      TRY(least, go_duration(target.timeout));
    }
    if (!module.empty()) {
      TRY(auto own, go_duration(module));
      least = std::min(least, own);
    }
    return std::to_string(least.count());
  }

  std::map<std::string, Known, std::less<>> modules_;
  Intake& intake_;
};

}  // namespace

Status read_blackbox(const std::vector<Input>& inputs, Intake& intake) {
  std::vector<Tree> trees;
  for (const auto& input : inputs) {
    TRY(auto tree, read_yaml(input));
    if (tree.kind != Tree::Kind::kMap || (tree.find("modules") == nullptr && tree.find("scrape_configs") == nullptr))
      return invalid(
          fmt::format("{}: cannot use this file: a map with 'modules' or 'scrape_configs' is needed", input.name));
    trees.push_back(std::move(tree));
  }
  const Tree* exporter = nullptr;
  const Tree* prometheus = nullptr;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    bool is_exporter = trees[i].find("modules") != nullptr;
    (is_exporter ? exporter : prometheus) = &trees[i];
    if (!is_exporter) intake.enter(inputs[i].name);
  }
  if (trees.size() == 2 && (exporter == nullptr || prometheus == nullptr))
    return invalid("cannot use two files of the same kind: one has 'modules', the other 'scrape_configs'");
  Modules modules(exporter, intake);
  if (prometheus != nullptr)
    TRY_OK(read_targets(*prometheus, intake, [&](const ProbeTarget& target) { modules.take(target); }));
  if (exporter == nullptr) return {};
  intake.enter(inputs[static_cast<std::size_t>(exporter - trees.data())].name);
  modules.refuse_unused();
  Fields file(exporter);
  file.skip({"modules"});
  intake.aside(file);
  return {};
}

}  // namespace holter::imports
