#include "read/json_rows.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"
#include "base/utf8.h"
#include "read/json_stream.h"

namespace holter::read {

/// Turns values into rows of a sink.
class JsonRowWriter final : public JsonUnitResults {
 public:
  JsonRowWriter(const JsonRows& rows, RowSink& sink) : rows_(rows), sink_(sink) {}

  Status value(JsonTree& tree, std::uint32_t node, Meter& meter, JsonWork& work) override {
    const JsonKind kind = tree[node].kind;
    if (kind == JsonKind::kObject) return object_row(tree, node, meter, work);
    if (rows_.top_level_ || (kind != JsonKind::kString && kind != JsonKind::kNumber)) return {};
    if (!sink_.begin_row()) return full();
    for (std::size_t i = 0; i < rows_.columns_.size(); ++i) {
      if (rows_.columns_[i].of_request)
        TRY_OK(put(i, std::nullopt));
      else
        TRY_OK(put_value(i, tree, node));
    }
    return {};
  }

 private:
  Status object_row(JsonTree& tree, std::uint32_t row, Meter& meter, JsonWork& work) {
    if (!sink_.begin_row()) return full();
    JsonEvaluator evaluator(tree, row, meter, work);
    JsonNodes found(meter);
    for (std::size_t i = 0; i < rows_.columns_.size(); ++i) {
      const auto& column = rows_.columns_[i];
      if (!work.visit(1 + tree[row].children())) return too_much_work();
      const std::uint32_t member = tree.member(row, column.alias);
      if (rows_.top_level_) {
        TRY_OK(put_scalar(i, tree, member));
      } else if (member != JsonTree::kNone && tree[member].kind != JsonKind::kNull) {
        TRY_OK(put_value(i, tree, member));
      } else if (column.one_value) {
        const std::uint32_t end = evaluator.walk(column.path->steps(), row);
        if (work.exhausted()) return too_much_work();
        if (end == JsonTree::kNone || tree[end].kind == JsonKind::kNull)
          TRY_OK(put(i, std::nullopt));
        else
          TRY_OK(put_value(i, tree, end));
      } else if (column.path) {
        TRY_OK(column.path->named(evaluator.run(column.path->steps(), 0, row, true, JsonMissing::kNone, found)));
        TRY_OK(put_list(i, tree, found));
      } else {
        TRY_OK(put(i, std::nullopt));
      }
    }
    return {};
  }

  Status put(std::size_t column, std::optional<std::string_view> text) {
    if (text) text = as_utf8(*text, clean_);
    return sink_.cell(column, text) ? Status() : full();
  }
  Status put_value(std::size_t column, const JsonTree& tree, std::uint32_t node) {
    auto text = value_text(tree, node, rows_.top_level_ ? NumberText::kSource : NumberText::kJava, scratch_);
    return text ? put(column, text) : too_long(column);
  }
  /// For the parse type default.
  Status put_scalar(std::size_t column, const JsonTree& tree, std::uint32_t node) {
    if (node != JsonTree::kNone && tree[node].kind == JsonKind::kArray && tree[node].children() == 1) ++node;
    if (node == JsonTree::kNone || tree[node].kind == JsonKind::kNull) return put(column, std::nullopt);
    if (!tree[node].is_container()) return put_value(column, tree, node);
    return Error(ErrorCode::kProtocolViolation,
                 fmt::format("cannot read the member \"{}\": it is {} of {}, not a scalar",
                             excerpt(rows_.columns_[column].alias), name_of(tree[node].kind), tree[node].children()));
  }
  Status put_list(std::size_t column, const JsonTree& tree, const JsonNodes& found) {
    if (found.size() == 1 && tree[found[0]].kind != JsonKind::kNull) return put_value(column, tree, found[0]);
    if (found.size() < 2) return put(column, std::nullopt);
    scratch_ = "[";
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (i > 0) scratch_ += ',';
      if (!append_json(tree, found[i], scratch_)) return too_long(column);
    }
    scratch_ += ']';
    return put(column, scratch_);
  }

  static Status full() {
    return Error(ErrorCode::kResourceExhausted, "cannot keep the rows of the answer: there is no room for more");
  }
  static Status too_much_work() {
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot read the rows: more than {} values would be looked at", JsonPath::kMaxVisits));
  }
  Status too_long(std::size_t column) const {
    return Error(ErrorCode::kTooLarge, fmt::format("cannot read the value of \"{}\": its text is longer than {}",
                                                   excerpt(rows_.columns_[column].alias), format_size(kMaxValueText)));
  }

  const JsonRows& rows_;
  RowSink& sink_;
  std::string scratch_, clean_;
};

namespace {

/// A path of its own for columns that can be one.
bool is_path(std::string_view alias) {
  return alias.starts_with("$.") || alias.starts_with("$[");
}

}  // namespace

Result<JsonRows> JsonRows::by_path(std::string_view script, std::vector<std::string> aliases) {
  const bool blank = script.find_first_not_of(" \t\r\n") == std::string_view::npos;
  JsonRows out;
  TRY(out.script_, JsonPath::compile(blank ? "$" : script));
  JsonProjection looked_at;
  for (auto& alias : aliases) {
    Column column{.alias = std::move(alias), .path = {}, .of_request = false};
    column.of_request = is_request_alias(column.alias);
    looked_at.add_all(looked_at.add(column.alias, 0));
    if (is_path(column.alias)) {
      TRY(column.path, JsonPath::compile(column.alias));
      column.one_value = column.path->definite() && column.path->steps().function == JsonFunction::kNone;
      looked_at.add_all(looked_at.add(column.path->steps(), 0, 0));
    }
    out.columns_.push_back(std::move(column));
  }
  out.plan_ = std::make_shared<const JsonPlan>(JsonPlan::of(out.script_.steps(), looked_at));
  return out;
}

JsonRows JsonRows::top_level(std::vector<std::string> aliases) {
  JsonRows out;
  auto whole = JsonPath::compile("$");
  CHECK(whole.has_value());
  out.script_ = std::move(*whole);
  out.top_level_ = true;
  JsonPlan plan;
  plan.each = true;
  plan.kept = JsonProjection();
  for (auto& alias : aliases) {
    plan.kept.add_all(plan.kept.add(alias, 0));
    const bool of_request = is_request_alias(alias);
    out.columns_.push_back({.alias = std::move(alias), .path = {}, .of_request = of_request});
  }
  out.plan_ = std::make_shared<const JsonPlan>(std::move(plan));
  return out;
}

Status JsonRows::read(std::string_view document, memory::Account& account, RowSink& sink) const {
  if (document.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  JsonRowWriter writer(*this, sink);
  return script_.named(stream_json(document, script_.steps(), *plan_, account, writer));
}

}  // namespace holter::read
