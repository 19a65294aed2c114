#include "model/definition.h"

namespace holter::model {

std::string_view translate(const I18n& texts, std::string_view language) {
  for (std::string_view wanted : {language, std::string_view("en-US")})
    for (const auto& [tag, text] : texts)
      if (tag == wanted) return text;
  return texts.empty() ? std::string_view{} : std::string_view(texts.front().second);
}

}  // namespace holter::model
