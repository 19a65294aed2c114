#pragma once

#include <string>

namespace holter::testing {

/// `text` as a gzip file, packed as hard as it goes.
std::string gzip(const std::string& text);

}  // namespace holter::testing
