#include "define/yaml.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml.h>

#include "base/units.h"

namespace holter::define {
namespace {

struct Place {
  int line = 0, column = 0;
};

/// libyaml's parser over a file or memory; the first error is noted and ends everything.
class Reader {
 public:
  Reader(const YamlSource& source, const YamlLimits& limits, Problems& problems)
      : source_(source), limits_(limits), problems_(problems), initialized_(yaml_parser_initialize(&parser_) != 0) {}
  ~Reader() {
    drop_event();
    if (initialized_) yaml_parser_delete(&parser_);
    if (file_ != nullptr) std::fclose(file_);
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool open() {
    if (!initialized_) return fail({}, "cannot read: no memory for the YAML parser");
    if (source_.in_memory) {
      if (source_.memory.size() > limits_.max_bytes) return too_long(source_.memory.size());
      yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(source_.memory.data()),
                                   source_.memory.size());
    } else {
      // Looked at before it is opened: opening a pipe waits for a writer that may never come.
      struct stat info{};
      if (stat(source_.name.c_str(), &info) != 0) return fail({}, fmt::format("cannot open: {}", std::strerror(errno)));
      if (!S_ISREG(info.st_mode)) return fail({}, "cannot read: it is no regular file");
      if (static_cast<std::size_t>(info.st_size) > limits_.max_bytes)
        return too_long(static_cast<std::size_t>(info.st_size));
      file_ = std::fopen(source_.name.c_str(), "rbe");
      if (file_ == nullptr) return fail({}, fmt::format("cannot open: {}", std::strerror(errno)));
      yaml_parser_set_input(&parser_, read_file, this);
    }
    return next() && next();  // stream start, and what follows
  }

  yaml_event_type_t type() const { return event_.type; }
  Place place() const {
    return {static_cast<int>(event_.start_mark.line) + 1, static_cast<int>(event_.start_mark.column) + 1};
  }
  std::string scalar() const {
    return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length};
  }

  bool next() {
    drop_event();
    if (yaml_parser_parse(&parser_, &event_) == 0) {
      event_ = {};
      return syntax_error();
    }
    held_ = true;
    return check_event();
  }

  /// The value that begins at the current event; the event behind it is current afterwards.
  bool value(YamlNode& node, int depth, std::size_t& nodes) {
    auto at = place();
    node.line = at.line;
    node.column = at.column;
    if (depth > limits_.max_depth)
      return fail(at, fmt::format("cannot read YAML nested deeper than {} levels", limits_.max_depth));
    if (++nodes > limits_.max_nodes)
      return fail(at, fmt::format("cannot read YAML with more than {} values", limits_.max_nodes));
    if (type() == YAML_SCALAR_EVENT) {
      bool plain = event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      if (event_.data.scalar.length > limits_.max_scalar_bytes)
        return fail(at, fmt::format("cannot read a text of {}: at most {} are allowed",
                                    format_size(event_.data.scalar.length), format_size(limits_.max_scalar_bytes)));
      node.text = scalar();
      bool null = plain && (node.text.empty() || node.text == "~" || node.text == "null");
      node.kind = null ? YamlNode::Kind::kNull : YamlNode::Kind::kScalar;
      return next();
    }
    bool is_map = type() == YAML_MAPPING_START_EVENT;
    node.kind = is_map ? YamlNode::Kind::kMap : YamlNode::Kind::kList;
    if (!next()) return false;
    auto end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    while (type() != end) {
      if (is_map && !key(node)) return false;
      if (!value(node.items.emplace_back(), depth + 1, nodes)) return false;
    }
    return next();
  }

  /// Reads a map's key; the event of its value is current afterwards.
  bool key(YamlNode& node) {
    auto at = place();
    if (type() != YAML_SCALAR_EVENT) return fail(at, "cannot use a list or a map as a key");
    if (node.keys.size() >= limits_.max_keys)
      return fail(at, fmt::format("cannot read a map with more than {} keys", limits_.max_keys));
    auto text = scalar();
    auto same = std::ranges::find(node.keys, text, &YamlNode::Key::text);
    if (same != node.keys.end())
      return fail(at,
                  fmt::format("cannot use the key '{}' twice: it stands in line {} already", excerpt(text), same->line),
                  text);
    node.keys.push_back({std::move(text), at.line, at.column});
    return next();
  }

  bool fail(Place at, std::string message, std::string key = {}) {
    problems_.add({Problem::Severity::kError, source_.name, at.line, at.column, std::move(key), std::move(message)});
    return false;
  }

 private:
  /// libyaml's yaml_read_handler_t. The size is checked again here, since a file may grow while it is read.
  static int read_file(void* self, unsigned char* buffer, std::size_t size, std::size_t* got) {
    auto& reader = *static_cast<Reader*>(self);
    *got = std::fread(buffer, 1, size, reader.file_);
    reader.bytes_ += *got;
    return reader.bytes_ <= reader.limits_.max_bytes && std::ferror(reader.file_) == 0 ? 1 : 0;
  }

