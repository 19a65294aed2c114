#include "expr/emitter.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/units.h"
#include "expr/operate.h"
#include "expr/program.h"

namespace holter::expr {
namespace {

Type type_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNull:
      return Type::kNull;
    case Value::Kind::kBoolean:
      return Type::kBoolean;
    case Value::Kind::kText:
      return Type::kText;
    default:
      return Type::kNumber;
  }
}

}  // namespace

Emitter::Emitter(std::string_view source, bool fold, RegexPool* pool) : fold_(fold), pool_(pool) {
  code_->source = source;
  code_->shares_regexes = pool != nullptr;
}

void Emitter::add(Op op, std::size_t a, Span span, int growth) {
  code_->instrs.push_back({op, static_cast<std::uint16_t>(a)});
  code_->spans.push_back(span);
  depth_ += static_cast<std::size_t>(growth);
  deepest_ = std::max(deepest_, depth_);
}

Operand Emitter::constant(const Value& value, Span span) {
  Operand operand{type_of(value), next(), span};
  auto text = value.is_text() ? value.text() : std::string_view();
  auto same = [&](const Constant& known) {
    return value.is_text() ? known.value.is_text() && known.text == text
                           : !(value.is_double() && value.number() == 0) && known.value.same_as(value);  // -0.0
  };
  auto found = std::ranges::find_if(constants_, same);
  auto index = static_cast<std::size_t>(found - constants_.begin());
  if (found == constants_.end()) constants_.push_back({value.is_text() ? Value::of("") : value, std::string(text)});
  add(Op::kConstant, index, span, 1);
  return operand;
}

Operand Emitter::slot(std::uint16_t index, Type type, Span span) {
  if (std::ranges::find(code_->slots, index) == code_->slots.end()) code_->slots.push_back(index);
  code_->slot_count = std::max<std::uint16_t>(code_->slot_count, static_cast<std::uint16_t>(index + 1));
  Operand operand{type, next(), span};
  add(Op::kSlot, index, span, 1);
  return operand;
}

Operand Emitter::now(Span span) {
  Operand operand{Type::kNumber, next(), span};
  add(Op::kNow, 0, span, 1);
  return operand;
}

Value Emitter::constant_at(std::size_t instr) const {
  const auto& constant = constants_[code_->instrs[instr].a];
  return constant.value.is_text() ? Value::of(std::string_view(constant.text)) : constant.value;
}

bool Emitter::is_constant(const Operand& operand, std::size_t end) const {
  return end == operand.begin + 1 && code_->instrs[operand.begin].op == Op::kConstant;
}

Operand Emitter::fold_into(std::size_t begin, const Value& value, Span span) {
  depth_ -= next() - begin;
  code_->instrs.resize(begin);
  code_->spans.resize(begin);
  return constant(value, span);
}

Operand Emitter::binary(Op op, const Operand& left, const Operand& right, Type type, Span span) {
  if (fold_ && is_constant(left, right.begin) && is_constant(right, next())) {
    TextArena texts;
    Value result;
    // What has no value, as 1 / 0, stays: evaluation tells why.
    if (expr::binary(op, constant_at(left.begin), constant_at(right.begin), texts, result) == Reason::kNone)
      return fold_into(left.begin, result, span);
  }
  add(op, 0, span, -1);
  return {type, left.begin, span};
}

Operand Emitter::unary(Op op, const Operand& operand, Type type, Span span, std::uint16_t a) {
  if (fold_ && op == Op::kNegate && is_constant(operand, next())) {
    Value result;
    if (negate(constant_at(operand.begin), result) == Reason::kNone) return fold_into(operand.begin, result, span);
  }
  add(op, a, span, 0);
  return {type, operand.begin, span};
}

std::uint16_t Emitter::add_path() {
  code_->path_names.emplace_back();
  return static_cast<std::uint16_t>(code_->path_names.size() - 1);
}

Result<std::uint16_t> Emitter::add_regex(std::string_view pattern) {
  auto found = std::ranges::find(code_->regexes, pattern, &Regex::pattern);
  auto index = static_cast<std::uint16_t>(found - code_->regexes.begin());
  if (found != code_->regexes.end()) return index;
  if (index == kMaxRegexes)
    return Error(ErrorCode::kTooLarge, fmt::format("more than {} different regular expressions", kMaxRegexes));
  TRY(auto compiled, pool_ == nullptr ? compile_regex(pattern) : pool_->get(pattern));
  code_->regexes.push_back({std::string(pattern), std::move(compiled)});
  return index;
}

std::size_t Emitter::jump(Op op, Span span) {
  add(op, 0, span, op == Op::kJump ? 0 : -1);
  return next() - 1;
}

Error Emitter::too_large(std::string_view what, std::size_t count, std::size_t most) const {
  return {ErrorCode::kTooLarge, fmt::format("cannot compile expression \"{}\": it has {} {}; {} are the most",
                                            excerpt(code_->source), count, what, most)};
}

Status Emitter::check_limits() const {
  if (next() > kMaxInstructions) return too_large("instructions", next(), kMaxInstructions);
  if (code_->constants.size() > kMaxConstants) return too_large("constants", code_->constants.size(), kMaxConstants);
  if (deepest_ > kMaxStack) return too_large("values to hold at a time", deepest_, kMaxStack);
  std::size_t bytes = code_->texts_bytes;
  if (bytes > TextArena::kCapacity) return too_large("bytes of constant text", bytes, TextArena::kCapacity);
  return {};
}

/// Keeps the constants that are still used, with their texts in one piece.
void Emitter::bind_constants() {
  std::vector<std::size_t> kept;
  std::vector<std::size_t> place(constants_.size(), constants_.size());
  for (auto& instr : code_->instrs) {
    if (instr.op != Op::kConstant) continue;
    if (place[instr.a] == constants_.size()) {
      place[instr.a] = kept.size();
      kept.push_back(instr.a);
      code_->texts_bytes += constants_[instr.a].text.size();
    }
    instr.a = static_cast<std::uint16_t>(place[instr.a]);
  }
  code_->texts = std::make_unique<char[]>(code_->texts_bytes);
  char* to = code_->texts.get();
  for (auto index : kept) {
    const auto& constant = constants_[index];
    if (!constant.text.empty()) std::memcpy(to, constant.text.data(), constant.text.size());
    code_->constants.push_back(constant.value.is_text() ? Value::of(std::string_view(to, constant.text.size()))
                                                        : constant.value);
    to += constant.text.size();
  }
}

Result<std::shared_ptr<const Code>> Emitter::finish(Type type) && {
  bind_constants();
  TRY_OK(check_limits());
  code_->type = type;
  for (const auto& names : code_->path_names) code_->paths.emplace_back(names.begin(), names.end());
  code_->instrs.shrink_to_fit();
  code_->spans.shrink_to_fit();
  code_->constants.shrink_to_fit();
  code_->slots.shrink_to_fit();
  return std::shared_ptr<const Code>(std::move(code_));
}

}  // namespace holter::expr
