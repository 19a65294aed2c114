#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "api/array_reader.h"
#include "api/content.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/monitor_formats.h"
#include "api/owned_monitors.h"
#include "base/units.h"
#include "define/placement.h"

// Many monitors at once: changes, import, export.
namespace holter::api {
namespace {

using boost::asio::awaitable;
namespace json = boost::json;

Problem bad(std::string parameter, std::string message) {
  return {400, std::move(message), std::move(parameter), 0};
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

/// The member's text; nothing where there is none.
Answered<std::optional<std::string>> text_in(const json::object& object, std::string_view key, std::string_view at) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return std::optional<std::string>();
  if (!value->is_string()) return bad(fmt::format("{}.{}", at, key), "cannot use this value: a text is needed");
  return std::optional(std::string(view(value->get_string())));
}

Answered<void> known_keys(const json::object& object, std::initializer_list<std::string_view> keys,
                          std::string_view at) {
  for (const auto& [key, value] : object) {
    std::string_view name(key.data(), key.size());
    if (std::ranges::find(keys, name) != keys.end()) continue;
    auto near = nearest_in(name, keys);
    return bad(fmt::format("{}.{}", at, excerpt(name)),
               near.empty() ? fmt::format("cannot use the key '{}'", excerpt(name))
                            : fmt::format("cannot use the key '{}': did you mean '{}'?", excerpt(name), near));
  }
  return {};
}

constexpr std::pair<std::string_view, BulkOrder::Action> kActions[] = {{"pause", BulkOrder::Action::kPause},
                                                                       {"resume", BulkOrder::Action::kResume},
                                                                       {"delete", BulkOrder::Action::kDelete},
                                                                       {"edit", BulkOrder::Action::kEdit}};
constexpr model::State kStates[] = {model::State::kUp,    model::State::kDown,   model::State::kUnknown,
                                    model::State::kStale, model::State::kPaused, model::State::kUnreachable};
constexpr model::Criticality kCriticalities[] = {model::Criticality::kCritical, model::Criticality::kNormal,
                                                 model::Criticality::kLow};

Answered<void> read_filter(const json::value* value, BulkOrder& order) {
  if (value == nullptr || !value->is_object() || value->get_object().empty())
    return bad("filter",
               "cannot change monitors without a filter: one of text, app, state, folder, labels, ids is needed");
  const auto& filter = value->get_object();
  if (auto known = known_keys(filter, {"text", "app", "state", "folder", "labels", "ids"}, "filter"); !known)
    return known;
  auto text = text_in(filter, "text", "filter");
  auto app = text_in(filter, "app", "filter");
  auto state = text_in(filter, "state", "filter");
  auto folder = text_in(filter, "folder", "filter");
  for (const auto* member : {&text, &app, &state, &folder})
    if (!*member) return member->error();
  order.filter.folder = folder->value_or("");
  order.filter.text = text->value_or("");
  order.filter.app = app->value_or("");
  if (*state) {
    const auto* found = std::ranges::find(kStates, **state, [](model::State s) { return model::to_string(s); });
    if (found == std::end(kStates))
      return bad(
          "filter.state",
          fmt::format("cannot use '{}': UP, DOWN, UNREACHABLE, UNKNOWN, STALE or PAUSED is needed", excerpt(**state)));
    order.filter.state = *found;
  }
  if (const auto* labels = filter.if_contains("labels")) {
    if (!labels->is_object()) return bad("filter.labels", "cannot use this value: a map of texts is needed");
    for (const auto& [key, label] : labels->get_object()) {
      if (!label.is_string()) return bad("filter.labels", "cannot use this value: a map of texts is needed");
      order.filter.labels.emplace_back(std::string(key), std::string(view(label.get_string())));
    }
  }
  const auto* ids = filter.if_contains("ids");
  if (ids == nullptr) return {};
  if (!ids->is_array() || ids->get_array().empty())
    return bad("filter.ids", "cannot use this value: a list of ids is needed");
  for (const auto& item : ids->get_array()) {
    auto id = item.is_string() ? parse_id(view(item.get_string())) : std::nullopt;
    if (!id) return bad("filter.ids", "cannot use this value: ids of 16 hex digits are needed");
    order.ids.push_back(*id);
  }
  return {};
}

Answered<void> read_edit(const json::value* value, BulkOrder& order) {
  bool edits = order.action == BulkOrder::Action::kEdit;
  if (value == nullptr || value->is_null())
    return edits ? Answered<void>(
                       bad("edit",
                           "cannot edit monitors without an edit: interval, criticality, folder or labels are needed"))
                 : Answered<void>();
  if (!edits) return bad("edit", "cannot use an edit with this action: it belongs to the action edit");
  if (!value->is_object() || value->get_object().empty())
    return bad("edit", "cannot use this value: an object with interval, criticality, folder or labels is needed");
  const auto& edit = value->get_object();
  if (auto known = known_keys(edit, {"interval", "criticality", "folder", "labels"}, "edit"); !known) return known;
  auto interval = text_in(edit, "interval", "edit");
  auto criticality = text_in(edit, "criticality", "edit");
  if (!interval) return std::move(interval).error();
  if (!criticality) return std::move(criticality).error();
  if (*interval) {
    auto duration = parse_duration(**interval);
    if (!duration) return bad("edit.interval", duration.error().message());
    order.interval = *duration;
  }
  if (*criticality) {
    const auto* found =
        std::ranges::find(kCriticalities, **criticality, [](model::Criticality c) { return model::to_string(c); });
    if (found == std::end(kCriticalities))
      return bad("edit.criticality",
                 fmt::format("cannot use '{}': critical, normal or low is needed", excerpt(**criticality)));
    order.criticality = *found;
  }
  auto folder = text_in(edit, "folder", "edit");
  if (!folder) return std::move(folder).error();
  if (*folder && !(*folder)->empty())
    if (auto good = define::check_folder(**folder); !good) return bad("edit.folder", good.error().message());
  order.folder = std::move(*folder);
  const auto* labels = edit.if_contains("labels");
  if (labels == nullptr) return {};
  if (!labels->is_object())
    return bad("edit.labels", "cannot use this value: a map of texts is needed; null takes a label away");
  for (const auto& [key, label] : labels->get_object()) {
    if (label.is_null())
      order.remove_labels.emplace_back(key);
    else if (label.is_string())
      order.set_labels.emplace_back(std::string(key), std::string(view(label.get_string())));
    else
      return bad("edit.labels", "cannot use this value: a map of texts is needed; null takes a label away");
  }
  return {};
}

Answered<BulkOrder> read_order(const Content& content) {
  BulkOrder order;
  const auto* action = content.find("action");
  const auto* found = action == nullptr || !action->is_string()
                          ? std::end(kActions)
                          : std::ranges::find(kActions, view(action->get_string()),
                                              &std::pair<std::string_view, BulkOrder::Action>::first);
  if (found == std::end(kActions)) return bad("action", "cannot do this: pause, resume, delete or edit is needed");
  order.action = found->second;
  if (auto read = read_filter(content.find("filter"), order); !read) return std::move(read).error();
  if (auto read = read_edit(content.find("edit"), order); !read) return std::move(read).error();
  const auto* dry = content.find("dry_run");
  if (dry != nullptr && !dry->is_bool()) return bad("dry_run", "cannot use this value: true or false is needed");
  order.dry_run = dry != nullptr && dry->get_bool();
  return order;
}

void write_import(JsonWriter& json, const ImportReport& report) {
  json.begin_object();
  json.member("items", report.items);
  json.member("created", report.created);
  json.member("faulty", report.faulty);
  json.key("faults");
  json.begin_array();
  for (const auto& fault : report.faults) {
    json.begin_object();
    json.member("index", fault.index);
    json.member("name", fault.name);
    json.member("parameter", fault.parameter);
    json.member("detail", fault.detail);
    json.end_object();
  }
  json.end_array();
  json.member("without_secrets", report.without_secrets);
  json.key("secrets_missing");
  json.begin_array();
  for (const auto& name : report.secrets_missing) json.value(name);
  json.end_array();
  json.end_object();
}

/// Booleans of the content are texts in the tree.
bool is_boolean(std::string_view key) {
  return key == "paused" || key == "set";
}

void write_tree(JsonWriter& json, const define::YamlNode& node, std::string_view key) {
  using Kind = define::YamlNode::Kind;
  switch (node.kind) {
    case Kind::kNull:
      return json.null();
    case Kind::kScalar:
      return is_boolean(key) ? json.value(node.text == "true") : json.value(node.text);
    case Kind::kList:
      json.begin_array();
      for (const auto& item : node.items) write_tree(json, item, {});
      return json.end_array();
    case Kind::kMap:
      json.begin_object();
      for (std::size_t i = 0; i < node.keys.size(); ++i) {
        json.key(node.keys[i].text);
        write_tree(json, node.items[i], node.keys[i].text);
      }
      return json.end_object();
  }
}

/// All monitors of the catalog, page by page.
enum class Form : std::uint8_t { kJson, kYaml, kCsv };

class Export final : public BodyStream {
 public:
  /// What a page takes as a tree.
  static constexpr std::size_t kPageBytes = 256 * 1024;
  Export(OwnedMonitors& owned, MonoTime deadline, Form form, memory::Reservation held)
      : owned_(owned), deadline_(deadline), form_(form), held_(std::move(held)) {}

