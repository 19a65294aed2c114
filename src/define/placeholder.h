#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "model/marked_name.h"

namespace holter::define {

/// `^_^name^_^` in a text (format section 2.1).
using Placeholder = model::MarkedName;

/// The first placeholder that begins at `from` or behind.
std::optional<Placeholder> find_placeholder(std::string_view text, std::size_t from = 0);

/// The name, when the whole text is one placeholder; else empty.
std::string_view whole_placeholder(std::string_view text);

}  // namespace holter::define
