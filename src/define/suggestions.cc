#include "define/suggestions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace holter::define {
namespace {

using model::Definition;
using model::ParamDef;
using model::ParamType;
using Reason = Suggestion::Reason;

// Applications that are looked for by name; one that nobody has defined is not suggested.
constexpr std::string_view kPing = "ping", kPort = "port", kWebsite = "website", kCertificate = "ssl_cert";
/// What is asked by datagrams: a TCP connection says nothing of them.
constexpr std::array<std::string_view, 4> kWithoutTcp = {"icmp", "snmp", "ntp", "udp"};
struct WebPort {
  std::uint16_t port;
  bool tls;
};
constexpr std::array<WebPort, 4> kWebPorts = {{{443, true}, {80, false}, {8443, true}, {8080, false}}};
constexpr std::size_t kMostOfPort = 3;    ///< definitions that are suggested for a port that was found
constexpr std::size_t kMostOfGiven = 16;  ///< for one that was given

/// Whether an element is equal to it, or its member is.
template <class Range, class Value, class Projection = std::identity>
bool has(const Range& range, const Value& value, Projection projection = {}) {
  return std::ranges::find(range, value, projection) != std::ranges::end(range);
}

const ParamDef* param_of(const Definition& definition, std::string_view field, ParamType type) {
  auto found = std::ranges::find(definition.params, field, &ParamDef::field);
  return found != definition.params.end() && found->type == type ? &*found : nullptr;
}

/// The port that it speaks on by default, over TCP; 0: none.
std::uint16_t port_of(const Definition& definition) {
  const auto* port = param_of(definition, "port", ParamType::kNumber);
  if (port == nullptr || !port->has_default || param_of(definition, "host", ParamType::kHost) == nullptr) return 0;
  if (definition.sets.empty() || has(kWithoutTcp, definition.sets.front().protocol)) return 0;
  const auto& text = port->default_value;
  std::uint16_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size() ? number : 0;
}

std::vector<std::string> missing_of(const Definition& definition, const Suggestion& suggestion) {
  std::vector<std::string> missing;
  for (const auto& param : definition.params) {
    bool given = has(suggestion.params, param.field, &std::pair<std::string, std::string>::first);
    if (param.required && !param.has_default && param.depend.empty() && !given) missing.push_back(param.field);
  }
  return missing;
}

/// The definitions by their ports. One that extends another on the same port is left to that one: it looks the same
/// from outside, and there are many of a kind.
class Ports {
 public:
  explicit Ports(const Registry& definitions) {
    std::map<std::string_view, std::size_t> kin;
    for (auto app : definitions.apps()) {
      auto definition = definitions.find(app);
      if (!definition->extends.empty()) ++kin[definition->extends];
    }
    for (auto app : definitions.apps()) {
      auto definition = definitions.find(app);
      auto port = port_of(*definition);
      auto base = definition->extends.empty() ? nullptr : definitions.find(definition->extends);
      if (port == 0 || (base && port_of(*base) == port)) continue;
      all_[port].push_back(std::move(definition));
    }
    // Those that need least, then those that most others are made of.
    auto rank = [&](const std::shared_ptr<const Definition>& d) {
      auto found = kin.find(d->app);
      auto needs = missing_of(*d, {}).size();
      return std::tuple(needs, found == kin.end() ? 0 : -static_cast<std::int64_t>(found->second), d->app);
    };
    for (auto& [port, list] : all_)
      std::ranges::sort(list, [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  }

  using List = std::vector<std::shared_ptr<const Definition>>;
  const std::map<std::uint16_t, List>& all() const { return all_; }
  const List& at(std::uint16_t port) const {
    static const List none;
    auto found = all_.find(port);
    return found == all_.end() ? none : found->second;
  }

 private:
  std::map<std::uint16_t, List> all_;
};

/// Puts suggestions together: each app and port once, by rank and then in the order in which they came.
class Suggestions {
 public:
  Suggestions(const Registry& definitions, const Subject& subject, const Seen& seen)
      : definitions_(definitions), subject_(subject), seen_(seen) {}

  void add_ping(int rank) {
    auto definition = definitions_.find(kPing);
    if (!definition) return;
    Suggestion s = begin(*definition, Reason::kPing, 0);
    s.reachable = seen_.ping_ms.has_value();
    s.duration_ms = seen_.ping_ms;
    add(rank, *definition, std::move(s));
  }
  /// `path`: of the URL. The scheme's own port is left out.
  void add_website(int rank, Reason reason, std::uint16_t port, bool tls, const std::string& path) {
    auto definition = definitions_.find(kWebsite);
    if (!definition) return;
    auto s = begin(*definition, reason, port);
    if (port != (tls ? 443 : 80)) give(*definition, s, "port", std::to_string(port));
    give_tls(*definition, s, tls);
    if (!path.empty()) give(*definition, s, "uri", path);
    add(rank, *definition, std::move(s));
  }
  void add_app(int rank, std::string_view app, Reason reason, std::uint16_t port, std::optional<bool> tls = {}) {
    auto definition = definitions_.find(app);
    if (!definition) return;
    auto s = begin(*definition, reason, port);
    if (port != port_of(*definition)) give(*definition, s, "port", std::to_string(port));
    if (tls) give_tls(*definition, s, *tls);
    add(rank, *definition, std::move(s));
  }
  std::vector<Suggestion> take() {
    std::vector<Suggestion> out;
    out.reserve(all_.size());
    for (auto& [rank, suggestion] : all_) out.push_back(std::move(suggestion));
    return out;
  }

 private:
  Suggestion begin(const Definition& definition, Reason reason, std::uint16_t port) const {
    Suggestion s;
    s.app = definition.app;
    s.reason = reason;
    s.port = port;
    s.params.emplace_back("host", subject_.host);
    auto open = std::ranges::find(seen_.open, port, &Seen::Port::port);
    s.reachable = port != 0 && open != seen_.open.end();
    if (s.reachable) s.duration_ms = open->connect_ms;
    return s;
  }
  /// Only where the definition has such a parameter.
  static void give(const Definition& definition, Suggestion& s, std::string_view field, std::string value) {
    if (has(definition.params, field, &ParamDef::field)) s.params.emplace_back(field, std::move(value));
  }
  static void give_tls(const Definition& definition, Suggestion& s, bool tls) {
    const auto* ssl = param_of(definition, "ssl", ParamType::kBoolean);
    if (ssl != nullptr && (ssl->default_value == "true") != tls) s.params.emplace_back("ssl", tls ? "true" : "false");
  }
  void add(int rank, const Definition& definition, Suggestion s) {
    if (!added_.emplace(s.app, s.port).second) return;
    bool with_port = has(s.params, "port", &std::pair<std::string, std::string>::first);
    s.name = fmt::format("{} {}", host_and_port(subject_.host, with_port ? s.port : 0), s.app);
    s.missing = missing_of(definition, s);
    all_.emplace(rank, std::move(s));
  }

  const Registry& definitions_;
  const Subject& subject_;
  const Seen& seen_;
  std::multimap<int, Suggestion> all_;  ///< by rank
  std::set<std::pair<std::string, std::uint16_t>> added_;
};

const WebPort* web_port(std::uint16_t port) {
  const auto* found = std::ranges::find(kWebPorts, port, &WebPort::port);
  return found == kWebPorts.end() ? nullptr : found;
}

void add_url(Suggestions& out, const Ports& ports, const Subject& subject) {
  out.add_website(0, Reason::kUrl, subject.port, subject.tls, subject.path);
  if (subject.tls) out.add_app(1, kCertificate, Reason::kUrl, subject.port);
  // 80 and 443 say nothing about what is behind them.
  if (subject.port != 80 && subject.port != 443)
    for (const auto& definition : ports.at(subject.port))
      out.add_app(2, definition->app, Reason::kDefaultPort, subject.port, subject.tls);
  out.add_ping(3);
}

void add_endpoint(Suggestions& out, const Ports& ports, const Subject& subject) {
  const auto* web = web_port(subject.port);
  if (web != nullptr) out.add_website(0, Reason::kPort, web->port, web->tls, "");
  if (web != nullptr && web->tls) out.add_app(1, kCertificate, Reason::kPort, web->port);
  std::size_t count = 0;
  for (const auto& definition : ports.at(subject.port))
    if (count++ < kMostOfGiven) out.add_app(2, definition->app, Reason::kDefaultPort, subject.port);
  out.add_app(3, kPort, Reason::kPort, subject.port);
  out.add_ping(4);
}

void add_host(Suggestions& out, const Ports& ports, const Seen& seen) {
  if (seen.ping_ms) out.add_ping(0);
  auto is_open = [&](std::uint16_t port) { return has(seen.open, port, &Seen::Port::port); };
  for (const auto& web : kWebPorts) {
    if (!is_open(web.port)) continue;
    out.add_website(1, Reason::kDefaultPort, web.port, web.tls, "");
    if (web.tls) out.add_app(1, kCertificate, Reason::kDefaultPort, web.port);
  }
  // The best of each port comes before the others of any.
  for (const auto& [port, definitions] : ports.all()) {
    if (!is_open(port)) continue;
    for (std::size_t i = 0; i < std::min(definitions.size(), kMostOfPort); ++i)
      out.add_app(i == 0 ? 2 : 3, definitions[i]->app, Reason::kDefaultPort, port);
  }
}

}  // namespace

std::string_view to_string(Suggestion::Reason reason) {
  switch (reason) {
    case Reason::kUrl:
      return "url";
    case Reason::kPing:
      return "ping";
    case Reason::kDefaultPort:
      return "default_port";
    case Reason::kPort:
      return "port";
    case Reason::kNetwork:
      return "network";
  }
  return {};
}

ScanPlan plan_scan(const Registry& definitions, const Subject& subject) {
  ScanPlan plan;
  if (subject.kind == Subject::Kind::kNetwork) return plan;
  if (subject.kind != Subject::Kind::kHost) {
    plan.ports.push_back(subject.port);
    return plan;
  }
  auto add = [&](std::uint16_t port) {
    if (has(plan.ports, port)) return;
    (plan.ports.size() < ScanPlan::kMostPorts ? plan.ports : plan.left_out).push_back(port);
  };
  if (definitions.find(kWebsite))
    for (const auto& web : kWebPorts) add(web.port);
  const Ports ports(definitions);
  for (const auto& [port, list] : ports.all()) add(port);
  return plan;
}

std::vector<Suggestion> suggest(const Registry& definitions, const Subject& subject, const Seen& seen) {
  const Ports ports(definitions);
  Suggestions out(definitions, subject, seen);
  switch (subject.kind) {
    case Subject::Kind::kUrl:
      add_url(out, ports, subject);
      break;
    case Subject::Kind::kEndpoint:
      add_endpoint(out, ports, subject);
      break;
    case Subject::Kind::kHost:
      add_host(out, ports, seen);
      break;
    case Subject::Kind::kNetwork:
      break;  // each address by suggest_ping()
  }
  return out.take();
}

std::optional<Suggestion> suggest_ping(const Registry& definitions, const std::string& address, double ping_ms) {
  const Subject subject{.host = address};
  const Seen seen{.ping_ms = ping_ms, .open = {}};
  Suggestions out(definitions, subject, seen);
  out.add_ping(0);
  auto all = out.take();
  if (all.empty()) return std::nullopt;
  all.front().reason = Reason::kNetwork;
  return std::move(all.front());
}

}  // namespace holter::define
