#include "define/definitions.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "define/definition_checks.h"
#include "define/extends.h"
#include "define/files.h"
#include "define/map_reader.h"
#include "define/params.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

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
    if (const auto* text = top.take_text("extends")) definition->extends = lower(*text);
    definition->name = i18n(top, "name");
    definition->help = i18n(top, "help");
    definition->help_link = i18n(top, "helpLink");
    each(top, "params", kMaxParams,
         [&](const YamlNode& node, const std::string& path) { definition->params.push_back(param(node, path)); });
    each(top, "metrics", kMaxSets,
         [&](const YamlNode& node, const std::string& path) { definition->sets.push_back(set(node, path)); });
    if (definition->sets.empty() && definition->extends.empty()) top.missing("metrics", "at least one set of metrics");
    check_definition(*definition, root, problems_);
    return definition;
  }

 private:
  model::I18n i18n(MapReader& reader, std::string_view key) {
    model::I18n texts;
    const auto* map = reader.take_map(key);
    for (std::size_t i = 0; map != nullptr && i < map->items.size(); ++i) {
      if (map->items[i].kind == YamlNode::Kind::kScalar)
        texts.emplace_back(map->keys[i].text, map->items[i].text);
      else if (map->items[i].kind != YamlNode::Kind::kNull)
        reader.error(map->items[i], key, "cannot use this value: languages and their texts are needed");
    }
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
      out.push_back(node.text);
      if (node.kind != YamlNode::Kind::kScalar)
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
    if (auto ok = check_param(def, def.default_value); !ok && ok.error().code() == ErrorCode::kInvalidArgument)
      problems_.add({Problem::Severity::kWarning, file_, node.find("defaultValue")->line,
                     node.find("defaultValue")->column, reader.path_of("defaultValue"), ok.error().message()});
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
    def.min_rows = static_cast<std::uint32_t>(reader.take_number("minRows", 0, 1'000'000, 0));
    def.interval = std::chrono::seconds(reader.take_number("interval", 0, 365 * 86'400, 0));
    each(reader, "fields", kMaxFields,
         [&](const YamlNode& f, const std::string& p) { def.fields.push_back(field(f, p)); });
    def.aliases = texts(reader, "aliasFields");
    if (def.aliases.empty())
      for (const auto& f : def.fields) def.aliases.push_back(f.field);
    pairs(reader, "calculates", "field=expression", [&](std::string left, std::string right) {
      for (auto at = right.find("\\#"); at != std::string::npos; at = right.find("\\#", at + 1)) right.erase(at, 1);
      def.calculates.push_back({std::move(left), std::move(right)});
      return true;
    });
    pairs(reader, "units", "field=FROM->TO", [&](std::string left, std::string_view right) {
      auto arrow = right.find("->");
      if (arrow == std::string_view::npos) return false;
      def.units.push_back({std::move(left), trimmed(right.substr(0, arrow)), trimmed(right.substr(arrow + 2))});
      return true;
    });
    def.filters = texts(reader, "filters");
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

  /// "field=right side" texts; one without "=" is ignored, as the format says. The visitor returns false for a right
  /// side that it ignores.
  template <class Visit>
  void pairs(MapReader& reader, std::string_view key, std::string_view form, Visit visit) {
    each(reader, key, kMaxFields, [&](const YamlNode& node, const std::string& path) {
      std::string_view text = node.text;
      auto at = text.find('=');
      if (at != std::string_view::npos && visit(trimmed(text.substr(0, at)), trimmed(text.substr(at + 1)))) return;
      bool scalar = node.kind == YamlNode::Kind::kScalar;
      problems_.add({scalar ? Problem::Severity::kWarning : Problem::Severity::kError, file_, node.line, node.column,
                     path,
                     scalar ? fmt::format("cannot use '{}': {} is needed; it is ignored", excerpt(text), form)
                            : "cannot use this value: a text is needed"});
    });
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
      const auto& at = *node.find("protocol");
      problems_.add(
          {Problem::Severity::kWarning, file_, at.line, at.column, reader.path_of("protocol"),
           fmt::format("cannot ask this set: this version has no protocol '{}', but {}{}", excerpt(*name),
                       fmt::join(names, ", "), near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near))});
      for (auto block : {std::string_view(*name), near})  // what is wrong has been said
        reader.take(block);
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
    def.dynamic = known->dynamic;
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

  const std::string file_;
  const std::span<const ProtocolKeys> protocols_;
  Problems& problems_;
};

static_assert(static_cast<int>(YamlNode::Kind::kNull) == static_cast<int>(model::Node::Kind::kNull) &&
              static_cast<int>(YamlNode::Kind::kScalar) == static_cast<int>(model::Node::Kind::kText) &&
              static_cast<int>(YamlNode::Kind::kList) == static_cast<int>(model::Node::Kind::kList) &&
              static_cast<int>(YamlNode::Kind::kMap) == static_cast<int>(model::Node::Kind::kMap));

std::shared_ptr<const model::Definition> load(const YamlSource& source, const YamlLimits& limits,
                                              std::span<const ProtocolKeys> protocols, Problems& problems) {
  auto before = problems.errors;
  std::shared_ptr<model::Definition> definition;
  within_memory(source.name, problems, [&] {
    YamlNode root;
    if (read_yaml(source, limits, problems, root)) definition = Builder(source.name, protocols, problems).build(root);
  });
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

void Registry::remove(std::string_view app) {
  std::erase_if(definitions_, [app](const auto& d) { return d->app == app; });
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
                                                         std::span<const ProtocolKeys> protocols, Problems& problems,
                                                         const YamlLimits& limits) {
  return load({path, text, true}, limits, protocols, problems);
}

std::shared_ptr<const model::Definition> load_definition(const std::string& path,
                                                         std::span<const ProtocolKeys> protocols, Problems& problems) {
  return load({path, {}, false}, {}, protocols, problems);
}

Registry read_definitions(std::span<const std::string> directories, std::span<const ProtocolKeys> protocols,
                          Problems& problems) {
  Registry registry;
  for (const auto& directory : directories) {
    Registry found;
    for (const auto& file : yaml_files(directory, Depth::kAllBelow, "definitions", problems)) {
      auto definition = load_definition(file, protocols, problems);
      if (definition == nullptr) continue;
      if (auto same = found.find(definition->app)) {
        problems.add(
            {Problem::Severity::kError, file, 0, 0, "app",
             fmt::format("cannot define '{}' twice: it stands in {} already", excerpt(definition->app), same->source)});
        continue;
      }
      found.add(definition);
      registry.add(std::move(definition));
    }
  }
  return registry;
}

Registry load_definitions(std::span<const std::string> directories, std::span<const ProtocolKeys> protocols,
                          Problems& problems) {
  auto registry = read_definitions(directories, protocols, problems);
  resolve_extends(registry, problems);
  return registry;
}

std::uint64_t fingerprint(std::span<const std::string> directories) {
  std::uint64_t hash = kHashSeed;
  for (const auto& directory : directories) {
    Problems ignored;  // what cannot be read is told when it is loaded
    for (const auto& file : yaml_files(directory, Depth::kAllBelow, "definitions", ignored)) {
      std::error_code failure;
      auto size = std::filesystem::file_size(file, failure);
      auto time = std::filesystem::last_write_time(file, failure).time_since_epoch().count();
      hash = hash_step(hash, fmt::format("{} {} {}", file, size, time));
    }
  }
  return mix64(hash);
}

}  // namespace holter::define
