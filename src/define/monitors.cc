#include "define/monitors.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "define/cron.h"
#include "define/files.h"
#include "define/map_reader.h"
#include "define/params.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

using model::Criticality;
using model::ParamType;

constexpr YamlLimits kLimits{.max_bytes = 64 << 20, .max_depth = 8, .max_nodes = 10'000};
constexpr std::size_t kMostMonitors = 1'000'000;
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kMostLabels = 32;
constexpr std::size_t kLongestLabelKey = 100;
constexpr std::size_t kLongestLabel = 500;

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Text of a parameter's value: scalars as they are; a map of a key-value parameter as JSON; a list of an array one
/// joined by commas. Errors: kInvalidArgument for another kind.
Result<std::string> param_text(const model::ParamDef& def, const YamlNode& node) {
  using Kind = YamlNode::Kind;
  if (node.kind == Kind::kScalar) return trimmed(node.text);
  if (def.type == ParamType::kKeyValue) {
    boost::json::object object;
    bool texts = node.kind == Kind::kMap;
    for (std::size_t i = 0; texts && i < node.items.size(); ++i) {
      texts = node.items[i].kind == Kind::kScalar;
      object[node.keys[i].text] = node.items[i].text;
    }
    if (!texts) return invalid("cannot use this value: a map of texts is needed");
    return boost::json::serialize(object);
  }
  if (def.type == ParamType::kArray) {
    if (node.kind != Kind::kList || node.items.empty())
      return invalid("cannot use this value: a list of at least one text is needed");
    std::string out;
    for (const auto& item : node.items) {
      if (item.kind != Kind::kScalar || item.text.find(',') != std::string::npos)
        return invalid("cannot use this value: a list of texts without commas is needed");
      out += (out.empty() ? "" : ",") + item.text;
    }
    return out;
  }
  return invalid("cannot use this value: a text or a number is needed");
}

std::string missing_param(const model::Definition& definition, const model::ParamDef& def) {
  return fmt::format("cannot do without the parameter '{}' of {}: it is missing", def.field, definition.app);
}

class Loader {
 public:
  Loader(const Registry& registry, std::chrono::milliseconds min_interval, Problems& problems, const MonitorSink& sink,
         MonitorFiles* numbered = nullptr)
      : registry_(registry),
        min_interval_(min_interval),
        problems_(problems),
        sink_(sink),
        numbered_(numbered),
        no_labels_(std::make_shared<model::Labels>()) {}

  void file(const std::string& path) { read({path, {}, false}); }

  void read(const YamlSource& source) {
    const auto& path = source.name;
    std::size_t index = 0;
    files_.push_back(path);
    if (numbered_ != nullptr) numbered_->current = number_of(path);
    auto element = [&](const YamlNode& node) {
      monitor(path, node, index++);
      if (!stopped_ && names_.size() <= kMostMonitors && problems_.errors < Problems::kMost) return true;
      if (names_.size() > kMostMonitors)
        problems_.add({Problem::Severity::kError, path, node.line, node.column, "monitors",
                       fmt::format("cannot use more than {} monitors", kMostMonitors)});
      return false;
    };
    auto other = [&](const YamlNode::Key& key, const YamlNode&) {
      auto hint = nearest(key.text, {"monitors"}).empty() ? "the only key is 'monitors'" : "did you mean 'monitors'?";
      problems_.add({Problem::Severity::kError, path, key.line, key.column, key.text,
                     fmt::format("cannot use the unknown key '{}' ({})", excerpt(key.text), hint)});
    };
    stream_yaml_list(source, kLimits, "monitors", problems_, element, other);
  }

  /// Nothing, with an error in the problems, for what is none.
  std::optional<model::Monitor> read_one(const std::string& file, const YamlNode& node, const std::string& path) {
    auto before = problems_.errors;
    place_ = {};
    model::Monitor monitor{.labels = no_labels_};
    {
      MapReader reader(file, node, path, problems_);
      if (!reader.is_map()) return std::nullopt;
      fill(file, node, reader, monitor);
    }
    return problems_.errors == before ? std::optional(std::move(monitor)) : std::nullopt;
  }

  /// Of what was read last.
  Placement take_place() { return std::move(place_); }

  /// After the last file.
  void check_dependencies() {
    auto missing =
        dependencies_.finish(files_, [this](std::uint64_t name) { return names_.contains(name); }, problems_);
    if (numbered_ != nullptr) numbered_->missing = std::move(missing);
  }

 private:
  std::uint16_t number_of(const std::string& path) {
    auto& names = numbered_->names;
    auto index = static_cast<std::size_t>(std::ranges::find(names, path) - names.begin());
    if (index == names.size()) names.push_back(path);
    return static_cast<std::uint16_t>(std::min<std::size_t>(index + 1, std::numeric_limits<std::uint16_t>::max()));
  }

  void monitor(const std::string& file, const YamlNode& node, std::size_t index) {
    auto path = fmt::format("monitors[{}]", index);
    auto read = read_one(file, node, path);
    if (!read || !claim_name(file, node, path, *read)) return;
    if (const auto* list = node.find("depends_on"))
      dependencies_.add(
          read->name, place_.depends_on,
          {static_cast<std::uint32_t>(files_.size() - 1), static_cast<std::uint32_t>(index), list->line, list->column});
    if (numbered_ != nullptr) numbered_->place = std::move(place_);
    stopped_ = !sink_(std::move(*read));
  }

  void fill(const std::string& file, const YamlNode& node, MapReader& reader, model::Monitor& monitor) {
    if (const auto* name = reader.take_text("name")) monitor.name = trimmed(*name);
    const auto* app = reader.take_text("app");
    if (monitor.name.empty()) reader.missing("name", "a name");
    if (monitor.name.size() > kLongestName)
      reader.error(
          *node.find("name"), "name",
          fmt::format("cannot use a name of {} bytes: at most {} are allowed", monitor.name.size(), kLongestName));
    if (has_control(monitor.name))
      reader.error(*node.find("name"), "name",
                   fmt::format("cannot use the name '{}': it has control characters", excerpt(monitor.name)));
    if (app != nullptr)
      find_app(reader, node, *app, monitor);
    else
      reader.missing("app", "the application to monitor");
    interval(reader, node, monitor);
    cron(reader, node, monitor);
    criticality(reader, node, monitor);
    monitor.paused = reader.take_bool("paused", false);
    labels(reader, monitor);
    place_ = take_placement(reader, node, monitor.name);
    auto before_params = problems_.errors;
    const auto* params = reader.take_map("params");
    if (monitor.definition && problems_.errors == before_params)
      read_params(file, node, params, reader.path_of("params"), monitor);
  }

  void find_app(MapReader& reader, const YamlNode& node, const std::string& app, model::Monitor& monitor) {
    std::string key(app);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return std::tolower(c); });
    monitor.definition = registry_.find(key);
    if (monitor.definition) return;
    auto apps = registry_.apps();
    auto near = nearest_in(key, apps);
    reader.error(*node.find("app"), "app",
                 fmt::format("cannot find the application '{}': there is no such definition ({})", excerpt(app),
                             near.empty() ? fmt::format("known: {}", fmt::join(apps, ", "))
                                          : fmt::format("did you mean '{}'?", near)));
  }

  void interval(MapReader& reader, const YamlNode& node, model::Monitor& monitor) {
    const auto* text = reader.take_text("interval");
    if (text == nullptr) return;
    auto value = parse_duration(*text);
    if (!value)
      reader.error(*node.find("interval"), "interval", value.error().message());
    else if (*value < min_interval_ || *value > std::chrono::hours(24 * 366))
      reader.error(*node.find("interval"), "interval",
                   fmt::format("cannot use {}: an interval of {} to 366d is needed (collect.min_interval)", *text,
                               format_duration(min_interval_)));
    else
      monitor.interval = *value;
  }

  void cron(MapReader& reader, const YamlNode& node, model::Monitor& monitor) {
    const auto* text = reader.take_text("cron");
    const auto* zone = reader.take_text("timezone");
    if (text == nullptr) {
      if (zone != nullptr)
        reader.error(*node.find("timezone"), "timezone", "cannot use a time zone without cron: an interval has none");
      return;
    }
    if (node.find("interval") != nullptr)
      reader.error(*node.find("cron"), "cron", "cannot use both cron and interval: one of them is needed");
    auto& known = crons_[{*text, zone != nullptr ? *zone : ""}];
    if (!known.cron) {
      auto fields = parse_cron(*text);
      if (!fields) return reader.error(*node.find("cron"), "cron", fields.error().message());
      auto made = model::Cron::make(*fields, *text, zone != nullptr ? *zone : "");
      if (!made) {
        auto key = made.error().code() == ErrorCode::kNotFound && zone != nullptr ? "timezone" : "cron";
        return reader.error(*node.find(key), key, made.error().message());
      }
      known = {std::move(*made), {}};
      known.least = least_distance(*known.cron);
    }
    if (known.least < min_interval_)
      return reader.error(*node.find("cron"), "cron",
                          fmt::format("cannot use '{}': due every {}, and an interval of at least {} is needed "
                                      "(collect.min_interval)",
                                      excerpt(*text), format_duration(known.least), format_duration(min_interval_)));
    monitor.cron = known.cron;
    monitor.interval = known.least;
  }

  /// The shortest time between two of the due times that follow each other from some day on.
  static std::chrono::milliseconds least_distance(const model::Cron& cron) {
    constexpr int kLookedAt = 200;
    auto least = std::chrono::milliseconds(std::chrono::hours(24 * 366));
    auto time = cron.next(WallTime(seconds(1'700'000'000)));
    for (int i = 0; i < kLookedAt && time != WallTime::max(); ++i) {
      auto next = cron.next(time);
      if (next != WallTime::max()) least = std::min(least, next - time);
      time = next;
    }
    return least;
  }

  void criticality(MapReader& reader, const YamlNode& node, model::Monitor& monitor) {
    const auto* text = reader.take_text("criticality");
    if (text == nullptr) return;
    for (auto c : {Criticality::kCritical, Criticality::kNormal, Criticality::kLow}) {
      if (*text != to_string(c)) continue;
      monitor.criticality = c;
      return;
    }
    reader.error(*node.find("criticality"), "criticality",
                 fmt::format("cannot use '{}': critical, normal or low is needed", excerpt(*text)));
  }

  void labels(MapReader& reader, model::Monitor& monitor) {
    const auto* map = reader.take_map("labels");
    if (map == nullptr || map->items.empty()) return;
    if (map->items.size() > kMostLabels) {
      reader.error(*map, "labels",
                   fmt::format("cannot use {} labels: at most {} are allowed", map->items.size(), kMostLabels));
      return;
    }
    model::Labels labels;
    for (std::size_t i = 0; i < map->items.size(); ++i) {
      const auto& [key, value] = labels.emplace_back(map->keys[i].text, map->items[i].text);
      if (key.empty() || key.size() > kLongestLabelKey || has_control(key))
        reader.error(
            map->items[i], "labels",
            fmt::format("cannot use the label '{}': a key of 1 to {} bytes without control characters is needed",
                        excerpt(key), kLongestLabelKey));
      if (map->items[i].kind != YamlNode::Kind::kScalar || value.size() > kLongestLabel || has_control(value))
        reader.error(map->items[i], "labels",
                     fmt::format("cannot use the label '{}': a text of at most {} bytes without control characters is "
                                 "needed",
                                 excerpt(key), kLongestLabel));
    }
    std::ranges::sort(labels);
    auto& shared = labels_[labels];
    if (!shared) shared = std::make_shared<const model::Labels>(std::move(labels));
    monitor.labels = shared;
  }

  void read_params(const std::string& file, const YamlNode& node, const YamlNode* map, const std::string& path,
                   model::Monitor& monitor) {
    static const YamlNode kNone{.kind = YamlNode::Kind::kMap};
    MapReader reader(file, map != nullptr ? *map : kNone, path, problems_);
    const auto& defs = monitor.definition->params;
    for (std::size_t i = 0; i < defs.size(); ++i) {
      const auto* value = reader.take(defs[i].field);
      if (value == nullptr || value->kind == YamlNode::Kind::kNull) {
        if (!defs[i].required || defs[i].has_default) continue;
        const auto& at = map != nullptr ? *map : node;
        problems_.add({Problem::Severity::kError, file, at.line, at.column, reader.path_of(defs[i].field),
                       missing_param(*monitor.definition, defs[i])});
        continue;
      }
      auto text = param_text(defs[i], *value);
      if (!text)
        reader.error(*value, defs[i].field, text.error().message());
      else if (text->empty() && must_be_filled(defs[i]))
        reader.error(*value, defs[i].field, missing_param(*monitor.definition, defs[i]));
      else if (auto checked = check_param(defs[i], *text); !checked)
        reader.error(*value, defs[i].field, checked.error().message());
      else
        monitor.params.emplace_back(static_cast<std::uint16_t>(i), std::move(*text));
    }
    monitor.params.shrink_to_fit();
  }

  /// False, and an error, when another has the name.
  bool claim_name(const std::string& file, const YamlNode& node, const std::string& path, model::Monitor& monitor) {
    monitor.id = {stable_hash(monitor.name)};
    auto [place, fresh] =
        names_.try_emplace(monitor.id.value, Place{static_cast<std::uint32_t>(files_.size() - 1), node.line});
    if (fresh) return true;
    const auto& at = *node.find("name");
    problems_.add({Problem::Severity::kError, file, at.line, at.column, path + ".name",
                   fmt::format("cannot use the name '{}' twice: it stands in {}:{} already", excerpt(monitor.name),
                               files_[place->second.file], place->second.line)});
    return false;
  }

  struct Place {
    std::uint32_t file;
    int line;
  };
  const Registry& registry_;
  const std::chrono::milliseconds min_interval_;
  Problems& problems_;
  const MonitorSink& sink_;
  MonitorFiles* const numbered_;
  bool stopped_ = false;
  Placement place_;  ///< of what was read last
  Dependencies dependencies_;
  const std::shared_ptr<const model::Labels> no_labels_;
  std::vector<std::string> files_;
  boost::unordered_flat_map<std::uint64_t, Place> names_;
  std::map<model::Labels, std::shared_ptr<const model::Labels>> labels_;
  struct KnownCron {
    boost::intrusive_ptr<const model::Cron> cron;
    std::chrono::milliseconds least{};
  };
  std::map<std::pair<std::string, std::string>, KnownCron> crons_;  ///< by text and zone
};

}  // namespace

std::vector<model::Monitor> load_monitors(const std::string& path, const Registry& registry,
                                          std::chrono::milliseconds min_interval, Problems& problems) {
  std::vector<model::Monitor> monitors;
  load_monitors(path, registry, min_interval, problems, [&](model::Monitor&& monitor) {
    monitors.push_back(std::move(monitor));
    return true;
  });
  monitors.shrink_to_fit();
  return monitors;
}

void load_monitors(const std::string& path, const Registry& registry, std::chrono::milliseconds min_interval,
                   Problems& problems, const MonitorSink& sink, MonitorFiles* files) {
  if (path.empty()) return;
  within_memory(path, problems, [&] {
    Loader loader(registry, min_interval, problems, sink, files);
    std::error_code ignored;  // what is no directory is opened as a file, and the reason is told there
    if (std::filesystem::is_directory(path, ignored))
      for (const auto& file : yaml_files(path, Depth::kThisDirectory, "monitors", problems)) loader.file(file);
    else
      loader.file(path);
    loader.check_dependencies();
  });
}

std::vector<model::Monitor> load_monitors_text(const std::string& name, std::string_view text, const Registry& registry,
                                               std::chrono::milliseconds min_interval, Problems& problems) {
  std::vector<model::Monitor> monitors;
  const MonitorSink sink = [&](model::Monitor&& monitor) {
    monitors.push_back(std::move(monitor));
    return true;
  };
  within_memory(name, problems, [&] {
    Loader loader(registry, min_interval, problems, sink);
    loader.read({name, text, true});
    loader.check_dependencies();
  });
  return monitors;
}

struct MonitorReader::Impl {
  Impl(const Registry& registry, std::chrono::milliseconds min_interval)
      : loader(registry, min_interval, problems, sink) {}
  Problems problems;
  const MonitorSink sink;
  Loader loader;
};

MonitorReader::MonitorReader(const Registry& registry, std::chrono::milliseconds min_interval)
    : impl_(std::make_unique<Impl>(registry, min_interval)) {}
MonitorReader::~MonitorReader() = default;

std::optional<model::Monitor> MonitorReader::read(const YamlNode& element, Problems& problems, Placement* place) {
  impl_->problems = {};
  auto monitor = impl_->loader.read_one("", element, "");
  if (place != nullptr) *place = impl_->loader.take_place();
  for (auto& problem : impl_->problems.list) problems.add(std::move(problem));
  return monitor;
}

std::vector<std::pair<std::uint16_t, std::string>> parse_params(const model::Definition& definition,
                                                                std::span<const std::string> texts,
                                                                Problems& problems) {
  auto bad = [&](std::string key, std::string message) {
    problems.add({Problem::Severity::kError, "", 0, 0, std::move(key), std::move(message)});
  };
  std::map<std::uint16_t, std::string> values;
  std::vector<std::string_view> known;
  for (const auto& def : definition.params) known.push_back(def.field);
  for (const auto& text : texts) {
    auto name = text.substr(0, text.find('='));
    auto found = std::ranges::find(known, name);
    if (name.size() == text.size() || found == known.end()) {
      auto near = nearest_in(name, known);
      bad(name, name.size() == text.size() ? fmt::format("cannot use '{}': key=value is needed", excerpt(text))
                                           : fmt::format("cannot use the unknown parameter '{}' ({})", excerpt(name),
                                                         near.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                                                                      : fmt::format("did you mean '{}'?", near)));
      continue;
    }
    auto index = static_cast<std::uint16_t>(found - known.begin());
    auto value = trimmed(std::string_view(text).substr(name.size() + 1));
    if (value.empty() && must_be_filled(definition.params[index]))
      bad(name, missing_param(definition, definition.params[index]));
    if (auto checked = check_param(definition.params[index], value); !checked) bad(name, checked.error().message());
    if (!values.emplace(index, value).second) bad(name, fmt::format("cannot use the parameter '{}' twice", name));
  }
  for (std::uint16_t i = 0; i < definition.params.size(); ++i) {
    const auto& def = definition.params[i];
    if (def.required && !def.has_default && !values.contains(i)) bad(def.field, missing_param(definition, def));
  }
  return {values.begin(), values.end()};
}

}  // namespace holter::define
