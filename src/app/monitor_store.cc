#include "app/monitor_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "define/params.h"

namespace holter::app {
namespace {

using api::Problem;
using define::YamlNode;
using model::ParamType;

constexpr std::string_view kZone = "CRON_TZ=";

YamlNode text(std::string value) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(value)};
}

YamlNode empty_map() {
  return {.kind = YamlNode::Kind::kMap};
}

YamlNode* find(YamlNode& map, std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(map).find(key));  // NOLINT: the map itself is not const
}

void put(YamlNode& map, std::string_view key, YamlNode value) {
  if (auto* there = find(map, key)) {
    *there = std::move(value);
    return;
  }
  map.keys.push_back({std::string(key)});
  map.items.push_back(std::move(value));
}

std::optional<YamlNode> take(YamlNode& map, std::string_view key) {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (map.keys[i].text != key) continue;
    auto at = static_cast<std::ptrdiff_t>(i);
    auto value = std::move(map.items[i]);
    map.keys.erase(map.keys.begin() + at);
    map.items.erase(map.items.begin() + at);
    return value;
  }
  return std::nullopt;
}

bool is_given(const YamlNode& map, std::string_view key) {
  const auto* node = map.find(key);
  return node != nullptr && node->kind != YamlNode::Kind::kNull;
}

std::string text_of(const YamlNode& map, std::string_view key) {
  const auto* node = map.find(key);
  return node != nullptr && node->kind == YamlNode::Kind::kScalar ? define::trimmed(node->text) : "";
}

YamlNode map_of(const model::Labels& texts) {
  auto map = empty_map();
  for (const auto& [key, value] : texts) put(map, key, text(value));
  return map;
}

/// {set: true} or {set: false}, which stands where a secret is, or where parents are that stay.
std::optional<bool> mark_of(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kMap || node.keys.size() != 1 || node.keys[0].text != "set") return std::nullopt;
  return node.items[0].text == "true";
}

YamlNode set_mark() {
  auto mark = empty_map();
  put(mark, "set", text("true"));
  return mark;
}

Problem bad(std::string field, std::string message) {
  return {400, std::move(message), std::move(field), 0};
}

/// A definition's parameters that decide where secrets go.
bool is_address(const model::ParamDef& def) {
  auto field = def.field;
  std::ranges::transform(field, field.begin(), [](unsigned char c) { return std::tolower(c); });
  return def.type == ParamType::kHost || field.ends_with("port") || field.ends_with("host") || field.ends_with("url");
}

const catalog::MonitorParam* find(const catalog::Monitor& monitor, std::string_view field) {
  auto found = std::ranges::find(monitor.params, field, &catalog::MonitorParam::field);
  return found == monitor.params.end() ? nullptr : &*found;
}

/// The field of an address that is another than before; empty: none.
std::string_view moved(const model::Monitor& now, const catalog::Monitor& before) {
  if (now.definition->app != before.app) return "app";
  for (const auto& def : now.definition->params) {
    if (!is_address(def)) continue;
    const auto* value = now.param(def.field);
    const auto* stored = find(before, def.field);
    auto old = stored != nullptr ? stored->value : def.default_value;
    if (old != (value != nullptr ? *value : def.default_value)) return def.field;
  }
  return {};
}

/// A map of texts under a key that files do not have.
api::Answered<model::Labels> take_texts(YamlNode& fields, std::string_view key) {
  auto node = take(fields, key);
  model::Labels texts;
  if (!node || node->kind == YamlNode::Kind::kNull) return texts;
  bool good = node->kind == YamlNode::Kind::kMap &&
              std::ranges::all_of(node->items, [](const auto& i) { return i.kind == YamlNode::Kind::kScalar; });
  if (!good) return bad(std::string(key), "cannot use this value: a map of texts is needed");
  for (std::size_t i = 0; i < node->keys.size(); ++i) texts.emplace_back(node->keys[i].text, node->items[i].text);
  std::ranges::sort(texts);
  return texts;
}

