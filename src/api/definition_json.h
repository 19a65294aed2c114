#pragma once

#include "api/definitions.h"
#include "api/json.h"

// Definitions in answers; the schemas are in openapi.json.
namespace holter::api {

/// The members of a row in a list, into an open object.
void write_row_members(JsonWriter& json, const DefinitionRow& row);
/// What a form for its monitors needs, and what its results are, into an open object: "params", "sets", "help"...
void write_definition_members(JsonWriter& json, const model::Definition& definition);

}  // namespace holter::api
