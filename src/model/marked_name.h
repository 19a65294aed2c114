#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace holter::model {

/// A name of [A-Za-z0-9_.-] between two equal marks in a text: `^_^name^_^`, `^o^name^o^` (format sections 2.1, 2.2).
struct MarkedName {
  std::size_t begin = 0, end = 0;  ///< marks included, end exclusive
  std::string_view name;
};

/// The first that begins at `from` or behind.
std::optional<MarkedName> find_marked_name(std::string_view text, std::string_view mark, std::size_t from = 0);

}  // namespace holter::model