  bool syntax_error() {
    if (bytes_ > limits_.max_bytes) return too_long(bytes_);
    if (file_ != nullptr && std::ferror(file_) != 0) return fail({}, "cannot read: the disk failed");
    auto what =
        fmt::format("cannot read YAML: {}", parser_.problem != nullptr ? parser_.problem : "memory is exhausted");
    if (parser_.error == YAML_READER_ERROR)  // has no mark
      return fail({}, fmt::format("{} at byte {}", what, parser_.problem_offset));
    if (parser_.error == YAML_SCANNER_ERROR && parser_.unread > 0 && *parser_.buffer.pointer == '\t')
      what += "; indent with blanks, not with tabs";
    else if (parser_.context != nullptr)
      what += fmt::format(" ({} that begins in line {})", parser_.context, parser_.context_mark.line + 1);
    return fail({static_cast<int>(parser_.problem_mark.line) + 1, static_cast<int>(parser_.problem_mark.column) + 1},
                what);
  }

  bool too_long(std::size_t size) {
    return fail(
        {}, fmt::format("cannot read {}: at most {} are allowed", format_size(size), format_size(limits_.max_bytes)));
  }

  /// Nothing that makes a small file large (aliases), or that means something else elsewhere (several documents).
  bool check_event() {
    const unsigned char* anchor = nullptr;
    if (type() == YAML_SCALAR_EVENT) anchor = event_.data.scalar.anchor;
    if (type() == YAML_SEQUENCE_START_EVENT) anchor = event_.data.sequence_start.anchor;
    if (type() == YAML_MAPPING_START_EVENT) anchor = event_.data.mapping_start.anchor;
    if (anchor != nullptr || type() == YAML_ALIAS_EVENT)
      return fail(place(), "cannot use anchors and aliases (& and *): write the value out");
    if (type() == YAML_DOCUMENT_START_EVENT && ++documents_ > 1)
      return fail(place(), "cannot read more than one document in a file");
    return true;
  }

  void drop_event() {
    if (std::exchange(held_, false)) yaml_event_delete(&event_);
  }

  const YamlSource& source_;
  const YamlLimits& limits_;
  Problems& problems_;
  yaml_parser_t parser_{};
  yaml_event_t event_{};
  const bool initialized_;
  bool held_ = false;
  int documents_ = 0;
  std::FILE* file_ = nullptr;
  std::size_t bytes_ = 0;  ///< read from the file
};

}  // namespace

bool read_yaml(const YamlSource& source, const YamlLimits& limits, Problems& problems, YamlNode& root) {
  Reader reader(source, limits, problems);
  if (!reader.open()) return false;
  if (reader.type() == YAML_STREAM_END_EVENT) return true;  // an empty file
  std::size_t nodes = 0;
  return reader.next() && reader.value(root, 0, nodes) && reader.next();
}

bool stream_yaml_list(const YamlSource& source, const YamlLimits& limits, std::string_view key, Problems& problems,
                      const std::function<bool(const YamlNode&)>& element,
                      const std::function<void(const YamlNode::Key&, const YamlNode&)>& other) {
  Reader reader(source, limits, problems);
  if (!reader.open()) return false;
  if (reader.type() == YAML_STREAM_END_EVENT) return true;
  if (!reader.next()) return false;
  if (reader.type() != YAML_MAPPING_START_EVENT) {
    YamlNode node;
    std::size_t nodes = 0;
    auto at = reader.place();
    bool empty =
        reader.type() == YAML_SCALAR_EVENT && reader.value(node, 0, nodes) && node.kind == YamlNode::Kind::kNull;
    return empty || reader.fail(at, fmt::format("cannot use this file: a map with the key '{}' is needed", key));
  }
  if (!reader.next()) return false;
  YamlNode map;  // holds the keys only
  while (reader.type() != YAML_MAPPING_END_EVENT) {
    if (!reader.key(map)) return false;
    const auto& name = map.keys.back();
    if (name.text != key) {
      YamlNode node;
      std::size_t nodes = 0;
      if (!reader.value(node, 1, nodes)) return false;
      other(name, node);
      continue;
    }
    if (reader.type() != YAML_SEQUENCE_START_EVENT) {
      YamlNode node;
      std::size_t nodes = 0;
      auto at = reader.place();
      if (!reader.value(node, 1, nodes)) return false;
      if (node.kind == YamlNode::Kind::kNull) continue;
      return reader.fail(at, "cannot use this value: a list is needed", std::string(key));
    }
    if (!reader.next()) return false;
    while (reader.type() != YAML_SEQUENCE_END_EVENT) {
      YamlNode node;
      std::size_t nodes = 0;
      if (!reader.value(node, 2, nodes)) return false;
      if (!element(node)) return true;
    }
    if (!reader.next()) return false;
  }
  return reader.next();
}

}  // namespace holter::define
