#pragma once

#include <span>

#include "history/child/archive.h"
#include "history/child/duck.h"
#include "history/child/sql_scan.h"

namespace holter::history::child {

/// Makes what queries read (docs/history-sql.md), for this connection alone: the tables that `calls` name, over tables
/// and those files that may hold rows of the times asked for; label(); and now(), now_ms() and the like, which stand
/// before the engine's own and say `now_ms`. Errors: those of Connection::run().
Status make_views(Connection& connection, const Archive& archive, std::span<const SqlCall> calls, std::int64_t now_ms);

}  // namespace holter::history::child