api::Answered<std::string> take_text(YamlNode& fields, std::string_view key) {
  auto node = take(fields, key);
  if (!node || node->kind == YamlNode::Kind::kNull) return std::string();
  if (node->kind != YamlNode::Kind::kScalar) return bad(std::string(key), "cannot use this value: a text is needed");
  return std::move(node->text);
}

Problem first_of(const define::Problems& problems) {
  auto found = std::ranges::find(problems.list, define::Problem::Severity::kError, &define::Problem::severity);
  if (found == problems.list.end()) return {400, "cannot use the monitor", "", 0};
  return bad(found->key, found->message);
}

}  // namespace

std::vector<MonitorId> all_parents(const catalog::Monitor& monitor) {
  auto parents = monitor.parents;
  for (const auto& name : monitor.file_parents) parents.push_back({stable_hash(name)});
  return parents;
}

std::string sealed_context(MonitorId id, std::string_view field) {
  return fmt::format("monitor {} {}", id.value, field);
}

std::string stored_cron(const std::string& cron, const std::string& zone) {
  return cron.empty() || zone.empty() ? cron : fmt::format("{}{} {}", kZone, zone, cron);
}

CronText cron_of(const std::string& stored) {
  auto blank = stored.find(' ');
  if (!stored.starts_with(kZone) || blank == std::string::npos) return {stored, ""};
  return {stored.substr(blank + 1), stored.substr(kZone.size(), blank - kZone.size())};
}

std::shared_ptr<const model::Definition> MonitorStore::definition_of(const YamlNode& fields) const {
  auto app = text_of(fields, "app");
  std::ranges::transform(app, app.begin(), [](unsigned char c) { return std::tolower(c); });
  return definitions_.find(app);
}

api::Answered<std::vector<std::string>> MonitorStore::put_secrets(const model::Definition& definition, YamlNode& fields,
                                                                  const catalog::Monitor* before) const {
  std::vector<std::string> kept;
  auto* params = find(fields, "params");
  if (params == nullptr || params->kind != YamlNode::Kind::kMap) return kept;
  for (const auto& def : definition.params) {
    auto* node = find(*params, def.field);
    if (def.type != ParamType::kPassword || node == nullptr) continue;
    auto mark = mark_of(*node);
    if (!mark) continue;
    if (!*mark) {
      *node = YamlNode();
      continue;
    }
    auto at = fmt::format("params.{}", def.field);
    const auto* stored = before != nullptr ? find(*before, def.field) : nullptr;
    if (stored == nullptr || !stored->sealed)
      return Problem{422, fmt::format("cannot keep '{}': none is stored; give it", def.field), at, 0};
    auto plain = keyring_.open(stored->value, sealed_context(before->id, def.field));
    if (!plain) return Problem{422, plain.error().message() + "; give it again", at, 0};
    *node = text(std::string(plain->view()));
    kept.push_back(def.field);
  }
  return kept;
}