  awaitable<bool> prepare() override {
    if (ended_) co_return true;
    auto page = co_await owned_.read_page(after_, deadline_);
    if (!page) co_return false;
    page_ = std::move(*page);
    co_return true;
  }
  bool next(Body& out) override {
    if (ended_) return false;
    if (!begun_) begin(out);
    for (const auto& monitor : page_) {
      write(out, monitor.fields);
      after_ = monitor.id;
      some_ = true;
    }
    ended_ = page_.empty();
    if (ended_ && form_ == Form::kJson) out.append(']');
    if (ended_ && form_ == Form::kYaml && !some_) out.append("monitors: []\n");
    return true;
  }

 private:
  void begin(Body& out) {
    begun_ = true;
    if (form_ == Form::kJson) out.append('[');
    if (form_ == Form::kCsv) write_csv_head(out);
  }
  void write(Body& out, const define::YamlNode& fields) const {
    if (form_ == Form::kCsv) return write_csv_monitor(out, fields);
    if (form_ == Form::kYaml) {
      if (!some_) out.append("monitors:\n");
      return write_yaml_monitor(out, fields);
    }
    if (some_) out.append(",\n");
    JsonWriter one(out);
    write_tree(one, fields, {});
  }

  OwnedMonitors& owned_;
  const MonoTime deadline_;
  const Form form_;
  const memory::Reservation held_;
  MonitorId after_{};
  std::vector<OwnedFields> page_;
  bool begun_ = false, some_ = false, ended_ = false;
};

}  // namespace

awaitable<Response> post_bulk(Context context, const Request* request) {
  auto content = Content::parse(request->body, {"filter", "action", "edit", "dry_run"}, *context.bodies);
  if (!content) co_return refuse(context, to_problem(content.error()));
  auto order = read_order(*content);
  if (!order) co_return refuse(context, order.error());
  bool dry_run = order->dry_run;
  order->filter.who = context.who;
  auto report = co_await context.backend->owned().bulk(std::move(*order), context.caller());
  if (!report) co_return refuse(context, report.error());
  Response response(*context.bodies);
  JsonWriter json(response.body);
  json.begin_object();
  json.member("dry_run", dry_run);
  json.member("matched", report->matched);
  json.member("changed", report->changed);
  json.member("in_files", report->in_files);
  json.end_object();
  co_return finished(std::move(response), *context.bodies);
}

/// The monitors of an import, one by one, whatever they are written in.
Answered<OwnedMonitors::Next> monitors_of(const Context& context, const Request* request) {
  auto type = request->content_type;
  if (type.contains("csv")) {
    auto reader = std::make_shared<CsvMonitors>(request->body);
    return OwnedMonitors::Next([reader] { return reader->next(); });
  }
  if (type.contains("yaml")) {
    auto read = YamlMonitors::read(request->body, *context.bodies);
    if (!read) return read.error();
    auto monitors = std::make_shared<YamlMonitors>(std::move(*read));
    return OwnedMonitors::Next([monitors]() -> Result<std::optional<define::YamlNode>> { return monitors->next(); });
  }
  auto reader = std::make_shared<ArrayReader>(request->body);
  return OwnedMonitors::Next([reader, account = context.bodies]() -> Result<std::optional<define::YamlNode>> {
    TRY(auto text, reader->next());
    if (!text) return std::nullopt;
    TRY(auto fields, parse_fields(*text, *account));
    return std::optional(std::move(fields.tree));
  });
}

awaitable<Response> post_import(Context context, const Request* request) {
  auto next = monitors_of(context, request);
  if (!next) co_return refuse(context, next.error());
  auto report = co_await context.backend->owned().import_all(std::move(*next), context.caller());
  if (!report) co_return refuse(context, report.error());
  Response response(*context.bodies);
  // All or none: what is wrong with one is wrong with the whole.
  response.status = report->faulty > 0 ? 422 : 200;
  JsonWriter json(response.body);
  write_import(json, *report);
  co_return finished(std::move(response), *context.bodies);
}

awaitable<Response> get_export(Context context, const Request* request) {
  constexpr Choice<Form> kForms[] = {{"json", Form::kJson}, {"yaml", Form::kYaml}, {"csv", Form::kCsv}};
  ParamReader params(request->target, context.route->params);
  auto asked = params.choice<Form>("format", kForms);
  if (params.failed()) co_return refuse(context, params.problem());
  auto form = asked.value_or(request->accept.contains("text/csv") ? Form::kCsv
                             : request->accept.contains("yaml")   ? Form::kYaml
                                                                  : Form::kJson);
  auto held = context.bodies->reserve(Export::kPageBytes);
  if (!held) co_return refuse(context, to_problem(held.error()));
  Response response(*context.bodies);
  if (form == Form::kYaml) response.content_type = "application/yaml";
  if (form == Form::kCsv) response.content_type = "text/csv; charset=utf-8";
  response.stream = std::make_unique<Export>(context.backend->owned(), context.deadline, form, std::move(*held));
  co_return response;
}

}  // namespace holter::api
