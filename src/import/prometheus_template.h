#pragma once

#include <string>
#include <string_view>
#include <vector>

// Inside of this folder: texts of Prometheus's rules as Holter writes them.
namespace holter::imports {

struct TranslatedTemplate {
  std::string text;               ///< Mustache
  std::vector<std::string> kept;  ///< actions without a counterpart: in `text` with single braces, as text
};

/// A template of Go (text/template, "Template reference" of Prometheus) as one of Mustache: {{ $labels.x }},
/// {{ .Labels.x }} and {{ index $labels "x" }} become {{labels.x}}, {{ $value }} and {{ .Value }} {{values.value}};
/// comments go, and "{{-" and "-}}" take the white space beside them along. Everything else (functions, pipelines,
/// conditions, variables) is kept with single braces, so that Mustache shows it.
TranslatedTemplate translate_template(std::string_view text);

}  // namespace holter::imports
