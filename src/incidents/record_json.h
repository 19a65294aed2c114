#pragma once

#include <string>
#include <string_view>

#include "alert/evaluator.h"
#include "alert/group.h"
#include "base/result.h"

// States of alerting as the catalog keeps them for a restart: JSON, version 1.
namespace holter::incidents {

/// The key of a series in the catalog: the same for the same rule, monitor, set and row.
std::string key_of(const alert::SeriesRecord& record);
std::string to_json(const alert::SeriesRecord& record);
/// Errors: kCorruption for what to_json() does not write.
Result<alert::SeriesRecord> series_from_json(std::string_view text);

std::string key_of(const alert::GroupRecord& record);
std::string to_json(const alert::GroupRecord& record);
Result<alert::GroupRecord> group_from_json(std::string_view text);

}  // namespace holter::incidents
