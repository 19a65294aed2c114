#include "api/monitor_formats.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/fields.h"
#include "base/units.h"

namespace holter::api {
namespace {

using define::YamlNode;
namespace json = boost::json;

constexpr std::array<std::string_view, 13> kCsvColumns{
    "name",   "app",        "interval", "cron",        "timezone",    "criticality", "paused",
    "folder", "depends_on", "labels",   "annotations", "description", "params"};
constexpr std::array<std::string_view, 3> kMaps{"labels", "annotations", "params"};
constexpr std::size_t kTreeFactor = 12;  // bytes of a tree for each of its text, at worst

YamlNode scalar(std::string text) {
  return {.kind = YamlNode::Kind::kScalar, .text = std::move(text)};
}

void put_in(YamlNode& map, std::string key, YamlNode value) {
  map.keys.push_back({std::move(key)});
  map.items.push_back(std::move(value));
}

/// The map under `key`, which is made where there is none.
YamlNode& map_in(YamlNode& fields, const std::string& key) {
  for (std::size_t i = 0; i < fields.keys.size(); ++i)
    if (fields.keys[i].text == key) return fields.items[i];
  put_in(fields, key, {.kind = YamlNode::Kind::kMap});
  return fields.items.back();
}

json::value json_of(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kScalar:
      return json::string(node.text);
    case YamlNode::Kind::kList: {
      json::array list;
      for (const auto& item : node.items) list.push_back(json_of(item));
      return list;
    }
    case YamlNode::Kind::kMap: {
      json::object map;
      for (std::size_t i = 0; i < node.keys.size(); ++i) map[node.keys[i].text] = json_of(node.items[i]);
      return map;
    }
    default:
      return nullptr;
  }
}

/// Whether YAML takes it for a text as it is, and for nothing else.
bool is_plain(std::string_view text) {
  constexpr std::string_view kInside = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
  if (text.empty() || text == "null" || text == "Null" || text == "NULL") return false;
  return kInside.substr(0, 62).contains(text.front()) && text.find_first_not_of(kInside) == std::string_view::npos;
}

void write_scalar(Body& out, std::string_view text) {
  // Quoted it is a text of JSON, which YAML reads alike.
  out.append(is_plain(text) ? std::string(text) : json::serialize(json::string(text)));
}

void write_block(Body& out, const YamlNode& node, std::size_t indent);

/// What stands behind "key:" or "-".
void write_value(Body& out, const YamlNode& node, std::size_t indent) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      out.append(" null\n");
      return;
    case YamlNode::Kind::kScalar:
      out.append(" ");
      write_scalar(out, node.text);
      out.append("\n");
      return;
    default:
      break;
  }
  if (node.items.empty()) {
    out.append(node.kind == YamlNode::Kind::kMap ? " {}\n" : " []\n");
    return;
  }
  out.append("\n");
  write_block(out, node, indent + 2);
}

void write_block(Body& out, const YamlNode& node, std::size_t indent) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    out.append(std::string(indent, ' '));
    if (node.kind == YamlNode::Kind::kList) {
      out.append("-");
    } else {
      write_scalar(out, node.keys[i].text);
      out.append(":");
    }
    write_value(out, node.items[i], indent);
  }
}

}  // namespace

Result<YamlMonitors> YamlMonitors::read(std::string_view text, memory::Account& account) {
  YamlMonitors monitors;
  TRY(monitors.held_, account.reserve(kTreeFactor * text.size()));
  define::Problems problems;
  define::YamlLimits limits;
  limits.max_bytes = text.size() + 1;
  define::stream_yaml_list(
      {.name = "content", .memory = text, .in_memory = true}, limits, "monitors", problems,
      [&](const YamlNode& monitor) {
        monitors.monitors_.push_back(monitor);
        return true;
      },
      [&](const YamlNode::Key& key, const YamlNode&) {
        problems.add({define::Problem::Severity::kError, "content", key.line, key.column, excerpt(key.text),
                      "cannot use this key: 'monitors' is needed, a list"});
      });
  if (!problems.ok()) return Error(ErrorCode::kInvalidArgument, define::to_string(problems.list.front()));
  return monitors;
}

