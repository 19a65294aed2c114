#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/result.h"
#include "collect/attempt.h"
#include "collect/protocols/jdbc/rows.h"
#include "collect/protocols/jdbc/target.h"

namespace holter::collect::jdbc {

/// Runs a statement over ClickHouse's HTTP interface, read-only, with a limit on time and rows. Connections are those
/// of the shard's HTTP client. Errors: those of net::HttpClient::fetch() and Rows; kInvalidArgument with the server's
/// words, kUnauthenticated; kProtocolViolation for an answer that is none of ClickHouse.
boost::asio::awaitable<Status> ask_clickhouse(Attempt* attempt, const Target* target, const std::string* sql,
                                              Rows* rows);

}  // namespace holter::collect::jdbc
