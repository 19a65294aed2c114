#include "define/placement.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "base/utf8.h"
#include "define/params.h"

namespace holter::define {
namespace {

Error refused(std::string_view path, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the folder '{}': {}", excerpt(path), why)};
}

Status check_part(std::string_view path, std::string_view part) {
  if (part.empty()) return refused(path, "a part of it is empty");
  if (part.size() > kLongestFolderName)
    return refused(path,
                   fmt::format("a part of it has {} bytes, and {} are the most", part.size(), kLongestFolderName));
  if (part.front() == ' ' || part.back() == ' ') return refused(path, "a part of it begins or ends with a blank");
  for (std::size_t at = 0; at < part.size();) {
    auto length = utf8_sequence(part.substr(at));
    auto byte = static_cast<unsigned char>(part[at]);
    if (length == 0) return refused(path, "it is no UTF-8");
    if (byte < 0x20 || byte == 0x7F) return refused(path, "it has a control character");
    at += length;
  }
  return {};
}

}  // namespace

Status check_folder(std::string_view path) {
  if (path.empty()) return {};
  if (path.size() > kLongestFolder)
    return refused(path, fmt::format("it has {} bytes, and {} are the most", path.size(), kLongestFolder));
  for (std::size_t begin = 0; begin <= path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    TRY_OK(check_part(path, path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return {};
}

Placement take_placement(MapReader& reader, const YamlNode& node, std::string_view name) {
  Placement placement;
  if (const auto* folder = reader.take_text("folder")) {
    if (auto good = check_folder(*folder); !good)
      reader.error(*node.find("folder"), "folder", good.error().message());
    else
      placement.folder = *folder;
  }
  const auto* list = reader.take_list("depends_on");
  if (list == nullptr) return placement;
  auto& parents = placement.depends_on;
  if (list->items.size() > kMostParents) {
    reader.error(*list, "depends_on",
                 fmt::format("cannot depend on {} monitors: at most {} are allowed", list->items.size(), kMostParents));
    return placement;
  }
  for (const auto& item : list->items) {
    auto parent = item.kind == YamlNode::Kind::kScalar ? trimmed(item.text) : std::string();
    if (parent.empty())
      reader.error(item, "depends_on", "cannot use this value: a list of names of monitors is needed");
    else if (parent == name)
      reader.error(item, "depends_on", fmt::format("cannot let '{}' depend on itself", excerpt(parent)));
    else if (std::ranges::find(parents, parent) != parents.end())
      reader.error(item, "depends_on", fmt::format("cannot depend on '{}' twice", excerpt(parent)));
    else
      parents.push_back(std::move(parent));
  }
  return placement;
}

std::uint32_t Dependencies::number_of(const std::string& name) {
  auto [place, fresh] = numbers_.try_emplace(stable_hash(name), static_cast<std::uint32_t>(names_.size()));
  if (!fresh) return place->second;
  names_.push_back({static_cast<std::uint32_t>(texts_.size())});
  texts_.append(name.c_str(), name.size() + 1);
  return place->second;
}

std::string Dependencies::shown(std::uint32_t name) const {
  return excerpt(texts_.c_str() + names_[name].text);
}

Problem Dependencies::problem(const std::vector<std::string>& files, const Node& node, std::string message) const {
  return {Problem::Severity::kError,
          files[node.at.file],
          node.at.line,
          node.at.column,
          fmt::format("monitors[{}].depends_on", node.at.element),
          std::move(message)};
}

void Dependencies::add(const std::string& name, const std::vector<std::string>& parents, Place at) {
  if (parents.empty()) return;
  auto first = static_cast<std::uint32_t>(parents_.size());
  for (const auto& parent : parents) parents_.push_back(number_of(parent));
  auto number = number_of(name);
  names_[number].node = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({number, first, first, static_cast<std::uint32_t>(parents_.size()), at});
}

void Dependencies::walk(std::uint32_t from, const std::vector<std::string>& files, Problems& problems) {
  std::vector<std::uint32_t> way{from};
  nodes_[from].seen = Seen::kOnWay;
  while (!way.empty()) {
    auto& node = nodes_[way.back()];
    if (node.next == node.last) {
      node.seen = Seen::kDone;
      way.pop_back();
      continue;
    }
    auto above = names_[parents_[node.next++]].node;
    if (above == kNone) continue;  // it depends on nothing
    auto& parent = nodes_[above];
    if (parent.seen == Seen::kNo) {
      parent.seen = Seen::kOnWay;
      way.push_back(above);
    } else if (parent.seen == Seen::kOnWay) {
      std::string round;
      for (auto at = std::ranges::find(way, above); at != way.end(); ++at)
        round += fmt::format("{} -> ", shown(nodes_[*at].name));
      problems.add(problem(files, parent, fmt::format("cannot depend on itself: {}{}", round, shown(parent.name))));
    }
  }
}

std::vector<Dependencies::Missing> Dependencies::finish(const std::vector<std::string>& files,
                                                        const std::function<bool(std::uint64_t)>& known,
                                                        Problems& problems) {
  std::vector<Missing> missing;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].seen == Seen::kNo) walk(i, files, problems);
    const auto& node = nodes_[i];
    for (auto at = node.first; at < node.last && missing.size() < kMostMissing; ++at) {
      std::string parent = texts_.c_str() + names_[parents_[at]].text;
      if (known(stable_hash(parent))) continue;
      auto text =
          fmt::format("cannot let '{}' depend on '{}': there is no such monitor", shown(node.name), excerpt(parent));
      missing.push_back({texts_.c_str() + names_[node.name].text, parent, problem(files, node, std::move(text))});
    }
  }
  return missing;
}

}  // namespace holter::define
