#pragma once

#include "history/wire/message.h"
#include "history/wire/sql.h"

// Payloads of SQL queries and their answers; as in message.h.
namespace holter::history::wire {

Payload encode(const Timed<SqlQuery>& query);
/// Errors: kInvalidArgument when the answer is larger than kMaxAnswerBytes.
Result<Payload> encode(const SqlTable& answer);

/// The query is valid (validate()). Errors: also kInvalidArgument.
Result<Timed<SqlQuery>> decode_sql_query(Bytes bytes);
Result<SqlTable> decode_sql_answer(Bytes bytes);

inline constexpr std::size_t kSqlCellBytes = 13;  ///< of a cell without its text
/// A cell is kSqlCellBytes long at least, and takes a SqlCell and, where it is alone in its row, a vector.
inline constexpr std::size_t kSqlDecodedFactor = 7;

/// Of a table that is put together for an answer: is it small enough? Counts as encode() does.
class SqlAnswerSize {
 public:
  /// Errors: kInvalidArgument, for the whole answer.
  Status add_column(const std::string& name);
  Status add(const SqlCell& cell);

 private:
  Status grow(std::size_t bytes);
  std::size_t bytes_ = 8;
};

}  // namespace holter::history::wire
