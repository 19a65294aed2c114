#include "read/json_eval.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/units.h"
#include "expr/number_text.h"
#include "read/json_path.h"

namespace holter::read {
namespace {

using StepKind = JsonStep::Kind;
using expr::Value;

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// Sum, least, greatest of numbers; integers stay integers as long as they fit.
class Aggregate {
 public:
  void add(std::string_view text) {
    auto value = expr::parse_number(text);
    if (!value) return;
    ++count_;
    const double number = value->as_double();
    sum_ += number;
    std::int64_t total = 0;
    whole_ = whole_ && value->is_integer() && !__builtin_add_overflow(whole_sum_, value->integer(), &total);
    if (whole_) whole_sum_ = total;
    if (count_ == 1 || number < min_.as_double()) min_ = *value;
    if (count_ == 1 || number > max_.as_double()) max_ = *value;
  }
  std::optional<Value> result(JsonFunction function) const {
    if (count_ == 0) return std::nullopt;
    if (function == JsonFunction::kMin) return min_;
    if (function == JsonFunction::kMax) return max_;
    if (function == JsonFunction::kSum && whole_) return Value::of(whole_sum_);
    const double value = function == JsonFunction::kSum ? sum_ : sum_ / static_cast<double>(count_);
    return std::isfinite(value) ? std::optional(Value::of(value)) : std::nullopt;
  }

 private:
  std::size_t count_ = 0;
  double sum_ = 0;
  bool whole_ = true;
  std::int64_t whole_sum_ = 0;
  Value min_, max_;
};

}  // namespace

bool JsonWork::visit(std::uint64_t values) {
  visits_ += values;
  exhausted_ = exhausted_ || visits_ > JsonPath::kMaxVisits;
  return !exhausted_;
}

std::string_view name_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return "a boolean";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a text";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      break;
  }
  return "an object";
}

Status check_missing(const JsonStep& step, std::size_t number, bool last, JsonKind kind) {
  if (step.deep || step.kind == StepKind::kAny) return {};
  const bool names = step.kind == StepKind::kNames;
  const auto what =
      names ? fmt::format("part {} ('{}')", number, excerpt(step.names.front(), 60)) : fmt::format("part {}", number);
  const bool fits = step.kind == StepKind::kFilter ? kind >= JsonKind::kArray
                    : names                        ? kind == JsonKind::kObject
                                                   : kind == JsonKind::kArray;
  if (!fits)
    return Error(ErrorCode::kNotFound,
                 fmt::format("{} needs {}, but there is {}", what, names ? "an object" : "an array", name_of(kind)));
  if (names && step.names.size() == 1 && !last)
    return Error(ErrorCode::kNotFound, fmt::format("{}: there is no such member", what));
  return {};
}

Status JsonEvaluator::failure() const {
  if (error_) return *error_;
  if (work_.exhausted())
    return Error(ErrorCode::kTooLarge,
                 fmt::format("it would look at more than {} values of the document", JsonPath::kMaxVisits));
  return meter_.refusal("keep the values");
}

Status JsonEvaluator::run_parts(const JsonSteps& steps, std::size_t first, std::uint32_t node, bool definite,
                                JsonMissing missing, JsonNodes& out) {
  JsonNodes next(meter_);
  out.clear();
  if (!out.push(node)) return failure();
  for (std::size_t i = first; i < steps.steps.size(); ++i) {
    const JsonStep& step = steps.steps[i];
    const bool last = i + 1 == steps.steps.size() && steps.function == JsonFunction::kNone;
    next.clear();
    for (std::uint32_t at : out)
      if (!apply(step, at, next)) return failure();
    if (definite && missing == JsonMissing::kError && next.empty() && out.size() == 1)
      TRY_OK(check_missing(step, i + 1, last, tree_[out[0]].kind));
    definite = definite && step.definite();
    out.swap(next);
  }
  return {};
}

Status JsonEvaluator::run(const JsonSteps& steps, std::size_t first, std::uint32_t node, bool definite,
                          JsonMissing missing, JsonNodes& out) {
  TRY_OK(run_parts(steps, first, node, definite, missing, out));
  if (steps.function == JsonFunction::kNone) return {};
  const auto value = compute(steps.function, definite && steps.definite(), out);
  out.clear();
  if (!value) return {};
  char buffer[expr::kMaxScalarText];
  const std::uint32_t made = tree_.size();
  if (!tree_.leaf(JsonKind::kNumber, {}, expr::to_text(*value, buffer), JsonTree::kNone) || !out.push(made))
    return failure();
  return {};
}

bool JsonEvaluator::apply(const JsonStep& step, std::uint32_t node, JsonNodes& out) {
  if (!step.deep) return apply_here(step, node, out);
  const std::uint32_t end = tree_[node].end;
  if (!work_.visit(end - node)) return false;
  for (std::uint32_t at = node; at < end; ++at) {
    // A filter below `..` looks at each value once; elsewhere it would see an element of an array twice.
    const bool more = step.kind == StepKind::kFilter ? add_if(*step.filter, at, out) : apply_here(step, at, out);
    if (!more) return false;
  }
  return true;
}

