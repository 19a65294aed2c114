#include "api/definition_json.h"

#include <algorithm>

#include "define/params.h"

namespace holter::api {
namespace {

using model::ParamDef;
using model::ParamType;

void write_text_or_null(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty())
    json.null();
  else
    json.value(text);
}

void write_texts(JsonWriter& json, std::string_view name, const model::I18n& texts) {
  json.key(name);
  json.begin_object();
  for (const auto& [language, text] : texts) json.member(language, text);
  json.end_object();
}

void write_options(JsonWriter& json, const ParamDef& param) {
  json.key("options");
  json.begin_array();
  for (const auto& option : param.options) {
    json.begin_object();
    json.member("label", option.label);
    json.member("value", option.value);
    json.end_object();
  }
  json.end_array();
}

/// By the value of which others it is shown.
void write_depend(JsonWriter& json, const ParamDef& param) {
  json.key("depend");
  json.begin_object();
  for (const auto& [field, values] : param.depend) {
    json.key(field);
    json.begin_array();
    for (const auto& value : values) json.value(value);
    json.end_array();
  }
  json.end_object();
}

void write_param(JsonWriter& json, const ParamDef& param) {
  json.begin_object();
  json.member("field", param.field);
  write_texts(json, "name", param.name);
  json.member("type", define::to_string(param.type));
  json.member("secret", param.type == ParamType::kPassword);
  json.member("required", param.required);
  json.member("hide", param.hide);
  json.key("default");
  // That of a secret is for nobody to read.
  if (!param.has_default || param.type == ParamType::kPassword)
    json.null();
  else
    json.value(param.default_value);
  write_text_or_null(json, "range", param.range);
  json.key("limit");
  if (param.limit == 0)
    json.null();
  else
    json.value(static_cast<std::uint64_t>(param.limit));
  write_text_or_null(json, "placeholder", param.placeholder);
  write_options(json, param);
  write_depend(json, param);
  json.end_object();
}

std::string_view unit_of(const model::SetDef& set, const model::FieldDef& field) {
  for (const auto& rule : set.units)
    if (rule.field == field.field && field.unit.empty()) return rule.to;
  return field.unit;
}

void write_set(JsonWriter& json, const model::SetDef& set) {
  constexpr std::string_view kTypes[] = {"number", "text", "secret", "time"};
  json.begin_object();
  json.member("name", set.name);
  write_texts(json, "i18n", set.i18n);
  json.member("priority", set.priority);
  json.member("visible", set.visible);
  json.member("protocol", set.protocol);
  json.member("dynamic", set.dynamic);
  json.key("interval_ms");
  if (set.interval.count() == 0)
    json.null();
  else
    json.value(static_cast<std::int64_t>(std::chrono::milliseconds(set.interval).count()));
  json.key("fields");
  json.begin_array();
  for (const auto& field : set.fields) {
    json.begin_object();
    json.member("field", field.field);
    write_texts(json, "i18n", field.i18n);
    json.member("type", kTypes[static_cast<std::size_t>(field.type)]);
    json.member("unit", unit_of(set, field));
    json.member("label", field.label);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string_view to_string(DefinitionSource source) {
  switch (source) {
    case DefinitionSource::kBuiltIn:
      return "built-in";
    case DefinitionSource::kOperator:
      return "operator";
    case DefinitionSource::kCatalog:
      return "catalog";
  }
  return "";
}

bool DefinitionCheck::usable() const {
  return refused_count == 0 && std::ranges::none_of(problems, [](const define::Problem& problem) {
           return problem.severity == define::Problem::Severity::kError;
         });
}

void write_row_members(JsonWriter& json, const DefinitionRow& row) {
  json.member("app", row.app);
  json.member("category", row.category);
  json.key("name");
  json.begin_object();
  json.member("en-US", row.name_en);
  json.member("zh-CN", row.name_zh);
  json.end_object();
  json.member("source", to_string(row.source));
  bool lies_over = row.source == DefinitionSource::kCatalog;
  write_text_or_null(json, "file", lies_over ? std::string_view() : std::string_view(row.file));
  write_text_or_null(json, "overrides", lies_over ? std::string_view(row.file) : std::string_view());
  json.member("file_newer", row.file_newer);
  json.key("version");
  if (row.version == 0)
    json.null();
  else
    json.value(row.version);
  json.time_member("updated", row.updated_ms);
  write_text_or_null(json, "updated_by", row.updated_by);
  write_text_or_null(json, "fault", row.fault);
  json.member("monitors", static_cast<std::uint64_t>(row.monitors));
  json.member("sets", static_cast<std::uint64_t>(row.sets));
}

void write_definition_members(JsonWriter& json, const model::Definition& definition) {
  write_texts(json, "names", definition.name);
  write_texts(json, "help", definition.help);
  write_texts(json, "help_link", definition.help_link);
  write_text_or_null(json, "extends", definition.extends);
  json.key("params");
  json.begin_array();
  for (const auto& param : definition.params) write_param(json, param);
  json.end_array();
  json.key("results");
  json.begin_array();
  for (const auto& set : definition.sets) write_set(json, set);
  json.end_array();
}

}  // namespace holter::api
