#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "memory/account.h"
#include "read/json_path.h"
#include "read/row_sink.h"

namespace holter::read::testing {

/// Values as JSON without blanks.
class Collected final : public JsonResults {
 public:
  Status value(const JsonTree& tree, std::uint32_t node) override {
    std::string text;
    if (!append_json(tree, node, text)) return Error(ErrorCode::kTooLarge, "cannot collect a value: too long");
    values.push_back(std::move(text));
    return {};
  }
  std::string all() const {
    std::string out = "[";
    for (const auto& value : values) out += (out.size() > 1 ? "," : "") + value;
    return out + "]";
  }
  std::vector<std::string> values;
};

/// The values as a JSON list, or "error: <message>".
inline std::string read(std::string_view path, std::string_view document, std::size_t limit = 64 << 20) {
  memory::Account account("test", nullptr, limit);
  auto compiled = JsonPath::compile(path);
  if (!compiled) return "error: " + compiled.error().message();
  Collected out;
  auto status = compiled->read(document, account, out);
  if (account.used() != 0) return "error: bytes left on the account";
  return status ? out.all() : "error: " + status.error().message();
}

/// Rows as lines of cells with `|` between; `-` for none.
class Lines final : public RowSink {
 public:
  explicit Lines(std::size_t most_rows = 1'000'000) : most_rows_(most_rows) {}
  bool begin_row() override {
    if (rows.size() == most_rows_) return false;
    rows.emplace_back();
    return true;
  }
  bool cell(std::size_t column, std::optional<std::string_view> text) override {
    auto& row = rows.back();
    if (column > 0) row += '|';
    row += text ? *text : "-";
    return true;
  }
  std::vector<std::string> rows;

 private:
  std::size_t most_rows_;
};

}  // namespace holter::read::testing