std::optional<YamlNode> YamlMonitors::next() {
  if (monitors_.empty()) return std::nullopt;
  auto monitor = std::move(monitors_.front());
  monitors_.pop_front();
  return monitor;
}

Status CsvMonitors::read_head() {
  TRY(auto head, reader_.next());
  if (!head) return {};
  for (const auto& column : *head) {
    bool known = std::ranges::find(kCsvColumns, column) != kCsvColumns.end() ||
                 std::ranges::any_of(kMaps, [&](std::string_view map) {
                   return column.size() > map.size() + 1 && column.starts_with(map) && column[map.size()] == '.';
                 });
    if (!known || std::ranges::count(*head, column) > 1)
      return Error(
          ErrorCode::kInvalidArgument,
          fmt::format("cannot use the column '{}' of the CSV: known are {}, labels.<key>, annotations.<key> and "
                      "params.<field>, each once",
                      excerpt(column), fmt::join(kCsvColumns, ", ")));
  }
  columns_ = std::move(*head);
  return {};
}

Status CsvMonitors::put(YamlNode& fields, const std::string& column, std::string text) const {
  auto dot = column.find('.');
  if (dot != std::string::npos) {
    put_in(map_in(fields, column.substr(0, dot)), column.substr(dot + 1), scalar(std::move(text)));
    return {};
  }
  bool map = std::ranges::find(kMaps, column) != kMaps.end();
  if (!map && column != "depends_on") {
    put_in(fields, column, scalar(std::move(text)));
    return {};
  }
  boost::system::error_code failure;
  auto value = json::parse(text, failure);
  if (failure || (map ? !value.is_object() : !value.is_array()))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read the CSV: line {}: '{}' must be a JSON {}", reader_.line(), column,
                             map ? "object, such as {\"site\": \"lab\"}" : "array, such as [\"router-1\"]"));
  if (!map) {
    put_in(fields, column, tree_of(value));
    return {};
  }
  auto tree = tree_of(value);
  auto& place = map_in(fields, column);
  for (std::size_t i = 0; i < tree.keys.size(); ++i) put_in(place, tree.keys[i].text, std::move(tree.items[i]));
  return {};
}

Result<std::optional<YamlNode>> CsvMonitors::next() {
  if (columns_.empty()) TRY_OK(read_head());
  TRY(auto row, reader_.next());
  if (!row) return std::nullopt;
  if (row->size() != columns_.size())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot read the CSV: line {}: it has {} cells, the first {}",
                                                          reader_.line(), row->size(), columns_.size()));
  YamlNode fields{.kind = YamlNode::Kind::kMap};
  for (std::size_t i = 0; i < columns_.size(); ++i)
    if (!(*row)[i].empty()) TRY_OK(put(fields, columns_[i], std::move((*row)[i])));
  return std::optional(std::move(fields));
}

void write_yaml_monitor(Body& out, const YamlNode& fields) {
  for (std::size_t i = 0; i < fields.items.size(); ++i) {
    out.append(i == 0 ? "  - " : "    ");
    write_scalar(out, fields.keys[i].text);
    out.append(":");
    write_value(out, fields.items[i], 4);
  }
}

void write_csv_head(Body& out) {
  out.append(fmt::format("{}\r\n", fmt::join(kCsvColumns, ",")));
}

void write_csv_monitor(Body& out, const YamlNode& fields) {
  for (std::size_t i = 0; i < kCsvColumns.size(); ++i) {
    if (i > 0) out.append(",");
    const auto* value = fields.find(kCsvColumns[i]);
    if (value == nullptr || value->kind == YamlNode::Kind::kNull) continue;
    write_cell(out, value->kind == YamlNode::Kind::kScalar ? value->text : json::serialize(json_of(*value)));
  }
  out.append("\r\n");
}

}  // namespace holter::api
