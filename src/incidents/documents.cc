#include "incidents/documents.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/units.h"
#include "incidents/spec_reader.h"
#include "model/time_window.h"

namespace holter::incidents {
namespace json = boost::json;

namespace {

constexpr std::size_t kMostName = 200;

std::optional<alert::NoData> parse_no_data(std::string_view word) {
  for (auto choice : {alert::NoData::kOk, alert::NoData::kKeep, alert::NoData::kAlert})
    if (alert::to_string(choice) == word) return choice;
  return std::nullopt;
}

/// Of the folders below, what they say of a value becomes a fault of `member`.
template <class T>
Result<T> at(std::string_view member, Result<T> result) {
  if (!result) return fault(member, result.error().message());
  return result;
}

json::array texts(const std::vector<std::string>& list) {
  json::array array;
  for (const auto& text : list) array.emplace_back(text);
  return array;
}
json::object texts(const model::Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object.emplace(name, value);
  return object;
}

/// Puts members into an object unless they are as by default.
struct Writer {
  json::object out;
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) out.emplace(name, value);
  }
  void duration(std::string_view name, milliseconds value) {
    if (value.count() != 0) out.emplace(name, format_duration(value));
  }
  void duration(std::string_view name, const std::optional<milliseconds>& value) {
    if (value) out.emplace(name, format_duration(*value));
  }
  void list(std::string_view name, const std::optional<std::vector<std::string>>& value) {
    if (value) out.emplace(name, texts(*value));
  }
  void labels(std::string_view name, const model::Labels& value) {
    if (!value.empty()) out.emplace(name, texts(value));
  }
};

