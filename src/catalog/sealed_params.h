#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "catalog/alert_objects.h"
#include "catalog/database.h"

namespace holter::catalog {

/// A secret that was sealed before it came here: a parameter of a monitor, or a value in a receiver's document
/// (sealed_values.h).
struct SealedParam {
  MonitorId monitor;  ///< whose it is, unless it is a receiver's
  std::string field;
  std::string value;         ///< any bytes
  AlertObjectId receiver{};  ///< 0: it is a monitor's
  friend bool operator==(const SealedParam&, const SealedParam&) = default;
};

/// Those behind `after`: first of monitors, by monitor and field, then of receivers, by receiver. At most `most`, but
/// that those of one receiver are never parted; empty at the end. To read all: begin with {}, go on with the last.
Result<std::vector<SealedParam>> read_sealed_params(Database& database, const SealedParam& after,
                                                    std::size_t most = 200);
Result<std::size_t> count_sealed_params(Database& database);
/// Puts `value` in the place of `param.value`. It means the same, so nobody is named for it; the version of the monitor
/// or receiver is another all the same, so that who has read the old value cannot write it back. False when it is not
/// so any more.
Result<bool> replace_sealed_param(Transaction& transaction, const SealedParam& param, const std::string& value);

}  // namespace holter::catalog