bool JsonEvaluator::apply_here(const JsonStep& step, std::uint32_t node, JsonNodes& out) {
  const JsonNode& n = tree_[node];
  switch (step.kind) {
    case StepKind::kNames:
      for (const auto& name : step.names) {
        if (!work_.visit(1 + n.children())) return false;
        const std::uint32_t found = tree_.member(node, name);
        if (found != JsonTree::kNone && !out.push(found)) return false;
      }
      return true;
    case StepKind::kAny:
      if (!n.is_container()) return true;
      for (std::uint32_t child = node + 1; child < n.end; child = tree_[child].end)
        if (!work_.visit(1) || !out.push(child)) return false;
      return true;
    case StepKind::kIndexes:
      return apply_indexes(step, node, out);
    case StepKind::kSlice:
      return apply_slice(step, node, out);
    case StepKind::kFilter:
      // An object is tested itself; of an array, each element.
      if (n.kind == JsonKind::kObject) return add_if(*step.filter, node, out);
      if (n.kind != JsonKind::kArray) return true;
      for (std::uint32_t child = node + 1; child < tree_[node].end; child = tree_[child].end)
        if (!add_if(*step.filter, child, out)) return false;
      return true;
  }
  return true;
}

bool JsonEvaluator::add_if(const JsonFilter& filter, std::uint32_t node, JsonNodes& out) {
  auto passed = test(filter, node);
  if (!passed) {
    error_ = std::move(passed).error();
    return false;
  }
  return !*passed || out.push(node);
}

std::uint32_t JsonEvaluator::element(std::uint32_t array, std::int64_t index) {
  const JsonNode& n = tree_[array];
  if (n.kind != JsonKind::kArray) return JsonTree::kNone;
  const auto count = static_cast<std::int64_t>(n.children());
  if (index < 0) index += count;
  if (index < 0 || index >= count || !work_.visit(static_cast<std::uint64_t>(index))) return JsonTree::kNone;
  std::uint32_t at = array + 1;
  for (; index > 0; --index) at = tree_[at].end;
  return at;
}

bool JsonEvaluator::apply_indexes(const JsonStep& step, std::uint32_t node, JsonNodes& out) {
  for (auto index : step.indexes) {
    const std::uint32_t found = element(node, index);
    if (work_.exhausted() || (found != JsonTree::kNone && !out.push(found))) return false;
  }
  return work_.visit(1);
}

bool JsonEvaluator::apply_slice(const JsonStep& step, std::uint32_t node, JsonNodes& out) {
  // RFC 9535, 2.3.4.2.2
  const JsonNode& n = tree_[node];
  if (n.kind != JsonKind::kArray) return true;
  const auto count = static_cast<std::int64_t>(n.children());
  const bool forward = step.stride > 0;
  auto normal = [count](std::int64_t i) { return i >= 0 ? i : i + count; };
  const auto from = normal(step.from.value_or(forward ? 0 : count - 1));
  const auto to = step.to ? normal(*step.to) : (forward ? count : -1);
  const auto low = forward ? std::clamp<std::int64_t>(from, 0, count) : std::clamp<std::int64_t>(to, -1, count - 1);
  const auto high = forward ? std::clamp<std::int64_t>(to, 0, count) : std::clamp<std::int64_t>(from, -1, count - 1);
  if (!work_.visit(1 + n.children())) return false;
  JsonNodes elements(meter_);
  for (std::uint32_t child = node + 1; child < n.end; child = tree_[child].end)
    if (!elements.push(child)) return false;
  if (forward) {
    for (auto i = low; i < high; i += std::min(step.stride, count))
      if (!out.push(elements[static_cast<std::size_t>(i)])) return false;
  } else {
    for (auto i = high; i > low; i += std::max(step.stride, -count))
      if (!out.push(elements[static_cast<std::size_t>(i)])) return false;
  }
  return true;
}

std::optional<Value> JsonEvaluator::compute(JsonFunction function, bool definite, const JsonNodes& nodes) {
  if (definite && nodes.empty()) return std::nullopt;
  if (function == JsonFunction::kLength) {
    if (!definite) return Value::of(static_cast<std::int64_t>(nodes.size()));
    const JsonNode& n = tree_[nodes[0]];
    if (n.is_container()) return Value::of(static_cast<std::int64_t>(n.children()));
    return n.kind == JsonKind::kString ? std::optional(Value::of(characters(n.text()))) : std::nullopt;
  }
  Aggregate all;
  if (!definite) {
    for (std::uint32_t node : nodes)
      if (tree_[node].kind == JsonKind::kNumber) all.add(tree_[node].text());
  } else if (const JsonNode& n = tree_[nodes[0]]; n.is_container()) {
    for (std::uint32_t child = nodes[0] + 1; child < n.end; child = tree_[child].end)
      if (tree_[child].kind == JsonKind::kNumber) all.add(tree_[child].text());
  }
  return all.result(function);
}

}  // namespace holter::read