/// 16 hexadecimal digits.
std::optional<MonitorId> parse_monitor(std::string_view text) {
  MonitorId id;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
  if (text.size() != 16 || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

Result<alert::Selector> read_selector(const json::object* object) {
  alert::Selector selector;
  if (object == nullptr) return selector;
  SpecReader in(*object, "spec.selector", {"app", "set", "labels", "folder", "monitors", "matchers"});
  selector.app = in.text("app");
  selector.set = in.text("set");
  selector.labels = in.labels("labels");
  selector.folder = in.text("folder");
  auto matchers = in.text("matchers");
  for (const auto& text : in.list("monitors")) {
    auto id = parse_monitor(text);
    if (!id) return fault(in.path("monitors"), fmt::format("'{}' is no id of a monitor", excerpt(text)));
    selector.monitors.push_back(*id);
  }
  TRY_OK(in.status());
  TRY(selector.matchers, at(in.path("matchers"), alert::parse_matchers(matchers)));
  std::ranges::sort(selector.monitors);
  return selector;
}

json::object write_selector(const alert::Selector& selector) {
  Writer to;
  to.text("app", selector.app);
  to.text("set", selector.set);
  to.labels("labels", selector.labels);
  to.text("folder", selector.folder);
  if (!selector.monitors.empty()) {
    json::array ids;
    for (auto id : selector.monitors) ids.emplace_back(fmt::format("{:016x}", id.value));
    to.out.emplace("monitors", std::move(ids));
  }
  if (!selector.matchers.empty()) to.text("matchers", alert::to_string(selector.matchers));
  return std::move(to.out);
}

Result<std::vector<model::TimeWindow>> read_windows(const std::vector<std::string>& list, std::string_view member) {
  std::vector<model::TimeWindow> windows;
  for (const auto& text : list) {
    TRY(auto window, at(member, model::TimeWindow::parse(text)));
    windows.push_back(window);
  }
  return windows;
}

Result<alert::RouteSpec> read_route(const json::object& object, const std::string& path, bool root) {
  SpecReader in(object, path,
                {"matchers", "receivers", "continue", "group_by", "group_wait", "group_interval", "repeat_interval",
                 "active_windows", "mute_windows", "routes", "escalation"});
  if (!root && object.contains("escalation")) in.fail("escalation", "it belongs to the root alone");
  alert::RouteSpec route;
  route.matchers = in.text("matchers");
  route.receivers = in.maybe_list("receivers");
  route.continues = in.boolean("continue", false);
  route.group_by = in.maybe_list("group_by");
  route.group_wait = in.maybe_duration("group_wait");
  route.group_interval = in.maybe_duration("group_interval");
  route.repeat_interval = in.maybe_duration("repeat_interval");
  route.active_windows = in.maybe_list("active_windows");
  route.mute_windows = in.maybe_list("mute_windows");
  const auto* routes = in.array("routes");
  TRY_OK(in.status());
  for (std::size_t i = 0; routes != nullptr && i < routes->size(); ++i) {
    auto place = fmt::format("{}.routes[{}]", path, i);
    if (!(*routes)[i].is_object()) return fault(place, "an object is needed");
    TRY(auto child, read_route((*routes)[i].as_object(), place, false));
    route.routes.push_back(std::move(child));
  }
  return route;
}

json::object write_route(const alert::RouteSpec& route) {
  Writer to;
  if (route.matchers != "{}") to.text("matchers", route.matchers);
  to.list("receivers", route.receivers);
  if (route.continues) to.out.emplace("continue", true);
  to.list("group_by", route.group_by);
  to.duration("group_wait", route.group_wait);
  to.duration("group_interval", route.group_interval);
  to.duration("repeat_interval", route.repeat_interval);
  to.list("active_windows", route.active_windows);
  to.list("mute_windows", route.mute_windows);
  if (!route.routes.empty()) {
    json::array routes;
    for (const auto& child : route.routes) routes.emplace_back(write_route(child));
    to.out.emplace("routes", std::move(routes));
  }
  return std::move(to.out);
}

}  // namespace

Result<Document> read_document(std::string_view text) {
  TRY(auto object, parse_object(text, "the document"));
  Document document;
  {
    SpecReader in(object, "", {"name", "enabled", "spec"});
    document.name = in.text("name");
    document.enabled = in.boolean("enabled", true);
    (void)in.object("spec");
    TRY_OK(in.status());
  }
  if (document.name.empty() || document.name.size() > kMostName)
    return fault("name", fmt::format("a name of 1 to {} bytes is needed", kMostName));
  if (auto* spec = object.if_contains("spec"); spec != nullptr && spec->is_object())
    document.spec = std::move(spec->as_object());
  return document;
}

Result<alert::Rule> read_rule(const Document& document) {
  SpecReader in(document.spec, "spec",
                {"kind", "selector", "expression", "recovery", "severity", "labels", "annotations", "message", "for",
                 "keep_firing_for", "n", "m", "no_data", "no_data_after", "active_hours", "when_unreachable",
                 "interval", "source", "query"});
  alert::Rule rule;
  rule.name = document.name;
  rule.enabled = document.enabled;
  rule.kind = in.word("kind", rule.kind, alert::parse_rule_kind, "realtime, periodic, builtin");
  auto selector = read_selector(in.object("selector"));
  if (!selector)
    in.take(selector.error());
  else
    rule.selector = std::move(*selector);
  rule.expression = in.text("expression");
  rule.recovery = in.text("recovery");
  rule.severity = in.word("severity", rule.severity, model::parse_severity, "info, warning, critical, emergency");
  rule.labels = in.labels("labels");
  rule.annotations = in.labels("annotations");
  rule.message = in.text("message");
  rule.hold_for = in.duration("for", rule.hold_for);
  rule.keep_firing_for = in.duration("keep_firing_for", rule.keep_firing_for);
  rule.n = static_cast<unsigned>(in.number("n", rule.n, 1, 64));
  rule.m = static_cast<unsigned>(in.number("m", std::max(rule.m, rule.n), 1, 64));
  rule.no_data = in.word("no_data", rule.no_data, parse_no_data, "ok, keep, alert");
  rule.no_data_after = in.duration("no_data_after", rule.no_data_after);
  rule.active_hours = in.text("active_hours");
  rule.when_unreachable =
      in.word("when_unreachable", rule.when_unreachable, alert::parse_when_unreachable, "suppress, evaluate");
  rule.interval = in.duration("interval", rule.interval);
  rule.source = in.word("source", rule.source, alert::parse_query_source, "sql, promql");
  rule.query = in.text("query");
  TRY_OK(in.status());
  if (auto good = alert::check(rule); !good) return fault("spec", good.error().message());
  return rule;
}

json::object write_rule(const alert::Rule& rule) {
  const alert::Rule plain;
  Writer to;
  to.text("kind", alert::to_string(rule.kind));
  if (auto selector = write_selector(rule.selector); !selector.empty()) to.out.emplace("selector", std::move(selector));
  to.text("expression", rule.expression);
  to.text("recovery", rule.recovery);
  to.text("severity", model::to_string(rule.severity));
  to.labels("labels", rule.labels);
  to.labels("annotations", rule.annotations);
  to.text("message", rule.message);
  to.duration("for", rule.hold_for);
  to.duration("keep_firing_for", rule.keep_firing_for);
  if (rule.m > 1) {
    to.out.emplace("n", rule.n);
    to.out.emplace("m", rule.m);
  }
  if (rule.no_data != plain.no_data) to.text("no_data", alert::to_string(rule.no_data));
  to.duration("no_data_after", rule.no_data_after);
  to.text("active_hours", rule.active_hours);
  if (rule.when_unreachable != plain.when_unreachable)
    to.text("when_unreachable", alert::to_string(rule.when_unreachable));
  to.duration("interval", rule.interval);
  if (rule.kind == alert::RuleKind::kPeriodic) to.text("source", alert::to_string(rule.source));
  to.text("query", rule.query);
  return std::move(to.out);
}

Result<alert::Silence> read_silence(const Document& document, WallTime now) {
  SpecReader in(document.spec, "spec", {"matchers", "starts", "ends", "windows", "comment"});
  auto matchers = in.text("matchers");
  alert::Silence silence;
  silence.start = in.time("starts", now);
  silence.end = in.time("ends", WallTime());
  auto windows = in.list("windows");
  silence.comment = in.text("comment");
  TRY_OK(in.status());
  if (silence.end == WallTime()) return fault("spec.ends", "a silence must end: when?");
  if (silence.end <= silence.start) return fault("spec.ends", "the end must lie behind the start");
  TRY(silence.matchers, at("spec.matchers", alert::parse_matchers(matchers)));
  if (silence.matchers.empty()) return fault("spec.matchers", "at least one matcher is needed");
  TRY(silence.windows, read_windows(windows, "spec.windows"));
  return silence;
}

json::object write_silence(const alert::Silence& silence) {
  Writer to;
  to.text("matchers", alert::to_string(silence.matchers));
  to.text("starts", format_time(silence.start));
  to.text("ends", format_time(silence.end));
  if (!silence.windows.empty()) {
    json::array windows;
    for (const auto& window : silence.windows) windows.emplace_back(model::to_string(window));
    to.out.emplace("windows", std::move(windows));
  }
  to.text("comment", silence.comment);
  return std::move(to.out);
}

Result<alert::InhibitionRule> read_inhibition(const Document& document) {
  SpecReader in(document.spec, "spec", {"source", "target", "equal"});
  alert::InhibitionRule rule;
  rule.name = document.name;
  auto source = in.text("source"), target = in.text("target");
  rule.equal = in.list("equal");
  TRY_OK(in.status());
  TRY(rule.source, at("spec.source", alert::parse_matchers(source)));
  TRY(rule.target, at("spec.target", alert::parse_matchers(target)));
  if (rule.source.empty()) return fault("spec.source", "at least one matcher is needed");
  if (rule.target.empty()) return fault("spec.target", "at least one matcher is needed");
  return rule;
}

Result<Routing> read_routing(const Document& document) {
  Routing routing;
  TRY(routing.root, read_route(document.spec, "spec", true));
  const auto* steps = document.spec.if_contains("escalation");
  if (steps == nullptr || steps->is_null()) return routing;
  if (!steps->is_array()) return fault("spec.escalation", "a list is needed");
  for (const auto& step : steps->as_array()) {
    if (!step.is_object()) return fault("spec.escalation", "a list of objects is needed");
    SpecReader in(step.as_object(), "spec.escalation", {"after", "receivers"});
    notify::EscalationStep read{in.duration("after", milliseconds(0)), in.list("receivers")};
    TRY_OK(in.status());
    routing.escalation.push_back(std::move(read));
  }
  return routing;
}

json::object write_routing(const Routing& routing) {
  auto out = write_route(routing.root);
  if (routing.escalation.empty()) return out;
  json::array steps;
  for (const auto& step : routing.escalation)
    steps.emplace_back(json::object{{"after", format_duration(step.after)}, {"receivers", texts(step.receivers)}});
  out.emplace("escalation", std::move(steps));
  return out;
}

Result<TemplateSpec> read_template(const Document& document) {
  SpecReader in(document.spec, "spec", {"title", "text", "html"});
  TemplateSpec spec{in.text("title"), in.text("text"), in.text("html")};
  TRY_OK(in.status());
  using notify::Template;
  if (!spec.title.empty()) TRY_OK(at("spec.title", Template::parse(spec.title, notify::BodyFormat::kText)));
  if (!spec.text.empty()) TRY_OK(at("spec.text", Template::parse(spec.text, notify::BodyFormat::kText)));
  if (!spec.html.empty()) TRY_OK(at("spec.html", Template::parse(spec.html, notify::BodyFormat::kHtml)));
  return spec;
}

}  // namespace holter::incidents
