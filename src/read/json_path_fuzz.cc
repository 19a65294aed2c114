// A path from a definition, and a document from a target: any two either give values or an error that says what and
// where; memory is given back. The input is the path, a NUL, and the document.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "read/json_rows.h"
#include "read/json_stream.h"
#include "read/promql_rows.h"

namespace {

using namespace holter::read;

class Sink final : public RowSink {
 public:
  bool begin_row() override { return ++rows_ < 10'000; }
  bool cell(std::size_t column, std::optional<std::string_view> text) override {
    if (column > 2) std::abort();
    return !text || text->size() < (1 << 20);
  }

 private:
  int rows_ = 0;
};

class Values final : public JsonResults {
 public:
  explicit Values(bool one) : one_(one) {}
  holter::Status value(const JsonTree& tree, std::uint32_t node) override {
    if (one_ && count_++ > 0) std::abort();  // a definite path leads to one value
    std::string scratch;
    (void)value_text(tree, node, NumberText::kJava, scratch);  // must only not crash
    std::string json;
    (void)append_json(tree, node, json);
    return {};
  }

 private:
  const bool one_;
  int count_ = 0;
};

/// What a plan yields, as JSON and the error's code.
class Listed final : public JsonUnitResults {
 public:
  holter::Status value(JsonTree& tree, std::uint32_t node, Meter&, JsonWork&) override {
    if (append_json(tree, node, all)) all += ';';
    return {};
  }
  std::string all;
};

/// Matching as the text goes by and evaluating on the whole document must agree, but for their limits.
void compare_plans(std::string_view document, const JsonSteps& steps, holter::memory::Account& account) {
  JsonPlan whole;
  whole.matched = 0;
  Listed one, other;
  const auto streamed = stream_json(document, steps, JsonPlan::of(steps), account, one);
  const auto evaluated = stream_json(document, steps, whole, account, other);
  using holter::ErrorCode;
  for (const auto& status : {streamed, evaluated})
    if (!status && status.error().code() != ErrorCode::kNotFound) return;
  if (streamed.has_value() != evaluated.has_value()) std::abort();
  if (!streamed && streamed.error().message() != evaluated.error().message()) std::abort();
  if (streamed && one.all != other.all) std::abort();
}

void check(const holter::Status& status) {
  if (!status && !status.error().message().starts_with("cannot ")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const auto path = all.substr(0, all.find('\0'));
  const auto document = all.substr(std::min(path.size() + 1, size));
  holter::memory::Account account("fuzz", nullptr, 1 << 20);
  auto compiled = JsonPath::compile(path);
  if (!compiled) {
    if (!compiled.error().message().starts_with("cannot compile JSONPath ")) std::abort();
    return 0;
  }
  Values values(compiled->definite());
  check(compiled->read(document, account, values));
  compare_plans(document, compiled->steps(), account);
  Sink sink;
  auto rows = JsonRows::by_path(path, {"a", "$.b[*].c", "$..d"});
  if (!rows) std::abort();
  check(rows->read(document, account, sink));
  auto column = JsonRows::by_path("$.*", {std::string(path), "responseTime"});
  if (column) check(column->read(document, account, sink));
  check(JsonRows::top_level({"a", "b"}).read(document, account, sink));
  check(PromqlRows({"a", "value", "timestamp"}).read(document, account, sink));
  if (account.used() != 0) std::abort();
  return 0;
}
