#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <string>

#include <fmt/format.h>

#include "base/utf8.h"
#include "import/draft.h"

namespace holter::imports {
namespace {

bool is_plain(std::string_view text) {
  auto plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '/'; };
  return !text.empty() && std::isalnum(static_cast<unsigned char>(text.front())) && std::ranges::all_of(text, plain) &&
         text != "null";
}

/// May the character stand in a YAML file (YAML 1.1, section 5.1: c-printable)? JSON's are escaped by then.
bool is_printable(std::string_view sequence) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) != 0x7F;
  if (sequence.size() == 2) return byte(0) != 0xC2 || byte(1) >= 0xA0;  // U+0080 to U+009F
  if (sequence == "\xEF\xBB\xBF" || sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9") return false;
  return sequence != "\xEF\xBF\xBE" && sequence != "\xEF\xBF\xBF";
}

unsigned code_point(std::string_view s) {
  auto low = [&](std::size_t i) { return static_cast<unsigned>(s[i]) & 0x3FU; };
  auto first = static_cast<unsigned char>(s[0]);
  if (s.size() == 2) return (first & 0x1FU) << 6 | low(1);
  if (s.size() == 3) return (first & 0x0FU) << 12 | low(1) << 6 | low(2);
  return first;
}

/// A text in quotes that JSON and YAML both read.
std::string quoted(std::string_view text) {
  auto json = boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
  std::string out;
  for (std::string_view rest = json; !rest.empty();) {
    auto size = std::max<std::size_t>(1, utf8_sequence(rest));
    auto sequence = rest.substr(0, size);
    rest.remove_prefix(size);
    if (is_printable(sequence))
      out += sequence;
    else
      out += fmt::format("\\u{:04X}", code_point(sequence));
  }
  return out;
}

class Writer {
 public:
  explicit Writer(Format format) : json_(format == Format::kJson) {}

  std::string element(const Draft& draft) {
    out_ = json_ ? "{" : "  - ";
    indent_ = 4;
    text("name", draft.name);
    text("app", draft.app);
    if (!draft.interval.empty()) text("interval", draft.interval);
    if (!draft.cron.empty()) text("cron", draft.cron);
    if (!draft.params.empty()) {
      begin("params");
      for (const auto& [field, node] : draft.params) value(field, node);
      end();
    }
    if (!draft.labels.empty()) {
      begin("labels");
      for (const auto& [label, content] : draft.labels) text(label, content);
      end();
    }
    if (draft.paused) raw("paused", "true");
    if (json_) out_ += '}';
    return std::move(out_);
  }

 private:
  std::string scalar(std::string_view content) const {
    return !json_ && is_plain(content) ? std::string(content) : quoted(content);
  }
  void key(std::string_view name) {
    if (json_)
      out_ += fmt::format("{}{}: ", first_ ? "" : ", ", quoted(name));
    else
      out_ += fmt::format("{:{}}{}:", "", first_ ? 0 : indent_, scalar(name));
    first_ = false;
  }
  void raw(std::string_view name, std::string_view content) {
    key(name);
    out_ += json_ ? std::string(content) : fmt::format(" {}\n", content);
  }
  void text(std::string_view name, std::string_view content) { raw(name, scalar(content)); }
  void begin(std::string_view name) {
    key(name);
    out_ += json_ ? "{" : "\n";
    indent_ += 2;
    first_ = json_;
  }
  void end() {
    if (json_) out_ += '}';
    indent_ -= 2;
    first_ = false;
  }
  void value(std::string_view name, const model::Node& node) {
    if (node.kind == model::Node::Kind::kMap) {
      begin(name);
      for (std::size_t i = 0; i < node.items.size(); ++i) text(node.keys[i], node.items[i].text);
      return end();
    }
    if (node.kind != model::Node::Kind::kList) return text(name, node.text);
    std::string list;
    for (const auto& item : node.items) list += (list.empty() ? "" : ", ") + scalar(item.text);
    raw(name, "[" + list + "]");
  }

  const bool json_;
  std::string out_;
  int indent_ = 0;
  bool first_ = true;
};

}  // namespace

std::string render(const Draft& draft, Format format) {
  return Writer(format).element(draft);
}

}  // namespace holter::imports
