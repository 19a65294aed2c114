#include "alert/row_labels.h"

#include "expr/number_text.h"

namespace holter::alert {
namespace {

/// Takes `"value"` off the front of `text`.
bool take_value(std::string_view& text, std::string& out) {
  if (!text.starts_with('"')) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] == '\n') return false;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return false;
    if (text[i] != 'n' && text[i] != '"' && text[i] != '\\') return false;
    out += text[i] == 'n' ? '\n' : text[i];
  }
  return false;
}

}  // namespace

bool parse_row_labels(std::string_view text, model::Labels& out) {
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == kMostRowLabels) return false;
    if (count > 0) {
      if (!text.starts_with(',')) return false;
      text.remove_prefix(1);
    }
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    auto& [name, value] = out.emplace_back(std::string(text.substr(0, equals)), std::string());
    text.remove_prefix(equals + 1);
    if (!take_value(text, value)) return false;
  }
  return true;
}

std::string to_row_labels(const model::Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out.append(name).append("=\"");
    for (char c : value) {
      if (c == '\n') {
        out += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out;
}

expr::Value label_field_value(const model::FieldDef& field, std::string_view text) {
  if (!model::is_number(field.type)) return expr::Value::of(text);
  auto number = expr::parse_number(text);
  return number ? expr::Value::of(number->as_double()) : expr::Value();
}

}  // namespace holter::alert
