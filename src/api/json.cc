#include "api/json.h"

#include <cmath>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/units.h"
#include "base/utf8.h"

namespace holter::api {
namespace {

/// Bytes that stand for themselves in a JSON text: printable ASCII without the escaped ones.
bool is_plain(unsigned char c) {
  return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void append_escaped(Body& out, unsigned char c) {
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const char escape[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
  out.append(std::string_view(escape, sizeof escape));
}

template <class T>
void append_number(Body& out, T n) {
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "{}", n);
  out.append(std::string_view(text.data(), text.size()));
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto n = utf8_sequence(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

void JsonWriter::separate() {
  if (!first_) out_.append(',');
  first_ = false;
}

void JsonWriter::open(char bracket) {
  separate();
  out_.append(bracket);
  first_ = true;
}

void JsonWriter::close(char bracket) {
  out_.append(bracket);
  first_ = false;
}

void JsonWriter::raw(std::string_view token) {
  separate();
  out_.append(token);
}

void JsonWriter::key(std::string_view name) {
  value(name);
  out_.append(':');
  first_ = true;  // the value that follows needs no comma
}

void JsonWriter::value(std::string_view text) {
  separate();
  out_.append('"');
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(static_cast<unsigned char>(text[plain]))) ++plain;
    out_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    auto c = static_cast<unsigned char>(text[0]);
    if (c < 0x80) {
      append_escaped(out_, c);
      text.remove_prefix(1);
    } else if (auto n = utf8_sequence(text); n > 0) {
      out_.append(text.substr(0, n));
      text.remove_prefix(n);
    } else {
      out_.append("\xef\xbf\xbd");
      text.remove_prefix(1);
    }
  }
  out_.append('"');
}

void JsonWriter::value(std::int64_t n) {
  separate();
  append_number(out_, n);
}

void JsonWriter::value(std::uint64_t n) {
  separate();
  append_number(out_, n);
}

void JsonWriter::value(double n) {
  if (!std::isfinite(n)) return null();
  separate();
  append_number(out_, n);
}

void JsonWriter::time(std::int64_t epoch_ms) {
  if (epoch_ms == 0) return null();
  separate();
  out_.append('"');
  out_.append(format_time(WallTime(milliseconds(epoch_ms))));
  out_.append('"');
}

void JsonWriter::id(std::uint64_t id) {
  value(fmt::format("{:016x}", id));
}

}  // namespace holter::api
