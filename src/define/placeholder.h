#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace holter::define {

/// `^_^name^_^` in a text; a name is of [A-Za-z0-9_.-] (format section 2.1).
struct Placeholder {
  std::size_t begin = 0, end = 0;  ///< marks included, end exclusive
  std::string_view name;
};

/// The first placeholder that begins at `from` or behind.
std::optional<Placeholder> find_placeholder(std::string_view text, std::size_t from = 0);

/// The name, when the whole text is one placeholder; else empty.
std::string_view whole_placeholder(std::string_view text);

}  // namespace holter::define
