#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "expr/value.h"
#include "model/definition.h"
#include "model/monitor.h"

namespace holter::alert {

/// Most labels that a text may have.
inline constexpr std::size_t kMostRowLabels = 64;

/// Reads labels as batch::Batch::series_labels() has them: `k="v",k2="v2"`, escaped as in Prometheus' text format;
/// empty without labels. Appends to `out` in the order of the text. False for anything else; what was appended then
/// means nothing.
[[nodiscard]] bool parse_row_labels(std::string_view text, model::Labels& out);

/// The opposite.
std::string to_row_labels(const model::Labels& labels);

/// What rules read of a field that is a label: a number where the field is one (null where the text is none), else the
/// text, which must live as long as the value.
expr::Value label_field_value(const model::FieldDef& field, std::string_view text);

}  // namespace holter::alert
