#pragma once

#include <string>
#include <vector>

#include "api/backend.h"
#include "api/json.h"
#include "api/router.h"

// What several handlers answer of monitors; the schemas are in openapi.json.
namespace holter::api {

/// The members of a row in a list, into an open object.
void write_row_members(JsonWriter& json, const MonitorRow& row);
void write_set(JsonWriter& json, const SetResult& set);
/// The members "monitors", "states" and "worst" of several monitors, into an open object.
void write_counts(JsonWriter& json, std::size_t monitors, const model::StateCounts& by_state);
/// An object of texts; a secret is {"set": true}.
void write_params(JsonWriter& json, const std::vector<ParamValue>& params);

/// Whether who asks has a role in the monitor's folder. What he may not see is not there for him.
bool may_see(const Context& context, const MonitorRow& row);
bool may_see(const Context& context, MonitorId id);
/// 404.
Response no_monitor(const Context& context, const Request& request);
/// ETag (RFC 9110, section 8.8.3) of a monitor that was made through the API.
std::string entity_tag(const Ownership& ownership);
/// All of a monitor, with its ETag where it has one.
Response monitor_response(const Context& context, const MonitorDetail& detail, unsigned status = 200);

}  // namespace holter::api
