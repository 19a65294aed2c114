#include <string>

#include <fmt/format.h>

#include "import/draft.h"
#include "import/yaml_text.h"

namespace holter::imports {
namespace {

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
  std::string scalar(std::string_view content) const { return json_ ? quoted(content) : yaml_scalar(content); }
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
