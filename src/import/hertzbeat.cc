// An export of monitors: a list of {monitor: {...}, params: [{field, value, type}], ...}, as JSON or YAML. An
// application and its parameters have the same names here, since Holter reads that format of definitions.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/units.h"
#include "import/draft.h"

namespace holter::imports {
namespace {

constexpr std::string_view kEncrypted = "2";  // type of a parameter whose value is kept as AES ciphertext
constexpr std::size_t kAesBlock = 16;

/// Base64 (RFC 4648) of whole AES blocks? Anything else under the type of passwords stands there as it is.
bool is_ciphertext(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bool base64 = std::ranges::all_of(text.substr(0, text.size() - padding),
                                    [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
  return base64 && (text.size() / 4 * 3 - padding) % kAesBlock == 0;
}

/// "host:port" as newer exports have it, or the host alone.
void host_of(const std::string& instance, const model::Definition& definition, Draft& draft) {
  bool is_there =
      std::ranges::find(draft.params, "host", &std::pair<std::string, model::Node>::first) != draft.params.end();
  bool is_known = std::ranges::find(definition.params, "host", &model::ParamDef::field) != definition.params.end();
  if (is_there || !is_known) return;
  auto colon = instance.find(':');
  draft.set("host", std::ranges::count(instance, ':') == 1 ? instance.substr(0, colon) : instance);
}

void param(const Tree& node, const model::Definition& definition, Draft& draft) {
  if (node.kind != Tree::Kind::kMap)
    return draft.leave("params", "an entry is no map of field and value", "export it again, as JSON or YAML");
  Fields fields(&node);
  auto field = fields.text("field");
  auto type = fields.text("type");
  auto value = fields.raw("value");
  if (value.empty()) value = fields.raw("paramValue");
  if (trim(value).empty()) return;
  auto setting = fmt::format("params.{}", excerpt(field));
  auto def = std::ranges::find(definition.params, field, &model::ParamDef::field);
  if (def == definition.params.end())
    return draft.leave(setting, fmt::format("the definition {} has no such parameter", definition.app),
                       fmt::format("see `holter definitions show {}`", definition.app));
  if (type == kEncrypted && is_ciphertext(value))
    return draft.leave(setting, "its value is encrypted with a key that is not in the export",
                       "write the value into the output by hand");
  bool twice =
      std::ranges::find(draft.params, field, &std::pair<std::string, model::Node>::first) != draft.params.end();
  if (twice) return draft.leave(setting, "it stands there twice", "see which of the values is right");
  draft.set(field, def->type == model::ParamType::kPassword ? value : trim(value));
}

void schedule(Fields& monitor, Draft& draft) {
  auto intervals = monitor.text("intervals");
  auto cron = monitor.text("cronExpression");
  if (lower(monitor.text("scheduleType")) == "cron")
    draft.cron = cron;
  else
    draft.interval = seconds_text(intervals);
  if (draft.cron.empty() && draft.interval.empty() && !intervals.empty())
    draft.leave("intervals", "it is no number of seconds", "the interval is the default, 60s");
}

void read_item(const Tree& node, std::size_t index, Intake& intake) {
  Fields item(&node);
  const auto* map = item.take("monitor");
  Fields monitor(map);
  Draft draft{.name = monitor.text("name"), .app = lower(monitor.text("app"))};
  auto place = item_of("monitors", index, draft.name, map != nullptr ? *map : node);
  if (map == nullptr || map->kind != Tree::Kind::kMap)
    return intake.refuse(place, "it has no map 'monitor'", "export it again, as JSON or YAML");
  if (auto scrape = lower(monitor.text("scrape")); !scrape.empty() && scrape != "static")
    return intake.refuse(place, fmt::format("it discovers its targets ({})", excerpt(scrape)),
                         "write a monitor for each target");
  if (draft.app.starts_with("_prometheus_")) draft.app = "prometheus";
  auto definition = intake.definitions().find(draft.app);
  if (!definition)
    return intake.refuse(place, fmt::format("Holter has no definition of the application '{}'", excerpt(draft.app)),
                         "write one (docs/definitions.md), or see `holter definitions`");
  draft.paused = monitor.text("status") == "0";
  schedule(monitor, draft);
  for (auto& [key, value] : monitor.pairs("labels")) draft.label(std::move(key), value);
  if (const auto* params = item.take("params"); params != nullptr)
    for (const auto& entry : params->items) param(entry, *definition, draft);
  auto instance = monitor.text("instance");
  auto host = monitor.text("host");
  host_of(host.empty() ? instance : host, *definition, draft);

  monitor.skip({"id", "jobId", "type", "creator", "modifier", "gmtCreate", "gmtUpdate", "warehouseType"});
  item.skip({"metrics", "detected"});  // Holter asks for all metrics
  if (monitor.take("tags") != nullptr)
    draft.leave("tags", "they are numbers of a table that is not in the export", "write them as labels");
  if (monitor.take("annotations") != nullptr)
    draft.leave("annotations", "monitors have labels only", "add what matters to the labels");
  if (monitor.take("description") != nullptr)
    draft.leave("description", "monitors have labels only", "add what matters to the labels, or as a comment");
  if (monitor.take("collector") != nullptr || item.take("collector") != nullptr)
    draft.leave("collector", "Holter collects in one process", "nothing is to be done");
  if (const auto* dashboard = item.take("grafanaDashboard"); dashboard != nullptr)
    if (Fields fields(dashboard); fields.flag("enabled"))
      draft.leave("grafanaDashboard", "Holter has a page of its own", "nothing is to be done");
  draft.leave(monitor, "monitor.");
  draft.leave(item);
  intake.take(place, std::move(draft));
}

bool is_excel(std::string_view text) {
  return text.starts_with("PK\x03\x04") || text.starts_with("\xD0\xCF\x11\xE0");
}

}  // namespace

Status read_hertzbeat(const Input& input, Intake& intake) {
  intake.enter(input.name);
  if (is_excel(input.text))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: cannot read an Excel file: export the monitors as JSON or YAML", input.name));
  auto first = input.text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  bool json = first != std::string::npos && (input.text[first] == '[' || input.text[first] == '{');
  TRY(auto root, json ? read_json(input) : read_yaml(input));
  if (root.kind == Tree::Kind::kNull) return {};
  if (root.kind != Tree::Kind::kList)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: cannot use this file: a list of exported monitors is needed", input.name));
  for (std::size_t i = 0; i < root.items.size(); ++i) read_item(root.items[i], i, intake);
  return {};
}

}  // namespace holter::imports
