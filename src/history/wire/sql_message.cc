#include "history/wire/sql_message.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace holter::history::wire {
namespace {

enum class CellKind : std::uint8_t { kNull = 0, kText = 1, kNumber = 2 };

// What Link sets aside for a table that it has not seen (kSqlDecodedFactor): of a row with one cell, its vector and the
// cell in an allocation of the next size class.
static_assert(sizeof(std::vector<SqlCell>) + sizeof(SqlCell) + 8 <= kSqlCellBytes * kSqlDecodedFactor);

template <class T>
void put(Payload& out, T value) {
  auto at = out.size();
  out.resize(at + sizeof(value));
  std::memcpy(out.data() + at, &value, sizeof(value));
}

/// Unlike the texts of other messages these may be long, and are never cut.
void put_text(Payload& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  auto at = out.size();
  out.resize(at + text.size());
  std::memcpy(out.data() + at, text.data(), text.size());
}

/// Once bytes are missing, all further values are zero and good() is false.
class SqlReader {
 public:
  explicit SqlReader(Bytes bytes) : left_(bytes) {}

  template <class T>
  T get() {
    T value{};
    if (auto from = take(sizeof(value)); !from.empty()) std::memcpy(&value, from.data(), sizeof(value));
    return value;
  }
  std::string text() {
    auto from = take(get<std::uint32_t>());
    return {reinterpret_cast<const char*>(from.data()), from.size()};
  }
  bool flag() {
    auto value = get<std::uint8_t>();
    good_ = good_ && value <= 1;
    return value == 1;
  }
  /// A cell of a column: its kind must fit.
  SqlCell cell(bool numeric) {
    auto kind = get<std::uint8_t>();
    auto number = get<double>();
    SqlCell cell{std::nullopt, text(), kind == std::to_underlying(CellKind::kNull)};
    if (kind == std::to_underlying(CellKind::kNumber)) cell.number = number;
    auto wanted = std::to_underlying(numeric ? CellKind::kNumber : CellKind::kText);
    good_ = good_ && (cell.null ? cell.text.empty() : kind == wanted) &&
            (cell.number ? std::isfinite(number) : std::bit_cast<std::uint64_t>(number) == 0);
    return cell;
  }
  std::size_t left() const { return left_.size(); }
  bool good() const { return good_; }
  Status end(std::string_view what) const {
    if (good_ && left_.empty()) return {};
    return Error(ErrorCode::kCorruption, fmt::format("cannot read a {}: {}", what,
                                                     good_ ? fmt::format("{} bytes too many", left_.size())
                                                           : std::string("bytes are missing, or a value is none")));
  }

 private:
  Bytes take(std::size_t size) {
    if (size > left_.size()) {
      good_ = false;
      left_ = {};
      return {};
    }
    auto from = left_.first(size);
    left_ = left_.subspan(size);
    return from;
  }

  Bytes left_;
  bool good_ = true;
};

}  // namespace

Status SqlAnswerSize::grow(std::size_t bytes) {
  bytes_ += bytes;
  if (bytes_ <= kMaxAnswerBytes) return {};
  return Error(
      ErrorCode::kInvalidArgument,
      fmt::format("cannot answer with more than {} bytes: select fewer columns or group the rows", kMaxAnswerBytes));
}

Status SqlAnswerSize::add_column(const std::string& name) {
  return grow(5 + name.size());
}

Status SqlAnswerSize::add(const SqlCell& cell) {
  return grow(kSqlCellBytes + cell.text.size());
}

Payload encode(const Timed<SqlQuery>& timed) {
  Payload out;
  put(out, timed.timeout_ms);
  put(out, timed.query.now_ms);
  put(out, static_cast<std::uint8_t>(timed.query.check_only));
  put_text(out, timed.query.text);
  return out;
}

Result<Timed<SqlQuery>> decode_sql_query(Bytes bytes) {
  SqlReader r(bytes);
  Timed<SqlQuery> timed;
  timed.timeout_ms = r.get<std::uint32_t>();
  timed.query.now_ms = r.get<std::int64_t>();
  timed.query.check_only = r.flag();
  timed.query.text = r.text();
  TRY_OK(r.end("SQL query"));
  TRY_OK(validate(timed.query));
  return timed;
}

Result<Payload> encode(const SqlTable& answer) {
  SqlAnswerSize size;
  for (const auto& name : answer.columns) TRY_OK(size.add_column(name));
  for (const auto& row : answer.rows)
    for (const auto& cell : row) TRY_OK(size.add(cell));
  Payload out;
  put(out, static_cast<std::uint32_t>(answer.columns.size()));
  for (std::size_t i = 0; i < answer.columns.size(); ++i) {
    put(out, static_cast<std::uint8_t>(answer.numeric[i]));
    put_text(out, answer.columns[i]);
  }
  put(out, static_cast<std::uint32_t>(answer.rows.size()));
  for (const auto& row : answer.rows)
    for (const auto& cell : row) {
      put(out, cell.null ? CellKind::kNull : cell.number ? CellKind::kNumber : CellKind::kText);
      put(out, cell.number.value_or(0));
      put_text(out, cell.text);
    }
  return out;
}

Result<SqlTable> decode_sql_answer(Bytes bytes) {
  SqlReader r(bytes);
  SqlTable table;
  auto columns = r.get<std::uint32_t>();
  for (std::uint32_t i = 0; i < columns && i < kMaxSqlColumns && r.good(); ++i) {
    table.numeric.push_back(r.flag());
    table.columns.push_back(r.text());
  }
  auto rows = r.get<std::uint32_t>();
  // Never more memory than the bytes that are there could fill.
  if (columns != table.columns.size() || rows > kMaxSqlRows ||
      rows * std::uint64_t{columns} > r.left() / kSqlCellBytes || (columns == 0 && rows > 0))
    return Error(ErrorCode::kCorruption,
                 fmt::format("cannot read an SQL answer: {} columns and {} rows are announced and {} bytes left",
                             columns, rows, r.left()));
  table.rows.resize(rows);
  for (auto& row : table.rows) {
    row.reserve(columns);
    for (std::uint32_t i = 0; i < columns && r.good(); ++i) row.push_back(r.cell(table.numeric[i]));
  }
  TRY_OK(r.end("SQL answer"));
  return table;
}

}  // namespace holter::history::wire
