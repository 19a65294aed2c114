#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "alert/evaluator.h"
#include "alert/rule.h"
#include "base/clock.h"
#include "base/result.h"
#include "history/wire/sql.h"
#include "memory/account.h"
#include "model/monitor.h"
#include "read/promql_answer.h"

namespace holter::app {

/// A question to a PromQL server. `step_ms` 0: at `to_ms` alone.
struct PromqlQuery {
  std::string text;
  std::int64_t from_ms = 0, to_ms = 0, step_ms = 0;
};

/// Where periodic rules are asked. All must outlive who asks; errors are those of history::Client::query_sql() and
/// PrometheusSource::ask().
struct QuerySources {
  std::function<boost::asio::awaitable<Result<history::SqlTable>>(history::SqlQuery, MonoTime deadline)> sql;
  /// Null: no server is configured.
  std::function<boost::asio::awaitable<Result<read::PromqlAnswer>>(PromqlQuery, MonoTime deadline)> promql;
  /// As people see the monitor; kUnknown for one that is not known.
  std::function<model::State(MonitorId)> state_of;
  memory::Account* account = nullptr;  ///< of rows
};

/// Rows as rules want them.
struct RuleAnswer {
  std::vector<alert::QueryRow> rows;
  std::vector<std::string> warnings;  ///< of the server
  memory::Reservation reserved;       ///< the rows' bytes
};

/// Of each row: texts are labels, numbers are not, since they change. The number in the column `value`, or the only one
/// that there is, is the row's value; others, and `time` and `time_ms`, are told beside it. A column `monitor` with ids
/// (a number, or 16 hex digits) says which monitor the row is about; `app` and `folder` of such a row are the monitor's
/// own. What is NULL or empty is no label. Errors: kResourceExhausted.
Result<RuleAnswer> rows_of(const history::SqlTable& table, memory::Account& account);
/// Each series at one point is a row: its labels without __name__, and the sample. Errors: kInvalidArgument for an
/// answer that is neither a vector nor a scalar; kResourceExhausted.
Result<RuleAnswer> rows_of(const read::PromqlAnswer& answer, memory::Account& account);
alert::QueryRow row_of(const read::PromqlSeries& series, const read::PromqlPoint& point);

/// Asks a periodic rule's query as of `time_ms`. Errors: those of the source, with its words; kInvalidArgument where
/// no server is configured.
boost::asio::awaitable<Result<RuleAnswer>> ask_rule(const QuerySources* sources, alert::QuerySource source,
                                                    std::string query, std::int64_t time_ms, MonoTime deadline);

/// Whether the query can be asked. Empty: it can; else why that is not known now (the source does not answer). Errors:
/// what is wrong with the query, with the source's words, or that no server is configured: kInvalidArgument and the
/// like.
boost::asio::awaitable<Result<std::string>> check_query(const QuerySources* sources, alert::QuerySource source,
                                                        std::string query, std::int64_t time_ms, MonoTime deadline);

}  // namespace holter::app
