#pragma once

#include <optional>
#include <string_view>

#include "api/handlers.h"
#include "model/table.h"

// Answers that are tables, in the format that is asked for.
namespace holter::api {

enum class Format : std::uint8_t { kJson, kCsv, kArrow };

/// By the parameter `format` (json, csv, arrow), else by Accept: text/csv, application/vnd.apache.arrow.stream; JSON
/// otherwise.
Format format_of(ParamReader& params, std::string_view accept);

/// As CSV (RFC 4180: lines end by CR LF, texts are quoted where needed; times are RFC 3339, what is none is empty), or
/// as an Arrow IPC stream.
Response table_response(const Context& context, const model::Table& table, Format format, std::string_view name);

}  // namespace holter::api
