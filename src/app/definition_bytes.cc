#include "app/owned_definitions.h"

namespace holter::app {
namespace {

std::size_t text(const std::string& text) {
  return sizeof(std::string) + (text.capacity() > 15 ? text.capacity() + 1 : 0);
}

std::size_t texts(const std::vector<std::string>& all) {
  std::size_t bytes = 0;
  for (const auto& one : all) bytes += text(one);
  return bytes;
}

std::size_t texts(const model::I18n& all) {
  std::size_t bytes = 0;
  for (const auto& [language, one] : all) bytes += text(language) + text(one);
  return bytes;
}

std::size_t node(const model::Node& one) {
  auto bytes = sizeof(one) + text(one.text) + texts(one.keys);
  for (const auto& item : one.items) bytes += node(item);
  return bytes;
}

std::size_t param(const model::ParamDef& one) {
  auto bytes = sizeof(one) + text(one.field) + texts(one.name) + text(one.default_value) + text(one.range) +
               text(one.placeholder);
  for (const auto& option : one.options) bytes += text(option.label) + text(option.value);
  for (const auto& [field, values] : one.depend) bytes += sizeof(one.depend[0]) + text(field) + texts(values);
  return bytes;
}

std::size_t set(const model::SetDef& one) {
  auto bytes = sizeof(one) + text(one.name) + texts(one.i18n) + text(one.protocol) + texts(one.aliases) +
               texts(one.filters) + node(one.block);
  for (const auto& field : one.fields)
    bytes += sizeof(field) + text(field.field) + texts(field.i18n) + text(field.unit);
  for (const auto& each : one.calculates) bytes += text(each.field) + text(each.expression);
  for (const auto& each : one.units) bytes += text(each.field) + text(each.from) + text(each.to);
  return bytes;
}

}  // namespace

std::size_t bytes_of(const model::Definition& definition) {
  auto bytes = sizeof(definition) + texts(definition.name) + texts(definition.help) + texts(definition.help_link);
  for (const auto& one : definition.params) bytes += param(one);
  for (const auto& one : definition.sets) bytes += set(one);
  return bytes;
}

}  // namespace holter::app
