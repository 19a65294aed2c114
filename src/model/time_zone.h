#pragma once

#include <string_view>

#include "base/result.h"

namespace date {
class time_zone;
}

namespace holter::model {

/// The zone of that name in the time zone database ("Europe/Berlin"), or for "" the system's (UTC where it has none).
/// It lives as long as the process. Its rules are read at its first use, where the library throws if it cannot: whoever
/// keeps a zone uses it once under `try`. Errors: kNotFound for a name that is not known, with the nearest one, and
/// where there is no database.
Result<const date::time_zone*> find_zone(std::string_view name);

}  // namespace holter::model
