#include "read/promql_rows.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "base/utf8.h"
#include "expr/number_text.h"

namespace holter::read {
namespace {

class Writer final : public JsonResults {
 public:
  Writer(const std::vector<std::string>& aliases, RowSink& sink) : aliases_(aliases), sink_(sink) {}

  Status value(const JsonTree& tree, std::uint32_t series) override {
    if (tree[series].kind != JsonKind::kObject) return {};
    const std::uint32_t labels = tree.member(series, "metric");
    if (const auto point = tree.member(series, "value"); is_point(tree, point)) TRY_OK(put(tree, labels, point));
    const auto points = tree.member(series, "values");
    if (points == JsonTree::kNone || tree[points].kind != JsonKind::kArray) return {};
    for (std::uint32_t at = points + 1; at < tree[points].end; at = tree[at].end)
      if (is_point(tree, at)) TRY_OK(put(tree, labels, at));
    return {};
  }

 private:
  /// [seconds, "sample"]
  static bool is_point(const JsonTree& tree, std::uint32_t node) {
    return node != JsonTree::kNone && tree[node].kind == JsonKind::kArray && tree[node].children() == 2 &&
           tree[node + 1].kind == JsonKind::kNumber && !tree[node + 2].is_container();
  }

  Status put(const JsonTree& tree, std::uint32_t labels, std::uint32_t point) {
    if (!sink_.begin_row()) return full();
    for (std::size_t i = 0; i < aliases_.size(); ++i) {
      auto text = cell(tree, labels, point, aliases_[i]);
      if (text) text = as_utf8(*text, clean_);
      if (!sink_.cell(i, text)) return full();
    }
    return {};
  }

  std::optional<std::string_view> cell(const JsonTree& tree, std::uint32_t labels, std::uint32_t point,
                                       std::string_view alias) {
    const auto label = labels == JsonTree::kNone ? JsonTree::kNone : tree.member(labels, alias);
    if (label != JsonTree::kNone && tree[label].kind == JsonKind::kString) return tree[label].text();
    if (alias == "value" || alias == "metric_value") return tree[point + 2].text();
    if (alias != "timestamp") return std::nullopt;
    const auto seconds = expr::parse_number(tree[point + 1].text());
    const double ms = seconds ? seconds->as_double() * 1000 : NAN;
    if (!(std::abs(ms) < 9e15)) return std::nullopt;
    time_ = fmt::format("{}", std::llround(ms));
    return time_;
  }

  static Status full() {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more");
  }

  const std::vector<std::string>& aliases_;
  RowSink& sink_;
  std::string clean_, time_;
};

}  // namespace

PromqlRows::PromqlRows(std::vector<std::string> aliases) : aliases_(std::move(aliases)) {
  auto series = JsonPath::compile("$.data.result[*]");
  CHECK(series.has_value());
  series_ = std::move(*series);
}

Status PromqlRows::read(std::string_view document, memory::Account& account, RowSink& sink) const {
  Writer writer(aliases_, sink);
  return series_.read(document, account, writer);
}

}  // namespace holter::read
