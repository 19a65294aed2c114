// Values come from targets: no expression and no value crashes, and explaining says what evaluating does.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "expr/explain.h"

namespace {

using namespace holter::expr;

/// Takes an input apart from its front.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  std::string_view take(std::size_t count) {
    auto out = rest_.substr(0, count);
    rest_.remove_prefix(out.size());
    return out;
  }
  std::uint8_t byte() {
    auto one = take(1);
    return one.empty() ? 0 : static_cast<std::uint8_t>(one[0]);
  }
  template <class T>
  T number() {
    T out{};
    auto bytes = take(sizeof(T));
    std::memcpy(&out, bytes.data(), bytes.size());
    return out;
  }
  Value value() {
    switch (byte() % 5) {
      case 0:
        return {};
      case 1:
        return Value::of(number<std::int64_t>());
      case 2:
        return Value::of(number<double>());
      case 3:
        return Value::of(byte() % 2 == 0);
      default:
        return Value::of(take(byte()));
    }
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Hands back pieces of the document, so that values of every kind come from it.
class AnyJson final : public JsonLookup {
  Found lookup(std::string_view document, std::span<const std::string_view> path, TextArena& arena,
               Value& value) const override {
    if (document.empty()) return Found::kNoObject;
    if (document.size() < path.size()) return Found::kMissing;
    auto copy = arena.copy(document);
    if (!copy) return Found::kTooLarge;
    value = document.size() % 2 == 0 ? Value::of(*copy) : Value::of(static_cast<std::int64_t>(document.size()));
    return Found::kValue;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Scratch scratch;
  static const AnyJson json;
  scratch.set_json(&json);
  Input input(data, size);
  const Value slots[] = {input.value(), input.value(), input.value()};
  for (bool fold : {true, false}) {
    auto program = compile(input.rest(), {.names = {{"a"}, {"b"}, {"c"}}, .json = true, .fold = fold});
    if (!program) continue;
    auto outcome = evaluate(*program, slots, scratch);
    auto literal = outcome.ok() ? to_literal(outcome.value) : std::string();
    auto told = explain(*program, slots, scratch);
    if (told.reason != outcome.reason || told.why.empty() != outcome.ok()) std::abort();
    auto again = evaluate(*program, slots, scratch);
    if (again.reason != outcome.reason || (again.ok() && to_literal(again.value) != literal)) std::abort();
  }
  return 0;
}
