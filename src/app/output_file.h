#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::app {

/// Writes a file whole or not at all, and for its owner only, since passwords may stand in it. Errors: kIo;
/// kInvalidArgument when the file is there and may not be replaced.
Status write_output(const std::string& path, std::string_view text, bool replace);

}  // namespace holter::app
