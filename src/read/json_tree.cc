#include "read/json_tree.h"

#include <functional>

#include <fmt/format.h>

#include "expr/number_text.h"

namespace holter::read {
namespace {

constexpr std::size_t kBlock = 4096;

bool append(std::string& out, std::string_view text) {
  if (text.size() > kMaxValueText - std::min(out.size(), kMaxValueText)) return false;
  out += text;
  return true;
}

std::string_view number_text(std::string_view text, NumberText numbers, char (&buffer)[expr::kMaxScalarText]) {
  if (numbers == NumberText::kSource || text.find_first_of(".eE") == std::string_view::npos) return text;
  auto value = expr::parse_number(text);
  return value && value->is_double() ? expr::write_double(value->number(), buffer) : text;
}

/// As Java's Map.toString(): `{k=v, k2=v2}`. Lists in it are JSON.
bool append_map(const JsonTree& tree, std::uint32_t node, NumberText numbers, std::string& out) {
  const JsonNode& n = tree[node];
  if (n.kind == JsonKind::kArray) return append_json(tree, node, out);
  if (n.kind == JsonKind::kNumber) {
    char buffer[expr::kMaxScalarText];
    return append(out, number_text(n.text(), numbers, buffer));
  }
  if (n.kind != JsonKind::kObject) return append(out, n.text());
  out += '{';
  for (std::uint32_t child = node + 1; child < n.end; child = tree[child].end) {
    if (child != node + 1) out += ", ";
    if (!append(out, tree[child].name()) || !append(out, "=") || !append_map(tree, child, numbers, out)) return false;
  }
  return append(out, "}");
}

}  // namespace

std::string_view JsonNode::text() const {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
      return "false";
    case JsonKind::kTrue:
      return "true";
    case JsonKind::kNumber:
    case JsonKind::kString:
      return {text_data, text_length};
    case JsonKind::kArray:
    case JsonKind::kObject:
      break;
  }
  return {};
}

std::optional<std::string_view> JsonTree::keep(std::string_view text) {
  const std::less_equal<> not_after;
  if (text.empty()) return std::string_view();
  if (not_after(document_.data(), text.data()) &&
      not_after(text.data() + text.size(), document_.data() + document_.size()))
    return text;
  if (copies_.empty() || text.size() > copies_.back().size - used_) {
    const std::size_t size = std::max(kBlock, text.size());
    if (!meter_.take(size + sizeof(Copy))) return std::nullopt;
    copies_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }
  char* to = copies_.back().bytes.get() + used_;
  std::memcpy(to, text.data(), text.size());
  used_ += text.size();
  return std::string_view(to, text.size());
}

bool JsonTree::open(JsonKind kind, std::string_view name, std::uint32_t parent) {
  JsonNode node;
  node.name_data = name.data();
  node.name_length = static_cast<std::uint32_t>(name.size());
  node.kind = kind;
  node.end = size() + 1;
  if (!nodes_.push(node)) return false;
  if (parent != kNone) ++nodes_[parent].text_length;
  return true;
}

bool JsonTree::leaf(JsonKind kind, std::string_view name, std::string_view text, std::uint32_t parent) {
  auto kept = keep(text);
  if (!kept || !open(kind, name, parent)) return false;
  JsonNode& node = nodes_[nodes_.size() - 1];
  node.text_data = kept->data();
  node.text_length = static_cast<std::uint32_t>(kept->size());
  return true;
}

void JsonTree::clear() {
  nodes_.clear();
  for (const Copy& copy : copies_) meter_.give(copy.size + sizeof(Copy));
  copies_.clear();
  used_ = 0;
}

std::uint32_t JsonTree::member(std::uint32_t object, std::string_view name) const {
  const JsonNode& n = nodes_[object];
  if (n.kind != JsonKind::kObject) return kNone;
  for (std::uint32_t child = object + 1; child < n.end; child = nodes_[child].end)
    if (nodes_[child].name() == name) return child;
  return kNone;
}

void append_json_string(std::string_view text, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

bool append_json(const JsonTree& tree, std::uint32_t node, std::string& out) {
  const JsonNode& n = tree[node];
  if (n.kind == JsonKind::kString) {
    if (n.text_length > kMaxValueText) return false;
    append_json_string(n.text(), out);
    return out.size() <= kMaxValueText;
  }
  if (!n.is_container()) return append(out, n.text());
  const bool object = n.kind == JsonKind::kObject;
  out += object ? '{' : '[';
  for (std::uint32_t child = node + 1; child < n.end; child = tree[child].end) {
    if (child != node + 1) out += ',';
    if (object) {
      if (tree[child].name_length > kMaxValueText) return false;
      append_json_string(tree[child].name(), out);
      out += ':';
    }
    if (!append_json(tree, child, out)) return false;
  }
  return append(out, object ? "}" : "]");
}

std::optional<std::string_view> value_text(const JsonTree& tree, std::uint32_t node, NumberText numbers,
                                           std::string& scratch) {
  const JsonNode& n = tree[node];
  scratch.clear();
  if (n.is_container()) {
    if (!append_map(tree, node, numbers, scratch)) return std::nullopt;
    return scratch;
  }
  auto text = n.text();
  char buffer[expr::kMaxScalarText];
  if (n.kind == JsonKind::kNumber) text = number_text(text, numbers, buffer);
  if (text.size() > kMaxValueText) return std::nullopt;
  if (text.data() != buffer) return text;
  scratch = text;
  return scratch;
}

}  // namespace holter::read
