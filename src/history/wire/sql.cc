#include "history/wire/sql.h"

#include <fmt/format.h>

#include "history/wire/query.h"

namespace holter::history {

Status validate(const SqlQuery& query) {
  if (query.text.empty() || query.text.size() > kMaxSqlBytes)
    return Error(
        ErrorCode::kInvalidArgument,
        fmt::format("cannot use a query of {} bytes: it must have between 1 and {}", query.text.size(), kMaxSqlBytes));
  if (query.text.contains('\0'))
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use a query with a NUL, at byte {}", query.text.find('\0')));
  if (query.now_ms < 0 || query.now_ms >= kTimeEnd)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot query as of {} ms: times lie between 0 and {}", query.now_ms, kTimeEnd));
  return {};
}

}  // namespace holter::history
