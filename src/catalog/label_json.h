#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/monitor.h"

// How lists stand in one column, for the sources of this folder: JSON (RFC 8259), so that other programs can read it.
namespace holter::catalog {

/// Where the string whose opening quote is at `at` ends, past its closing quote; std::string_view::npos when it has
/// none.
std::size_t end_of_json_string(std::string_view json, std::size_t at);

/// {"alertname":"disk full","severity":"critical"}, in the order of `labels`.
std::string labels_to_json(const model::Labels& labels);
/// One object of strings, sorted by name. Errors: kCorruption for anything else, also a name that comes twice.
Result<model::Labels> labels_from_json(std::string_view json);

/// [1,2,3]
std::string ids_to_json(const std::vector<std::uint64_t>& ids);
/// Errors: kCorruption.
Result<std::vector<std::uint64_t>> ids_from_json(std::string_view json);

/// The letters A to Z as small ones: what both engines call the same without regard to case.
std::string to_lower(std::string_view text);
/// `text` anywhere, as a pattern for "LIKE :pattern ESCAPE '!'".
std::string like_anywhere(std::string_view text);

}  // namespace holter::catalog