api::Answered<MonitorStore::Checked> MonitorStore::read(YamlNode fields, const catalog::Monitor* before,
                                                        Keep keep) const {
  auto description = take_text(fields, "description");
  if (!description) return std::move(description).error();
  auto annotations = take_texts(fields, "annotations");
  if (!annotations) return std::move(annotations).error();
  bool keeps_parents = false;
  if (auto* parents = find(fields, "depends_on"); parents != nullptr && mark_of(*parents)) {
    keeps_parents = *mark_of(*parents);
    (void)take(fields, "depends_on");
    if (keeps_parents && before == nullptr)
      return Problem{422, "cannot keep what it depends on: nothing is stored; name it", "depends_on", 0};
  }
  std::vector<std::string> kept;
  if (auto definition = definition_of(fields)) {
    auto known = put_secrets(*definition, fields, before);
    if (!known) return std::move(known).error();
    kept = std::move(*known);
  }
  define::MonitorReader reader(definitions_, config_.collect.min_interval);
  define::Problems problems;
  define::Placement place;
  auto model = reader.read(fields, problems, &place);
  if (!model) return first_of(problems);
  if (!kept.empty())
    if (auto field = moved(*model, *before); !field.empty())
      return Problem{422,
                     fmt::format("cannot send the stored '{}' elsewhere ('{}' is another than before): give it again",
                                 kept.front(), field),
                     fmt::format("params.{}", kept.front()), 0};

  Checked checked;
  auto& stored = checked.stored;
  if (before != nullptr) stored = *before;
  stored.name = model->name;
  stored.app = model->definition->app;
  stored.paused = model->paused;
  stored.interval = model->interval;
  stored.cron = stored_cron(text_of(fields, "cron"), text_of(fields, "timezone"));
  stored.criticality = model->criticality;
  stored.labels = *model->labels;
  stored.annotations = std::move(*annotations);
  stored.description = std::move(*description);
  stored.folder = std::move(place.folder);
  if (!keeps_parents) {
    stored.parents.clear();
    checked.former = std::exchange(stored.file_parents, {});
  }
  checked.depends_on = std::move(place.depends_on);
  if (before == nullptr) stored.owner = "api";
  stored.params.clear();
  for (const auto& [index, value] : model->params) {
    const auto& def = model->definition->params[index];
    bool secret = def.type == ParamType::kPassword && !value.empty();
    bool same = secret && keep == Keep::kSealed && std::ranges::find(kept, def.field) != kept.end();
    stored.params.push_back(
        {def.field, std::string(define::to_string(def.type)), same ? find(*before, def.field)->value : value, secret});
    if (secret && !same) checked.fresh.push_back(def.field);
  }
  model->id = stored.id;
  checked.model = std::move(*model);
  return checked;
}

YamlNode MonitorStore::fields_of(const catalog::Monitor& monitor) {
  auto fields = empty_map();
  put(fields, "name", text(monitor.name));
  put(fields, "app", text(monitor.app));
  if (auto [cron, zone] = cron_of(monitor.cron); !cron.empty()) {
    put(fields, "cron", text(cron));
    if (!zone.empty()) put(fields, "timezone", text(zone));
  } else {
    put(fields, "interval", text(fmt::format("{}ms", monitor.interval.count())));
  }
  put(fields, "criticality", text(std::string(model::to_string(monitor.criticality))));
  put(fields, "paused", text(monitor.paused ? "true" : "false"));
  put(fields, "labels", map_of(monitor.labels));
  put(fields, "annotations", map_of(monitor.annotations));
  put(fields, "description", text(monitor.description));
  put(fields, "folder", text(monitor.folder));
  if (!monitor.parents.empty() || !monitor.file_parents.empty()) put(fields, "depends_on", set_mark());
  auto params = empty_map();
  for (const auto& param : monitor.params) put(params, param.field, param.sealed ? set_mark() : text(param.value));
  put(fields, "params", std::move(params));
  return fields;
}

YamlNode MonitorStore::exported(const catalog::Monitor& monitor, const std::vector<std::string>& parents) {
  auto fields = fields_of(monitor);
  if (parents.empty()) return fields;
  YamlNode names{.kind = YamlNode::Kind::kList};
  for (const auto& name : parents) names.items.push_back(text(name));
  put(fields, "depends_on", std::move(names));
  return fields;
}

namespace {

/// RFC 7396, section 2.
void lay_over(YamlNode& target, YamlNode patch) {
  if (patch.kind != YamlNode::Kind::kMap) {
    target = std::move(patch);
    return;
  }
  if (target.kind != YamlNode::Kind::kMap) target = empty_map();
  for (std::size_t i = 0; i < patch.keys.size(); ++i) {
    const auto& key = patch.keys[i].text;
    if (patch.items[i].kind == YamlNode::Kind::kNull) {
      (void)take(target, key);  // what is not there stays away
      continue;
    }
    if (find(target, key) == nullptr) put(target, key, YamlNode());
    lay_over(*find(target, key), std::move(patch.items[i]));
  }
}

}  // namespace

