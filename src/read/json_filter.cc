#include <cmath>

#include <re2/re2.h>

#include "expr/number_text.h"
#include "read/json_eval.h"

// JsonEvaluator's part for conditions.
namespace holter::read {
namespace {

using Kind = JsonFilter::Kind;

/// -1, 0, 1; nullopt: the two cannot be compared.
std::optional<int> order(const expr::Value& a, const expr::Value& b) {
  if (a.is_integer() && b.is_integer()) return a.integer() < b.integer() ? -1 : a.integer() > b.integer() ? 1 : 0;
  const double x = a.as_double();
  const double y = b.as_double();
  if (std::isnan(x) || std::isnan(y)) return std::nullopt;
  return x < y ? -1 : x > y ? 1 : 0;
}

/// Two texts by their bytes; a number with a number, or with a text that is one.
std::optional<int> order(JsonKind left_kind, std::string_view left, JsonKind right_kind, std::string_view right) {
  if (left_kind == JsonKind::kString && right_kind == JsonKind::kString) {
    const int order = left.compare(right);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  auto scalar = [](JsonKind kind) { return kind == JsonKind::kNumber || kind == JsonKind::kString; };
  if (!scalar(left_kind) || !scalar(right_kind)) return std::nullopt;
  auto a = expr::parse_number(left);
  auto b = expr::parse_number(right);
  return a && b ? order(*a, *b) : std::nullopt;
}

bool holds(Kind kind, std::optional<int> order) {
  if (!order) return false;
  switch (kind) {
    case Kind::kLess:
      return *order < 0;
    case Kind::kLessEqual:
      return *order <= 0;
    case Kind::kGreater:
      return *order > 0;
    case Kind::kGreaterEqual:
      return *order >= 0;
    default:
      return *order == 0;
  }
}

}  // namespace

std::uint32_t JsonEvaluator::walk(const JsonSteps& steps, std::uint32_t node) {
  for (const JsonStep& step : steps.steps) {
    if (!work_.visit(1 + tree_[node].children())) return JsonTree::kNone;
    node = step.kind == JsonStep::Kind::kNames ? tree_.member(node, step.names.front())
                                               : element(node, step.indexes.front());
    if (node == JsonTree::kNone) break;
  }
  return node;
}

Status JsonEvaluator::operand(const JsonOperand& source, std::uint32_t node, Operand& out) {
  using From = JsonOperand::Kind;
  out.missing = false;
  switch (source.kind) {
    case From::kNull:
      out.kind = JsonKind::kNull;
      return {};
    case From::kTrue:
      out.kind = JsonKind::kTrue;
      return {};
    case From::kFalse:
      out.kind = JsonKind::kFalse;
      return {};
    case From::kNumber:
    case From::kString:
      out.kind = source.kind == From::kNumber ? JsonKind::kNumber : JsonKind::kString;
      out.text = source.text;
      return {};
    case From::kPath:
      break;
  }
  const std::uint32_t start = source.path.from_root ? root_ : node;
  if (source.path.function == JsonFunction::kNone) {
    out.node = walk(source.path, start);
    if (work_.exhausted()) return failure();
    out.missing = out.node == JsonTree::kNone;
    if (out.missing) return {};
    out.kind = tree_[out.node].kind;
    out.text = tree_[out.node].text();
    if (!work_.visit(out.text.size() / 64)) return failure();  // a long text is work, too
    return {};
  }
  JsonNodes found(meter_);
  TRY_OK(run_parts(source.path, 0, start, true, JsonMissing::kNone, found));
  const auto value = compute(source.path.function, source.path.definite(), found);
  out.missing = !value;
  if (!value) return {};
  out.kind = JsonKind::kNumber;
  out.text = expr::to_text(*value, out.buffer);
  return {};
}

Result<bool> JsonEvaluator::exists(const JsonOperand& source, std::uint32_t node) {
  if (source.path.definite() || source.path.function != JsonFunction::kNone) {
    Operand found;
    TRY_OK(operand(source, node, found));
    return !found.missing;
  }
  JsonNodes found(meter_);
  TRY_OK(run(source.path, 0, source.path.from_root ? root_ : node, true, JsonMissing::kNone, found));
  return !found.empty();
}

Result<bool> JsonEvaluator::test(const JsonFilter& filter, std::uint32_t node) {
  if (!work_.visit(1)) return failure().error();
  switch (filter.kind) {
    case Kind::kAnd:
    case Kind::kOr:
      for (const JsonFilter& part : filter.parts) {
        TRY(bool passed, test(part, node));
        if (passed == (filter.kind == Kind::kOr)) return passed;
      }
      return filter.kind == Kind::kAnd;
    case Kind::kNot: {
      TRY(bool passed, test(filter.parts.front(), node));
      return !passed;
    }
    case Kind::kExists:
      return exists(filter.left, node);
    default:
      break;
  }
  Operand left;
  TRY_OK(operand(filter.left, node, left));
  if (filter.kind == Kind::kMatches) {
    if (left.missing || (left.kind != JsonKind::kString && left.kind != JsonKind::kNumber)) return false;
    return re2::RE2::FullMatch(re2::StringPiece(left.text.data(), left.text.size()), *filter.pattern);
  }
  Operand right;
  TRY_OK(operand(filter.right, node, right));
  const bool both = !left.missing && !right.missing;
  const auto compared = both ? order(left.kind, left.text, right.kind, right.text) : std::nullopt;
  if (filter.kind != Kind::kEqual && filter.kind != Kind::kUnequal) return holds(filter.kind, compared);
  // Literals are equal when they are the same; containers are equal to nothing.
  const bool literals = both && left.kind == right.kind && left.kind <= JsonKind::kTrue;
  const bool equal = literals || holds(Kind::kEqual, compared);
  return equal == (filter.kind == Kind::kEqual);
}

}  // namespace holter::read
