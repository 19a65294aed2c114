#pragma once

#include <string>

#include "base/clock.h"
#include "collect/layout.h"
#include "collect/raw_table.h"
#include "collect/trial.h"
#include "memory/account.h"

namespace holter::app {

/// The rows of a result as a table for people: one row as a list of fields, several as columns. `-` is null. Lines
/// begin with `indent`.
std::string rows_text(const collect::Layout& layout, const collect::RawTable& table, collect::Layout::Scratch& scratch,
                      std::string_view indent);

/// How a request ended, its rows, and those of its parts:
///
///     set health (priority 0, http): SUCCESS
///       status  green
std::string result_text(const collect::TrialResult& result, memory::Account& account, WallTime now);

/// How a result came about: the answer (cut), the raw rows, and the way of each value.
std::string explanation_text(const collect::TrialResult& result, memory::Account& account, WallTime now);

}  // namespace holter::app