YamlNode MonitorStore::patched(YamlNode fields, YamlNode patch) {
  // Of two ways to say when, the one that is given counts.
  if (is_given(patch, "cron")) (void)take(fields, "interval");
  if (is_given(patch, "interval"))
    for (auto key : {"cron", "timezone"})
      if (!is_given(patch, key)) (void)take(fields, key);
  if (const auto* cron = std::as_const(patch).find("cron"); cron != nullptr && cron->kind == YamlNode::Kind::kNull)
    (void)take(fields, "timezone");
  // A secret is replaced as a whole: its mark is no map to be laid over.
  if (auto* params = find(fields, "params"))
    if (const auto* fresh = std::as_const(patch).find("params"); fresh != nullptr)
      for (std::size_t i = 0; i < fresh->keys.size() && i < fresh->items.size(); ++i)
        if (auto* old = find(*params, fresh->keys[i].text); old != nullptr && mark_of(*old)) *old = YamlNode();
  lay_over(fields, std::move(patch));
  return fields;
}

Status MonitorStore::seal(const secrets::Keyring& keyring, catalog::Monitor& monitor,
                          const std::vector<std::string>& fresh) {
  for (auto& param : monitor.params) {
    if (std::ranges::find(fresh, param.field) == fresh.end()) continue;
    TRY(param.value, keyring.seal(param.value, sealed_context(monitor.id, param.field)));
  }
  return {};
}

Result<model::Monitor> MonitorStore::open(const catalog::Monitor& monitor, define::MonitorReader& reader) const {
  auto fields = fields_of(monitor);
  (void)take(fields, "description");
  (void)take(fields, "annotations");
  (void)take(fields, "depends_on");  // its parents are known by their ids
  auto& params = *find(fields, "params");
  for (const auto& param : monitor.params) {
    if (!param.sealed) continue;
    TRY(auto plain, keyring_.open(param.value, sealed_context(monitor.id, param.field)));
    *find(params, param.field) = text(std::string(plain.view()));
  }
  define::Problems problems;
  auto model = reader.read(fields, problems);
  if (!model) {
    auto problem = first_of(problems);
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}{}{}", problem.parameter, problem.parameter.empty() ? "" : ": ", problem.detail));
  }
  model->id = monitor.id;
  return std::move(*model);
}

Result<model::Monitor> MonitorStore::open(const catalog::Monitor& monitor) const {
  define::MonitorReader reader(definitions_, config_.collect.min_interval);
  return open(monitor, reader);
}

model::Monitor MonitorStore::stand_in(const catalog::Monitor& monitor) {
  auto& known = stand_ins_[monitor.app];
  auto definition = known.lock();
  if (!definition) {
    auto fresh = std::make_shared<model::Definition>();
    fresh->app = monitor.app;
    definition = fresh;
    known = fresh;
    std::erase_if(stand_ins_, [](const auto& entry) { return entry.second.expired(); });
  }
  return {.id = monitor.id,
          .name = monitor.name,
          .definition = std::move(definition),
          .labels = std::make_shared<const model::Labels>(monitor.labels),
          .interval = monitor.interval,
          .criticality = monitor.criticality,
          .paused = true};
}

std::vector<api::ParamValue> MonitorStore::params_of(const catalog::Monitor& monitor) const {
  std::vector<api::ParamValue> params;
  auto definition = definitions_.find(monitor.app);
  for (const auto& param : monitor.params)
    params.push_back({param.field, param.sealed ? "" : param.value, param.sealed});
  if (!definition) return params;
  for (const auto& def : definition->params)
    if (def.has_default && find(monitor, def.field) == nullptr)
      params.push_back({def.field, def.type == ParamType::kPassword ? "" : def.default_value,
                        def.type == ParamType::kPassword && !def.default_value.empty()});
  return params;
}

}  // namespace holter::app
