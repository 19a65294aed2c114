#include "define/definitions.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/units.h"
#include "define/map_reader.h"
#include "define/params.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

constexpr std::size_t kMaxParams = 200;
constexpr std::size_t kMaxSets = 200;
constexpr std::size_t kMaxFields = 500;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// Builds one definition; everything that is wrong is noted, and what is right is read all the same.
class Builder {
 public:
  Builder(std::string file, std::span<const ProtocolKeys> protocols, Problems& problems)
      : file_(std::move(file)), protocols_(protocols), problems_(problems) {}

  std::shared_ptr<model::Definition> build(const YamlNode& root) {
    auto definition = std::make_shared<model::Definition>();
    definition->source = file_;
    MapReader top(file_, root, "", problems_, Problem::Severity::kWarning);
    if (!top.is_map()) return definition;
    if (const auto* text = top.take_text("category")) definition->category = *text;
    if (const auto* text = top.take_text("app")) definition->app = lower(*text);
    if (definition->app.empty()) top.missing("app", "the application's name");
    definition->name = i18n(top, "name");
    definition->help = i18n(top, "help");
    definition->help_link = i18n(top, "helpLink");
    each(top, "params", kMaxParams,
         [&](const YamlNode& node, const std::string& path) { definition->params.push_back(param(node, path)); });
    each(top, "metrics", kMaxSets,
         [&](const YamlNode& node, const std::string& path) { definition->sets.push_back(set(node, path)); });
    if (definition->sets.empty()) top.missing("metrics", "at least one set of metrics");
    check_names(*definition, root);
    return definition;
  }

 private:
  model::I18n i18n(MapReader& reader, std::string_view key) {
    model::I18n texts;
    const auto* map = reader.take_map(key);
    for (std::size_t i = 0; map != nullptr && i < map->items.size(); ++i)
      if (map->items[i].kind == YamlNode::Kind::kScalar) texts.emplace_back(map->keys[i].text, map->items[i].text);
    return texts;
  }

  template <class Visit>
  void each(MapReader& reader, std::string_view key, std::size_t most, Visit visit) {
    const auto* list = reader.take_list(key);
    if (list == nullptr) return;
    if (list->items.size() > most) {
      reader.error(*list, key, fmt::format("cannot use {} elements: at most {} are allowed", list->items.size(), most));
      return;
    }
    for (std::size_t i = 0; i < list->items.size(); ++i)
      visit(list->items[i], fmt::format("{}[{}]", reader.path_of(key), i));
  }

  std::vector<std::string> texts(MapReader& reader, std::string_view key) {
    std::vector<std::string> out;
    each(reader, key, kMaxFields, [&](const YamlNode& node, const std::string& path) {
      if (node.kind == YamlNode::Kind::kScalar)
        out.push_back(node.text);
      else
        problems_.add({Problem::Severity::kError, file_, node.line, node.column, path,
                       "cannot use this value: a text is needed"});
    });
    return out;
  }

  model::ParamDef param(const YamlNode& node, const std::string& path) {
    model::ParamDef def;
    MapReader reader(file_, node, path, problems_, Problem::Severity::kWarning);
    if (const auto* text = reader.take_text("field")) def.field = *text;
    if (def.field.empty()) reader.missing("field", "the parameter's name");
    def.name = i18n(reader, "name");
    if (const auto* text = reader.take_text("type")) {
      if (auto type = param_type(*text))
        def.type = *type;
      else
        reader.error(*node.find("type"), "type", unknown_type(*text));
    } else {
      reader.missing("type", "the parameter's type");
    }
    def.required = reader.take_bool("required", false);
    def.hide = reader.take_bool("hide", false);
    if (const auto* text = reader.take_text("defaultValue")) {
      def.default_value = *text;
      def.has_default = !text->empty();
    }
    if (const auto* text = reader.take_text("range")) {
      def.range = *text;
      if (auto ok = check_range(def.range, 0); !ok && ok.error().code() == ErrorCode::kCorruption)
        reader.error(*node.find("range"), "range", ok.error().message());
    }
    def.limit = static_cast<std::size_t>(reader.take_number("limit", 0, 1 << 20, 0));
    if (const auto* text = reader.take_text("placeholder")) def.placeholder = *text;
    for (auto caption : {"keyAlias", "valueAlias"}) reader.take_text(caption);
    options(reader, def);
    depend(reader, def);
    return def;
  }

