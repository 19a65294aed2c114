#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "collect/attempt.h"
#include "collect/protocols/snmp/columns.h"
#include "collect/protocols/snmp/target.h"
#include "net/snmp.h"

namespace holter::collect::snmp {

/// What came of asking, besides the values.
struct Asked {
  std::uint64_t questions = 0;
  bool cut = false;      ///< a column has more rows than are kept
  std::string recorded;  ///< what was used, in the form of record.h, when somebody watches
};

/// One value for each of the target's columns, into `columns` with an empty index; those that the agent does not have
/// are left out. What the agent finds too big is asked for in parts. All outlive the coroutine. Errors: those of
/// SnmpSession::ask(), kUnavailable with the error that the agent gives, those of Columns::add().
boost::asio::awaitable<Result<Asked>> get(net::SnmpSession* session, const Target* target, Attempt* attempt,
                                          Columns* columns);

/// All that is below the target's columns, by GetBulk (version 1: GetNext) of many columns at once, in pieces of about
/// kAimBytes. Names that do not increase end it: kProtocolViolation.
boost::asio::awaitable<Result<Asked>> walk(net::SnmpSession* session, const Target* target, Attempt* attempt,
                                           Columns* columns);
/// An answer's size that goes without fragments nearly everywhere.
inline constexpr std::size_t kAimBytes = 1400;

}  // namespace holter::collect::snmp
