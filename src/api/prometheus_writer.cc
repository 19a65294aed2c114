#include "api/prometheus_writer.h"

#include <algorithm>

#include "base/utf8.h"

namespace holter::api {

void append_label_value(Body& out, std::string_view text) {
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && static_cast<unsigned char>(text[plain]) < 0x80 && text[plain] != '"' &&
           text[plain] != '\\' && text[plain] != '\n')
      ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    auto n = utf8_sequence(text);
    if (text[0] == '\n')
      out.append("\\n");
    else if (text[0] == '"' || text[0] == '\\')
      out.append(text[0] == '"' ? "\\\"" : "\\\\");
    else
      out.append(n > 0 ? text.substr(0, n) : std::string_view("\xef\xbf\xbd"));
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
}

}  // namespace holter::api
