#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/jdbc/odbc_connection.h"

namespace holter::collect::jdbc {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

std::string value_of(std::string_view text) {
  bool plain = !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_.:/-").contains(static_cast<char>(c));
  });
  if (plain) return std::string(text);
  std::string out = "{";
  for (char c : text) {
    out += c;
    if (c == '}') out += c;
  }
  return out + "}";
}

void append(std::string& text, std::string_view key, std::string_view value) {
  if (!value.empty()) text += fmt::format("{}={};", key, value_of(value));
}

void append_utf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

/// Takes the next character off `text`.
char32_t next_of(std::string_view& text) {
  auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  int more = first >= 0xF0 && first < 0xF5   ? 3
             : first >= 0xE0 && first < 0xF0 ? 2
             : first >= 0xC2 && first < 0xE0 ? 1
                                             : 0;
  if (more == 0 || text.size() < static_cast<std::size_t>(more)) return kReplacement;
  char32_t c = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    auto byte = static_cast<unsigned char>(text[static_cast<std::size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return kReplacement;
    c = (c << 6) | (byte & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return kReplacement;
  text.remove_prefix(static_cast<std::size_t>(more));
  return c;
}

}  // namespace

std::string connection_text(const Target& named, const std::string& address) {
  auto target = named;
  if (!address.empty()) target.host = address;
  std::string text;
  if (!target.odbc_text.empty()) {
    text = target.odbc_text;
    if (!text.ends_with(';')) text += ';';
  } else {
    auto port = std::to_string(target.port);
    append(text, "Driver", target.odbc_driver);
    if (target.platform == "oracle") {
      append(text, "DBQ", fmt::format("//{}/{}", target.name(), target.database));
    } else if (target.platform == "db2") {
      append(text, "Hostname", target.host);
      append(text, "Port", port);
      append(text, "Protocol", "TCPIP");
      append(text, "Database", target.database);
      if (target.tls) append(text, "Security", "SSL");
    } else if (target.platform == "dm") {
      append(text, "Server", target.host);
      append(text, "TCP_PORT", port);
    } else if (target.platform == "sqlserver" && !same_text(target.odbc_driver, "FreeTDS")) {
      text += fmt::format("Server=tcp:{},{};", target.host, port);
      append(text, "Database", target.database);
      append(text, "Encrypt", target.tls ? "yes" : "no");
      append(text, "TrustServerCertificate", target.verify_tls ? "no" : "yes");
      if (target.tls && target.verify_tls) append(text, "HostNameInCertificate", named.host);
    } else {
      append(text, "Server", target.host);
      append(text, "Servername", target.platform == "odbc" ? target.host : "");
      append(text, "Port", port);
      append(text, "Database", target.database);
      if (target.platform == "sqlserver") {
        append(text, "TDS_Version", "7.4");
        append(text, "ClientCharset", "UTF-8");
        append(text, "Encryption", target.tls ? "require" : "off");
      }
    }
  }
  append(text, "UID", target.user);
  append(text, "PWD", target.password);
  return text;
}

std::string utf8_of(std::u16string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char32_t c = text[i];
    bool high = c >= 0xD800 && c < 0xDC00;
    if (high && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000)
      c = 0x10000 + ((c - 0xD800) << 10) + (text[++i] - 0xDC00);
    else if (c >= 0xD800 && c < 0xE000)
      c = kReplacement;
    append_utf8(c, out);
  }
  return out;
}

std::u16string utf16_of(std::string_view text) {
  std::u16string out;
  while (!text.empty()) {
    char32_t c = next_of(text);
    if (c >= 0x10000) {
      c -= 0x10000;
      out += static_cast<char16_t>(0xD800 + (c >> 10));
      out += static_cast<char16_t>(0xDC00 + (c & 0x3FF));
    } else {
      out += static_cast<char16_t>(c);
    }
  }
  return out;
}

}  // namespace holter::collect::jdbc
