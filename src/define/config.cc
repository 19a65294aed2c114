#include "define/config.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/units.h"
#include "define/files.h"
#include "define/map_reader.h"
#include "define/yaml.h"

namespace holter::define {
namespace {

using Setter = Status (*)(Config&, const std::string&);

Status set_path(std::string& place, const std::string& text) {
  if (text.empty()) return Error(ErrorCode::kInvalidArgument, "cannot use an empty path");
  place = text;
  return {};
}

template <class T>
Status set_number(T& place, const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use '{}': a number from {} to {} is needed", excerpt(text), least, most));
  place = static_cast<T>(value);
  return {};
}

Status set_size(std::uint64_t& place, const std::string& text, std::uint64_t least = 0) {
  TRY(auto size, parse_size(text));
  if (size < least)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use '{}': at least {} is needed", excerpt(text), format_size(least)));
  place = size;
  return {};
}

Status set_duration(std::chrono::milliseconds& place, const std::string& text, std::chrono::milliseconds least) {
  TRY(auto value, parse_duration(text));
  if (value < least)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use '{}': at least {} is needed", excerpt(text), format_duration(least)));
  place = value;
  return {};
}

Status set_log_level(std::string& place, const std::string& text) {
  constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};
  if (std::ranges::find(kLevels, text) == std::end(kLevels))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use '{}': debug, info, warning or error is needed", excerpt(text)));
  place = text;
  return {};
}

/// "address:port", an IPv6 address in brackets. Whether the address may be listened on is for api/ to say.
Status set_listen(std::string& place, const std::string& text) {
  auto colon = text.rfind(':');
  auto address = std::string_view(text).substr(0, colon);
  bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
  std::uint16_t port = 0;
  if (colon == std::string::npos || address.empty() || (address.find(':') != std::string::npos && !bracketed) ||
      !set_number(port, text.substr(colon + 1), 0, 65'535))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot listen on '{}': address and port are needed, e.g. 127.0.0.1:2157 or [::1]:2157",
                             excerpt(text)));
  place = text;
  return {};
}

struct Entry {
  ConfigKey key;
  Setter set;
  std::string* (*path)(Config&) = nullptr;  ///< relative paths of the file are relative to its directory
};

const std::vector<Entry>& entries() {
  static const std::vector<Entry> kEntries = {
      {{"data_dir", "./data", "where Holter keeps its files"},
       [](Config& c, const std::string& t) { return set_path(c.data_dir, t); },
       [](Config& c) { return &c.data_dir; }},
      {{"monitors", "./monitors", "a file with monitors, or a directory of such files (*.yml, not deeper)"},
       [](Config& c, const std::string& t) { return set_path(c.monitors, t); },
       [](Config& c) { return &c.monitors; }},
      {{"definitions", "./definitions", "directory of definition files (*.yml, at any depth)"},
       [](Config& c, const std::string& t) { return set_path(c.definitions, t); },
       [](Config& c) { return &c.definitions; }},
      {{"server.listen", "127.0.0.1:2157", "address and port of API and page; loopback only until accounts exist"},
       [](Config& c, const std::string& t) { return set_listen(c.server.listen, t); }},
      {{"server.max_connections", "256", "connections at once; further ones are answered with 503"},
       [](Config& c, const std::string& t) { return set_number(c.server.max_connections, t, 1, 10'000); }},
      {{"memory.budget", "half of the machine's limit, at most 512MiB",
        "the most memory that the main process may use"},
       [](Config& c, const std::string& t) { return set_size(c.memory.budget, t); }},
      {{"collect.shards", "as many as the load needs, at most one per core and 4", "threads that run checks"},
       [](Config& c, const std::string& t) { return set_number(c.collect.shards, t, 1, 64); }},
      {{"collect.max_in_flight", "8192", "checks in flight at once, per shard"},
       [](Config& c, const std::string& t) { return set_number(c.collect.max_in_flight, t, 1, 32'768); }},
      {{"collect.max_per_target", "16", "checks in flight at once to one address"},
       [](Config& c, const std::string& t) { return set_number(c.collect.max_per_target, t, 1, 32'768); }},
      {{"collect.min_interval", "1s", "a monitor with a shorter interval is refused"},
       [](Config& c, const std::string& t) { return set_duration(c.collect.min_interval, t, milliseconds(10)); }},
      {{"history.retention", "30d", "how long history is kept"},
       [](Config& c, const std::string& t) { return set_duration(c.history.retention, t, std::chrono::hours(1)); }},
      {{"history.memory_limit", "32MiB", "memory limit of the history engine, in its own process; at least 16MiB"},
       [](Config& c, const std::string& t) { return set_size(c.history.memory_limit, t, 16 << 20); }},
      {{"log_level", "info", "debug, info, warning or error"},
       [](Config& c, const std::string& t) { return set_log_level(c.log_level, t); }},
  };
  return kEntries;
}

/// Reads a map whose keys are the entries that begin with `prefix`, and the maps below it.
void read_section(const std::string& file, const YamlNode& node, const std::string& prefix, Config& config,
                  Problems& problems) {
  MapReader reader(file, node, prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1), problems);
  std::vector<std::string> sections;
  for (const auto& entry : entries()) {
    if (!entry.key.path.starts_with(prefix)) continue;
    auto rest = entry.key.path.substr(prefix.size());
    if (auto dot = rest.find('.'); dot != std::string_view::npos) {
      if (sections.empty() || sections.back() != rest.substr(0, dot)) sections.emplace_back(rest.substr(0, dot));
      continue;
    }
    const auto* text = reader.take_text(rest);
    if (text == nullptr) continue;
    if (auto set = entry.set(config, *text); !set) reader.error(*node.find(rest), rest, set.error().message());
  }
  for (const auto& section : sections) {
    // The entries outlive the reader; its list of known keys needs a view that does, too.
    auto view = std::ranges::find_if(entries(), [&](const Entry& e) {
                  return e.key.path.starts_with(prefix + section + ".");
                })->key.path.substr(prefix.size(), section.size());
    if (const auto* map = reader.take_map(view)) read_section(file, *map, prefix + section + ".", config, problems);
  }
}

void read_environment(std::span<const std::string> environment, Config& config, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& entry : entries()) names.push_back(environment_name(entry.key.path));
  for (const auto& variable : environment) {
    auto name = variable.substr(0, variable.find('='));
    if (!name.starts_with("HOLTER_") || name.size() == variable.size()) continue;
    auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      std::vector<std::string_view> views(names.begin(), names.end());
      auto near = nearest_in(name, views);
      auto hint = near.empty() ? std::string("see docs/configuration.md") : fmt::format("did you mean {}?", near);
      problems.add({Problem::Severity::kWarning, "environment", 0, 0, name,
                    fmt::format("cannot use this variable: no such setting ({})", hint)});
      continue;
    }
    const auto& entry = entries()[static_cast<std::size_t>(found - names.begin())];
    if (auto set = entry.set(config, variable.substr(name.size() + 1)); !set)
      problems.add({Problem::Severity::kError, "environment", 0, 0, name, set.error().message()});
  }
}

}  // namespace

std::string environment_name(std::string_view path) {
  std::string name = "HOLTER_";
  for (char c : path) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::vector<ConfigKey> config_keys() {
  std::vector<ConfigKey> keys;
  for (const auto& entry : entries()) keys.push_back(entry.key);
  return keys;
}

Config load_config(const std::string& path, std::span<const std::string> environment, Problems& problems) {
  Config config;
  if (!path.empty()) {
    within_memory(path, problems, [&] {
      YamlNode root;
      if (read_yaml({path, {}, false}, {}, problems, root) && root.kind != YamlNode::Kind::kNull)
        read_section(path, root, "", config, problems);
    });
    auto directory = std::filesystem::path(path).parent_path();
    for (const auto& entry : entries()) {
      if (entry.path == nullptr) continue;
      auto& place = *entry.path(config);
      if (std::filesystem::path(place).is_relative()) place = (directory / place).lexically_normal().string();
    }
  }
  read_environment(environment, config, problems);
  return config;
}

}  // namespace holter::define
