#pragma once

#include <string_view>

#include "import/draft.h"

namespace holter::imports {

/// Application and parameters from a connection string: a URL, or "Server=...;User Id=..." (`type` sqlserver). `type`
/// is postgres, mysql, sqlserver, mongodb or redis. `password` stands in for one that the text does not have. Errors:
/// kInvalidArgument; the message does not show what may be a password.
Status read_database(std::string_view type, std::string_view connection, std::string_view password, Draft& draft);

}  // namespace holter::imports
