#pragma once

#include <string_view>

#include "base/result.h"

// Inside of this folder: what an XPath of a definition may do.
namespace holter::read {

/// The limits that XmlRows names. Errors: kInvalidArgument with the column.
Status check_xpath(std::string_view text, bool column);
/// "cannot compile XPath "...": column N: <what>".
Error xpath_error(std::string_view text, std::size_t at, std::string_view what);

}  // namespace holter::read
