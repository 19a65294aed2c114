#pragma once

#include "base/clock.h"
#include "history/child/archive.h"
#include "history/child/duck.h"
#include "history/wire/sql.h"

namespace holter::history::child {

/// Runs a SELECT that a user wrote, over tables and files together: docs/history-sql.md. The query has been validated.
///
/// What it may do is decided twice. Before the engine binds the text, its parse tree is held against lists of what is
/// allowed (scan_sql()). And the whole database reaches nothing outside of its directory, without a way back
/// (Store::confine()); the statement runs in a read-only transaction on a connection of its own. If the lists had a
/// gap, a user could read files of the history itself, whose contents he may ask for anyway.
///
/// Errors: kInvalidArgument (what scan_sql() refuses; what the engine says of it, in several lines with the place; more
/// than kMaxSqlRows rows, kMaxSqlColumns columns or wire::kMaxAnswerBytes; a column that is neither number, text nor
/// time), kTimeout, kResourceExhausted (the engine's memory limit, or the process's), kIo. One call of a function, and
/// binding, cannot be interrupted; Client::Options::hang_limit is for that.
Result<SqlTable> search_sql(Database& database, const Archive& archive, const SqlQuery& query, MonoTime deadline,
                            const Clock& clock);

}  // namespace holter::history::child
