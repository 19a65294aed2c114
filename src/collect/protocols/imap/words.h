#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace holter::collect::imap {

/// The name of a folder in modified UTF-7 (section 5.1.3). What is no UTF-8 becomes U+FFFD.
std::string encode_folder(std::string_view name);

/// The pairs of the first line "* STATUS <folder> (<name> <count> ...)"; none when there is no such line, as for a
/// folder that does not exist. The views point into `heard`. Errors: kProtocolViolation for a list that is not closed.
Result<std::vector<std::pair<std::string_view, std::string_view>>> find_counts(std::string_view heard);

}  // namespace holter::collect::imap
