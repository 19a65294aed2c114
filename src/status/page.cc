#include "status/page.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include <fmt/format.h>

#include "base/units.h"
#include "model/local_time.h"

namespace holter::status {
namespace json = boost::json;

namespace {

constexpr std::size_t kMostZone = 64, kMostLanguage = 35;

/// Letters, digits and '-': enough to be put into an attribute; whether there is such a language is not our matter.
bool is_language(std::string_view text) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return text.size() >= 2 && text.front() != '-' && text.back() != '-' && std::ranges::all_of(text, fits);
}

Component read_component(JsonReader& page, const json::value& value, const std::string& at,
                         std::set<std::string, std::less<>>& ids) {
  Component component;
  if (!value.is_object()) {
    page.fail(at, "cannot use it: an object is needed");
    return component;
  }
  JsonReader reader(value.get_object(), page.path(at), {"id", "name", "description", "monitors", "matchers"});
  component.id = reader.line("id", 60, 1);
  component.name = reader.line("name", kMostTitle, 1);
  component.description = reader.text("description", kMostDescription);
  component.monitors = reader.lines("monitors", kMostNames, kMostMonitorName);
  component.matchers = reader.text("matchers", alert::kMostMatcherText);
  if (!is_slug(component.id))
    reader.fail("id", fmt::format("cannot use '{}': 1 to 60 of a-z, 0-9 and '-' are needed", excerpt(component.id)));
  if (!reader.fault() && !ids.insert(component.id).second)
    reader.fail("id", fmt::format("cannot use '{}' twice in a page", component.id));
  if (!component.matchers.empty()) {
    auto matchers = alert::parse_matchers(component.matchers);
    if (!matchers)
      reader.fail("matchers", matchers.error().message());
    else if (matchers->empty())
      reader.fail("matchers", "cannot use none: they would catch every monitor");
  }
  if (component.monitors.empty() && component.matchers.empty())
    reader.fail("monitors", "cannot make a component of no monitors: name some, or give matchers");
  page.take(reader);
  return component;
}

std::vector<Group> read_groups(JsonReader& page) {
  std::vector<Group> groups;
  const auto* items = page.array("groups", kMostGroups);
  if (items == nullptr) return groups;
  std::set<std::string, std::less<>> ids;
  for (std::size_t i = 0; i < items->size() && !page.fault(); ++i) {
    auto at = fmt::format("groups[{}]", i);
    if (!(*items)[i].is_object()) {
      page.fail(at, "cannot use it: an object is needed");
      break;
    }
    JsonReader reader((*items)[i].get_object(), page.path(at), {"name", "components"});
    Group group{.name = reader.line("name", kMostTitle), .components = {}};
    if (const auto* components = reader.array("components", kMostComponents))
      for (std::size_t k = 0; k < components->size() && !reader.fault(); ++k)
        group.components.push_back(read_component(reader, (*components)[k], fmt::format("components[{}]", k), ids));
    page.take(reader);
    groups.push_back(std::move(group));
  }
  if (ids.size() > kMostComponents)
    page.fail("groups", fmt::format("cannot show {} components: {} are the most", ids.size(), kMostComponents));
  return groups;
}

}  // namespace

Checked<Page> read_page(const json::object& spec) {
  JsonReader reader(
      spec, "spec",
      {"title", "description", "public", "time_zone", "languages", "history_days", "response_time", "groups"});
  Page page;
  page.title = reader.line("title", kMostTitle, 1);
  page.description = reader.text("description", kMostDescription);
  page.is_public = reader.boolean("public", false);
  page.time_zone = reader.line("time_zone", kMostZone, 1, "UTC");
  page.history_days = static_cast<unsigned>(reader.number("history_days", kMostHistoryDays, 1, kMostHistoryDays));
  page.response_time = reader.boolean("response_time", false);
  if (auto languages = reader.lines("languages", kMostLanguages, kMostLanguage); !languages.empty())
    page.languages = std::move(languages);
  for (const auto& language : page.languages)
    if (!is_language(language)) reader.fail("languages", fmt::format("cannot use '{}': like en or zh-CN", language));
  page.groups = read_groups(reader);
  if (!reader.fault())
    if (auto zone = model::LocalTime::in(page.time_zone); !zone) reader.fail("time_zone", zone.error().message());
  if (reader.fault()) return std::unexpected(*reader.fault());
  if (auto bytes = json::serialize(write_page(page)).size(); bytes > kMostPageJson)
    return std::unexpected(
        Fault{"spec", fmt::format("cannot store a page of {} bytes: {} are the most", bytes, kMostPageJson)});
  return page;
}

json::object write_page(const Page& page) {
  json::array groups;
  for (const auto& group : page.groups) {
    json::array components;
    for (const auto& component : group.components)
      components.push_back(json::object{{"id", component.id},
                                        {"name", component.name},
                                        {"description", component.description},
                                        {"monitors", json::array(component.monitors.begin(), component.monitors.end())},
                                        {"matchers", component.matchers}});
    groups.push_back(json::object{{"name", group.name}, {"components", std::move(components)}});
  }
  return {{"title", page.title},
          {"description", page.description},
          {"public", page.is_public},
          {"time_zone", page.time_zone},
          {"languages", json::array(page.languages.begin(), page.languages.end())},
          {"history_days", page.history_days},
          {"response_time", page.response_time},
          {"groups", std::move(groups)}};
}

Checked<Page> parse_page(std::string_view text) {
  auto spec = parse_document(text);
  if (!spec) return std::unexpected(std::move(spec).error());
  return read_page(*spec);
}

const Component* find_component(const Page& page, std::string_view id) {
  for (const auto& group : page.groups)
    for (const auto& component : group.components)
      if (component.id == id) return &component;
  return nullptr;
}

std::size_t count_components(const Page& page) {
  std::size_t count = 0;
  for (const auto& group : page.groups) count += group.components.size();
  return count;
}

}  // namespace holter::status
