#include "history/child/sql_column.h"

#include <cmath>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::history::child {
namespace {

template <class T>
T at(duckdb_vector vector, idx_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

/// As the engine writes it. Takes the value.
std::string words(duckdb_value value) {
  char* text = duckdb_get_varchar(value);
  std::string out = text == nullptr ? "" : text;
  duckdb_free(text);
  duckdb_destroy_value(&value);
  return out;
}

SqlCell text_cell(std::string text) {
  return {std::nullopt, std::move(text), false};
}

template <class T>
SqlCell integer(T value) {
  return {static_cast<double>(value), fmt::format("{}", value), false};
}

template <class T>
SqlCell floating(T value) {
  if (!std::isfinite(value)) return {std::nullopt, "", true};
  return {static_cast<double>(value), fmt::format("{}", value), false};
}

SqlCell decimal(const SqlColumn& column, duckdb_vector vector, idx_t row) {
  duckdb_decimal value{column.width, column.scale, {0, 0}};
  auto small = [&](std::int64_t number) {
    value.value = {static_cast<std::uint64_t>(number), number < 0 ? -1 : 0};  // sign extended
  };
  switch (column.stored) {
    case DUCKDB_TYPE_SMALLINT:
      small(at<std::int16_t>(vector, row));
      break;
    case DUCKDB_TYPE_INTEGER:
      small(at<std::int32_t>(vector, row));
      break;
    case DUCKDB_TYPE_BIGINT:
      small(at<std::int64_t>(vector, row));
      break;
    default:
      value.value = at<duckdb_hugeint>(vector, row);
  }
  return {duckdb_decimal_to_double(value), words(duckdb_create_decimal(value)), false};
}

}  // namespace

bool SqlColumn::numeric() const {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return true;
    default:
      return false;
  }
}

Result<SqlColumn> SqlColumn::of(duckdb_prepared_statement statement, idx_t index) {
  SqlColumn column;
  const char* name = duckdb_prepared_statement_column_name(statement, index);
  if (name != nullptr) column.name = name;
  duckdb_free(const_cast<char*>(name));
  column.type = duckdb_prepared_statement_column_type(statement, index);
  switch (column.type) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_INTERVAL:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_SQLNULL:
      return column;
    case DUCKDB_TYPE_DECIMAL: {
      auto type = duckdb_prepared_statement_column_logical_type(statement, index);
      column.width = duckdb_decimal_width(type);
      column.scale = duckdb_decimal_scale(type);
      column.stored = duckdb_decimal_internal_type(type);
      duckdb_destroy_logical_type(&type);
      return column;
    }
    default:
      if (column.numeric()) return column;
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot answer with the column {}: it is neither number, text nor time; write "
                               "CAST(... AS VARCHAR)",
                               excerpt(column.name)));
  }
}

SqlCell SqlColumn::cell(duckdb_vector vector, idx_t row) const {
  auto* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return {std::nullopt, "", true};
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: {
      bool value = at<bool>(vector, row);
      return {value ? 1.0 : 0.0, value ? "true" : "false", false};
    }
    case DUCKDB_TYPE_TINYINT:
      return integer(int{at<std::int8_t>(vector, row)});
    case DUCKDB_TYPE_SMALLINT:
      return integer(at<std::int16_t>(vector, row));
    case DUCKDB_TYPE_INTEGER:
      return integer(at<std::int32_t>(vector, row));
    case DUCKDB_TYPE_BIGINT:
      return integer(at<std::int64_t>(vector, row));
    case DUCKDB_TYPE_UTINYINT:
      return integer(unsigned{at<std::uint8_t>(vector, row)});
    case DUCKDB_TYPE_USMALLINT:
      return integer(at<std::uint16_t>(vector, row));
    case DUCKDB_TYPE_UINTEGER:
      return integer(at<std::uint32_t>(vector, row));
    case DUCKDB_TYPE_UBIGINT:
      return integer(at<std::uint64_t>(vector, row));
    case DUCKDB_TYPE_HUGEINT: {
      auto value = at<duckdb_hugeint>(vector, row);
      return {duckdb_hugeint_to_double(value), words(duckdb_create_hugeint(value)), false};
    }
    case DUCKDB_TYPE_UHUGEINT: {
      auto value = at<duckdb_uhugeint>(vector, row);
      return {duckdb_uhugeint_to_double(value), words(duckdb_create_uhugeint(value)), false};
    }
    case DUCKDB_TYPE_FLOAT:
      return floating(at<float>(vector, row));
    case DUCKDB_TYPE_DOUBLE:
      return floating(at<double>(vector, row));
    case DUCKDB_TYPE_DECIMAL:
      return decimal(*this, vector, row);
    case DUCKDB_TYPE_VARCHAR: {
      auto value = at<duckdb_string_t>(vector, row);
      return text_cell({duckdb_string_t_data(&value), duckdb_string_t_length(value)});
    }
    case DUCKDB_TYPE_DATE:
      return text_cell(words(duckdb_create_date(at<duckdb_date>(vector, row))));
    case DUCKDB_TYPE_TIME:
      return text_cell(words(duckdb_create_time(at<duckdb_time>(vector, row))));
    case DUCKDB_TYPE_INTERVAL:
      return text_cell(words(duckdb_create_interval(at<duckdb_interval>(vector, row))));
    case DUCKDB_TYPE_TIMESTAMP:
      return text_cell(words(duckdb_create_timestamp(at<duckdb_timestamp>(vector, row))));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return text_cell(words(duckdb_create_timestamp_s(at<duckdb_timestamp_s>(vector, row))));
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return text_cell(words(duckdb_create_timestamp_ms(at<duckdb_timestamp_ms>(vector, row))));
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return text_cell(words(duckdb_create_timestamp_ns(at<duckdb_timestamp_ns>(vector, row))));
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return text_cell(words(duckdb_create_timestamp_tz(at<duckdb_timestamp>(vector, row))));
    default:
      return {std::nullopt, "", true};  // SQLNULL
  }
}

}  // namespace holter::history::child
