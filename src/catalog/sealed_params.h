#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "catalog/database.h"

namespace holter::catalog {

/// A parameter of a monitor that was sealed before it came here.
struct SealedParam {
  MonitorId monitor;
  std::string field;
  std::string value;  ///< any bytes
  friend bool operator==(const SealedParam&, const SealedParam&) = default;
};

/// Those behind `after`, by monitor and field, at most `most`; empty at the end. To read all: begin with {}, go on with
/// the last.
Result<std::vector<SealedParam>> read_sealed_params(Database& database, const SealedParam& after,
                                                    std::size_t most = 200);
Result<std::size_t> count_sealed_params(Database& database);
/// Puts `value` in the place of `param.value`. It means the same, so nobody is named for it; the monitor's version is
/// another all the same, so that who has read the old value cannot write it back. False when the parameter is not so
/// any more.
Result<bool> replace_sealed_param(Transaction& transaction, const SealedParam& param, const std::string& value);

}  // namespace holter::catalog
