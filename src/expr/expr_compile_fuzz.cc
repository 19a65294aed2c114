// Expressions come from definition files and from whoever may save a rule: any text either compiles within the limits,
// or gives an error that says where.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "expr/program.h"

namespace {

using namespace holter::expr;

void compile_as(std::string_view text, Dialect dialect) {
  static const std::vector<Scope::Name> names = {{"a", Type::kNumber}, {"b", Type::kText}, {"c", Type::kBoolean},
                                                 {"$.d.1m"},           {"slots-total"},    {"in"}};
  auto program = compile(text, {.names = names, .dialect = dialect, .json = true});
  if (!program) {
    if (!program.error().message().starts_with("cannot compile expression ")) std::abort();
    return;
  }
  if (program->instructions() > kMaxInstructions || program->slot_count() > names.size()) std::abort();
  if (program->source() != text) std::abort();
  (void)to_text(*program);  // must only not crash
  // Folding never decides whether something compiles, but for limits.
  auto unfolded = compile(text, {.names = names, .dialect = dialect, .json = true, .fold = false});
  if (!unfolded && unfolded.error().code() != holter::ErrorCode::kTooLarge) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  compile_as(text, Dialect::kDefinition);
  compile_as(text, Dialect::kRule);
  return 0;
}