  void options(MapReader& reader, model::ParamDef& def) {
    each(reader, "options", kMaxFields, [&](const YamlNode& node, const std::string& path) {
      MapReader option(file_, node, path, problems_, Problem::Severity::kWarning);
      const auto* label = option.take_text("label");
      const auto* value = option.take_text("value");
      if (value == nullptr) option.missing("value", "the option's value");
      def.options.push_back({label != nullptr ? *label : "", value != nullptr ? *value : ""});
    });
  }

  void depend(MapReader& reader, model::ParamDef& def) {
    const auto* map = reader.take_map("depend");
    if (map == nullptr) return;
    MapReader depends(file_, *map, reader.path_of("depend"), problems_);
    depends.take_all();
    for (const auto& key : map->keys) def.depend.emplace_back(key.text, texts(depends, key.text));
  }

  model::SetDef set(const YamlNode& node, const std::string& path) {
    model::SetDef def;
    MapReader reader(file_, node, path, problems_, Problem::Severity::kWarning);
    if (const auto* text = reader.take_text("name")) def.name = *text;
    if (def.name.empty()) reader.missing("name", "the set's name");
    def.i18n = i18n(reader, "i18n");
    def.priority = static_cast<int>(reader.take_number("priority", 0, 127, 127));
    def.visible = reader.take_bool("visible", true);
    def.interval = std::chrono::seconds(reader.take_number("interval", 0, 365 * 86'400, 0));
    each(reader, "fields", kMaxFields,
         [&](const YamlNode& f, const std::string& p) { def.fields.push_back(field(f, p)); });
    def.aliases = texts(reader, "aliasFields");
    if (def.aliases.empty())
      for (const auto& f : def.fields) def.aliases.push_back(f.field);
    pairs(reader, "calculates", "=", [&](auto left, auto right) { def.calculates.push_back({left, right}); });
    pairs(reader, "units", "=", [&](const std::string& left, const std::string& right) {
      auto arrow = right.find("->");
      if (arrow != std::string::npos)
        def.units.push_back({left, trimmed(right.substr(0, arrow)), trimmed(right.substr(arrow + 2))});
    });
    texts(reader, "filters");
    protocol(reader, node, def);
    return def;
  }

  model::FieldDef field(const YamlNode& node, const std::string& path) {
    model::FieldDef def;
    MapReader reader(file_, node, path, problems_, Problem::Severity::kWarning);
    if (const auto* text = reader.take_text("field")) def.field = *text;
    if (def.field.empty()) reader.missing("field", "the field's name");
    def.type = static_cast<model::FieldType>(reader.take_number("type", 0, 3, 1));
    def.i18n = i18n(reader, "i18n");
    if (const auto* text = reader.take_text("unit")) def.unit = *text;
    def.label = reader.take_bool("label", false);
    return def;
  }

  static std::string trimmed(std::string_view text) {
    auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? ""
                                           : std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
  }

  /// "left<separator>right" texts; entries without a separator are ignored, as the format says.
  template <class Visit>
  void pairs(MapReader& reader, std::string_view key, std::string_view separator, Visit visit) {
    for (const auto& text : texts(reader, key)) {
      auto at = text.find(separator);
      if (at == std::string::npos) continue;
      auto right = trimmed(std::string_view(text).substr(at + separator.size()));
      for (std::size_t i; (i = right.find("\\#")) != std::string::npos;) right.erase(i, 1);
      visit(trimmed(std::string_view(text).substr(0, at)), right);
    }
  }

  void protocol(MapReader& reader, const YamlNode& node, model::SetDef& def) {
    const auto* name = reader.take_text("protocol");
    if (name == nullptr) {
      reader.missing("protocol", "the protocol");
      return;
    }
    def.protocol = *name;
    auto known = std::ranges::find(protocols_, std::string_view(*name), &ProtocolKeys::protocol);
    if (known == protocols_.end()) {
      std::vector<std::string_view> names;
      for (const auto& p : protocols_) names.push_back(p.protocol);
      auto near = nearest_in(*name, names);
      reader.error(*node.find("protocol"), "protocol",
                   fmt::format("cannot use the protocol '{}': this version has {}{}", excerpt(*name),
                               fmt::join(names, ", "), near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
      reader.take(*name);
      return;
    }
    const auto* block = reader.take_map(known->block);
    if (block == nullptr) {
      reader.missing(known->block, fmt::format("the block '{}' of the protocol {}", known->block, *name));
      return;
    }
    {
      MapReader keys(file_, *block, reader.path_of(known->block), problems_, Problem::Severity::kWarning);
      for (auto key : known->keys) keys.take(key);
      for (auto key : known->required)
        if (block->find(key) == nullptr) keys.missing(key, fmt::format("'{}'", key));
    }
    def.block = to_model(*block);
  }

  static model::Node to_model(const YamlNode& node) {
    model::Node out;
    out.kind = static_cast<model::Node::Kind>(node.kind);
    out.text = node.text;
    for (const auto& item : node.items) out.items.push_back(to_model(item));
    for (const auto& key : node.keys) out.keys.push_back(key.text);
    return out;
  }

  void check_names(const model::Definition& definition, const YamlNode& root) {
    auto twice = [&](std::string_view where, std::string_view name) {
      problems_.add({Problem::Severity::kError, file_, root.line, root.column, std::string(where),
                     fmt::format("cannot use the name '{}' twice", excerpt(name))});
    };
    std::set<std::string_view> names;
    for (const auto& p : definition.params)
      if (!names.insert(p.field).second) twice("params", p.field);
    names.clear();
    bool decides = false;
    for (const auto& s : definition.sets) {
      if (!names.insert(s.name).second) twice("metrics", s.name);
      decides = decides || s.priority == 0;
      std::set<std::string_view> fields;
      for (const auto& f : s.fields)
        if (!fields.insert(f.field).second) twice(fmt::format("metrics {}", s.name), f.field);
    }
    if (!decides && !definition.sets.empty())
      problems_.add({Problem::Severity::kError, file_, root.line, root.column, "metrics",
                     "cannot tell UP from DOWN: a set of priority 0 is needed"});
  }

  const std::string file_;
  const std::span<const ProtocolKeys> protocols_;
  Problems& problems_;
};

static_assert(static_cast<int>(YamlNode::Kind::kNull) == static_cast<int>(model::Node::Kind::kNull) &&
              static_cast<int>(YamlNode::Kind::kScalar) == static_cast<int>(model::Node::Kind::kText) &&
              static_cast<int>(YamlNode::Kind::kList) == static_cast<int>(model::Node::Kind::kList) &&
              static_cast<int>(YamlNode::Kind::kMap) == static_cast<int>(model::Node::Kind::kMap));

std::shared_ptr<const model::Definition> load(const YamlSource& source, std::span<const ProtocolKeys> protocols,
                                              Problems& problems) {
  auto before = problems.errors;
  YamlNode root;
  if (!read_yaml(source, {}, problems, root)) return nullptr;
  auto definition = Builder(source.name, protocols, problems).build(root);
  return problems.errors == before ? definition : nullptr;
}

}  // namespace

void Registry::add(std::shared_ptr<const model::Definition> definition) {
  auto at = std::ranges::lower_bound(definitions_, definition->app, {},
                                     [](const auto& d) { return std::string_view(d->app); });
  if (at != definitions_.end() && (*at)->app == definition->app)
    *at = std::move(definition);
  else
    definitions_.insert(at, std::move(definition));
}

std::shared_ptr<const model::Definition> Registry::find(std::string_view app) const {
  auto at = std::ranges::lower_bound(definitions_, app, {}, [](const auto& d) { return std::string_view(d->app); });
  return at != definitions_.end() && (*at)->app == app ? *at : nullptr;
}

std::vector<std::string_view> Registry::apps() const {
  std::vector<std::string_view> out;
  for (const auto& d : definitions_) out.push_back(d->app);
  return out;
}

std::shared_ptr<const model::Definition> load_definition(const std::string& path, std::string_view text,
                                                         std::span<const ProtocolKeys> protocols, Problems& problems) {
  return load({path, text, true}, protocols, problems);
}

Registry load_definitions(const std::string& directory, std::span<const ProtocolKeys> protocols, Problems& problems) {
  namespace fs = std::filesystem;
  Registry registry;
  std::vector<std::string> files;
  std::error_code failure;
  constexpr std::size_t kMostFiles = 10'000;
  for (fs::recursive_directory_iterator it(directory, failure), end; !failure && it != end && files.size() < kMostFiles;
       it.increment(failure))
    if (it->path().extension() == ".yml" && it->is_regular_file(failure)) files.push_back(it->path().string());
  if (failure) {
    problems.add({Problem::Severity::kError, directory, 0, 0, "definitions",
                  fmt::format("cannot read the directory: {}", failure.message())});
    return registry;
  }
  std::ranges::sort(files);
  for (const auto& file : files)
    if (auto definition = load({file, {}, false}, protocols, problems)) registry.add(std::move(definition));
  return registry;
}

}  // namespace holter::define
