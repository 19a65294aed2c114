#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "app/owned_definitions.h"
#include "base/units.h"

// What definitions there are, and their texts.
namespace holter::app {
namespace {

using api::Problem;

constexpr std::size_t kMostFile = 1 << 20;  // of define::YamlLimits

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

std::string name_in(const model::Definition& definition, std::string_view language) {
  for (const auto& [each, text] : definition.name)
    if (each == language) return text;
  return std::string(model::translate(definition.name, language));
}

bool stands_below(std::string_view file, std::string directory) {
  if (!directory.ends_with('/')) directory += '/';
  return file.starts_with(directory);
}

/// Written, or put into its place: an installation keeps the time of writing, but not that of its inode.
bool is_newer(const std::string& file, WallTime than) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return false;
  auto latest = std::max(info.st_mtim.tv_sec, info.st_ctim.tv_sec);
  return latest * 1000 > epoch_ms(than);
}

Problem missing(const std::string& app) {
  return {404, fmt::format("cannot find the definition '{}'", excerpt(app)), "name", 0};
}

}  // namespace

std::size_t OwnedDefinitions::users_of(std::string_view app) const {
  std::size_t users = 0;
  parts_.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    users += watched.monitor.definition->app == app ? 1 : 0;
    return true;
  });
  return users;
}

/// But for the monitors.
api::DefinitionRow OwnedDefinitions::row_of(std::string_view app) const {
  api::DefinitionRow row{.app = std::string(app)};
  auto in_force = parts_.definitions.find(app), file = parts_.files.find(app);
  auto known = entries_.find(app);
  bool of_catalog = known != entries_.end() && (known->second.fault().empty() || !file);
  if (file) row.file = file->source;
  if (of_catalog)
    row.source = api::DefinitionSource::kCatalog;
  else if (!parts_.config.definitions.empty() && !stands_below(row.file, parts_.config.definitions.front()))
    row.source = api::DefinitionSource::kOperator;
  if (known != entries_.end()) {
    const auto& entry = known->second;
    row.version = entry.version;
    row.updated_ms = epoch_ms(entry.created);
    row.updated_by = entry.created_by;
    row.fault = entry.fault();
    row.file_newer = file && is_newer(file->source, entry.created);
  }
  auto shown = in_force ? in_force : known != entries_.end() ? known->second.definition : nullptr;
  if (!shown) return row;
  row.category = shown->category;
  row.name_en = name_in(*shown, "en-US");
  row.name_zh = name_in(*shown, "zh-CN");
  row.sets = shown->sets.size();
  return row;
}

api::DefinitionPage OwnedDefinitions::list(const api::DefinitionQuery& query) const {
  std::vector<std::string> apps;
  for (auto app : parts_.definitions.apps()) apps.emplace_back(app);
  for (const auto& [app, entry] : entries_)
    if (!parts_.definitions.find(app)) apps.push_back(app);
  std::ranges::sort(apps);
  auto text = lower(query.text);
  std::erase_if(apps, [&](const std::string& app) {
    auto definition = parts_.definitions.find(app);
    if (!query.category.empty() && (!definition || definition->category != query.category)) return true;
    if (text.empty() || app.contains(text)) return false;
    return !definition ||
           std::ranges::none_of(definition->name, [&](const auto& name) { return lower(name.second).contains(text); });
  });
  boost::unordered_flat_map<const model::Definition*, std::size_t> by_definition;
  parts_.fleet.monitors().each([&](Fleet::Slot, const Watched& watched) {
    ++by_definition[watched.monitor.definition.get()];
    return true;
  });
  boost::unordered_flat_map<std::string_view, std::size_t> users;
  for (const auto& [definition, count] : by_definition) users[definition->app] += count;
  api::DefinitionPage page{.total = apps.size()};
  auto end = std::min(apps.size(), query.offset + query.limit);
  for (auto i = query.offset; i < end; ++i) {
    auto& row = page.rows.emplace_back(row_of(apps[i]));
    if (auto found = users.find(apps[i]); found != users.end()) row.monitors = found->second;
  }
  return page;
}

OwnedDefinitions::Answer<api::DefinitionDetail> OwnedDefinitions::find(std::string app, std::uint64_t version,
                                                                       MonoTime deadline) {
  auto row = row_of(app);
  row.monitors = users_of(app);
  if (version == 0) {
    auto definition = parts_.definitions.find(app);
    if (!definition && row.version != 0)
      co_return Problem{404, fmt::format("cannot use the definition '{}': {}", app, row.fault), "name", 0};
    if (!definition) co_return missing(app);
    co_return api::DefinitionDetail{std::move(row), std::move(definition)};
  }
  CO_TRY(auto old, co_await text(app, version, deadline));
  define::Problems problems;
  CO_TRY(auto definition, parse(app, old, problems));
  if (!definition) {
    Problem problem{422, fmt::format("cannot use version {} of the definition '{}' any more", version, app), "version",
                    0};
    problem.findings = std::move(problems.list);
    co_return problem;
  }
  row.version = version;
  row.source = api::DefinitionSource::kCatalog;
  row.category = definition->category;
  row.name_en = name_in(*definition, "en-US");
  row.name_zh = name_in(*definition, "zh-CN");
  row.sets = definition->sets.size();
  co_return api::DefinitionDetail{std::move(row), std::move(definition)};
}

OwnedDefinitions::Answer<std::string> OwnedDefinitions::text(std::string app, std::uint64_t version,
                                                             MonoTime deadline) {
  if (auto known = entries_.find(app); version == 0 && known != entries_.end()) version = known->second.version;
  if (version != 0) {
    auto work = [app, version](catalog::Database& database) {
      return catalog::find_definition(database, app, version);
    };
    auto found = co_await parts_.catalog.read<catalog::DefinitionText>(
        std::move(work), {fmt::format("read the definition '{}'", app), deadline, catalog::kMostDefinitionText});
    if (!found && found.error().code() != ErrorCode::kNotFound) co_return found.error();
    if (!found || found->deleted)
      co_return Problem{404, fmt::format("cannot find version {} of the definition '{}'", version, excerpt(app)),
                        "version", 0};
    co_return std::move(found->text);
  }
  auto file = parts_.files.find(app);
  if (!file) co_return missing(app);
  auto held = parts_.texts.reserve(kMostFile);
  if (!held) co_return held.error();
  std::ifstream in(file->source, std::ios::binary);
  std::string text(kMostFile, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (in.bad() || text.empty())
    co_return Problem{404, fmt::format("cannot read {}: it is not there any more", file->source), "name", 0};
  co_return std::move(text);
}

OwnedDefinitions::Answer<std::vector<api::DefinitionVersion>> OwnedDefinitions::versions(std::string app,
                                                                                         MonoTime deadline) {
  using Texts = std::vector<catalog::DefinitionText>;
  auto work = [app](catalog::Database& database) { return catalog::read_definition_versions(database, app); };
  auto found = co_await parts_.catalog.read<Texts>(
      std::move(work), {fmt::format("read the versions of the definition '{}'", app), deadline, 0});
  if (!found) co_return found.error();
  if (found->empty() && !parts_.files.find(app)) co_return missing(app);
  std::vector<api::DefinitionVersion> versions;
  for (const auto& text : *found)
    versions.push_back({text.version, text.deleted, epoch_ms(text.created), text.created_by});
  co_return versions;
}

}  // namespace holter::app
