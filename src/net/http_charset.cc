#include "net/http_charset.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <fmt/format.h>
#include <iconv.h>
#include <strings.h>

#include "base/units.h"
#include "net/charged_text.h"

namespace holter::net {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

struct Charset {
  const char* label;
  const char* converter;  ///< as iconv calls it; null: UTF-8, nothing to do
};

// Labels as the web uses them, also where they mean more than they say: pages "in iso-8859-1" are in windows-1252.
constexpr Charset kCharsets[] = {
    {"utf-8", nullptr},
    {"utf8", nullptr},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1255", "WINDOWS-1255"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"windows-1258", "WINDOWS-1258"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"gb2312", "GBK"},
    {"gbk", "GBK"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"tis-620", "TIS-620"},
    {"utf-16", "UTF-16"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"utf-32", "UTF-32"},
};

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

const Charset* find(std::string_view label) {
  const auto* found = std::ranges::find_if(kCharsets, [label](const Charset& c) { return same(label, c.label); });
  return found == std::end(kCharsets) ? nullptr : found;
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

struct Converter {
  explicit Converter(const char* from) : handle(iconv_open("UTF-8", from)) {}
  ~Converter() {
    if (good()) iconv_close(handle);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool good() const { return handle != reinterpret_cast<iconv_t>(-1); }
  iconv_t handle;
};

Status convert(std::string_view from, Converter& converter, ChargedText& to) {
  std::array<char, 4096> piece;
  auto* in = const_cast<char*>(from.data());
  auto left = from.size();
  bool flushed = false;
  while (left > 0 || !flushed) {
    auto* out = piece.data();
    auto room = piece.size();
    flushed = left == 0;  // what a stateful charset still holds comes with the last call
    auto done = flushed ? iconv(converter.handle, nullptr, nullptr, &out, &room)
                        : iconv(converter.handle, &in, &left, &out, &room);
    auto failure = done == static_cast<std::size_t>(-1) ? errno : 0;
    TRY_OK(to.append({piece.data(), piece.size() - room}));
    if (failure == 0 || failure == E2BIG) continue;
    TRY_OK(to.append(kReplacement));
    if (left == 0) break;
    ++in;
    --left;
    if (failure == EINVAL) break;  // a character is cut off by the end
  }
  return {};
}

}  // namespace

std::string_view charset_of(std::string_view content_type) {
  auto rest = content_type;
  while (true) {
    auto semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) return {};
    rest.remove_prefix(semicolon + 1);
    auto parameter = trim(rest.substr(0, rest.find(';')));
    auto equals = parameter.find('=');
    if (equals == std::string_view::npos || !same(trim(parameter.substr(0, equals)), "charset")) continue;
    auto value = trim(parameter.substr(equals + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return value;
  }
}

std::string_view xml_encoding_of(std::string_view document) {
  auto head = document.substr(0, 256);
  if (head.starts_with(kUtf8Mark)) head.remove_prefix(kUtf8Mark.size());
  head = head.substr(0, head.find("?>"));
  if (!trim(head).starts_with("<?xml")) return {};
  auto at = head.find("encoding");
  if (at == std::string_view::npos) return {};
  auto rest = trim(head.substr(at + 8));
  if (!rest.starts_with('=')) return {};
  rest = trim(rest.substr(1));
  if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return {};
  auto end = rest.find(rest.front(), 1);
  return end == std::string_view::npos ? std::string_view{} : rest.substr(1, end - 1);
}

bool is_known_charset(std::string_view label) {
  return find(label) != nullptr;
}

Result<std::string_view> decode_text(std::string_view text, std::string_view charset, ChargedText& decoded) {
  const auto* known = find(charset);
  auto unknown = [&] {
    return Error(ErrorCode::kNotFound, fmt::format("cannot decode the charset '{}'", excerpt(charset, 40)));
  };
  if (known == nullptr) return unknown();
  if (known->converter != nullptr) {
    Converter converter(known->converter);
    if (!converter.good()) return unknown();  // glibc's converters are files, and may not be installed
    TRY_OK(convert(text, converter, decoded));
    text = decoded.text();
  }
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  return text;
}

Status decode_body(HttpResponse& response, std::string_view charset, memory::Account& account,
                   memory::Account* reserve) {
  auto& body = response.body;
  ChargedText decoded(account, kMostUtf8PerByte * body.size() + kReplacement.size(), reserve);
  auto text = decode_text(body, charset, decoded);
  if (!text && text.error().code() == ErrorCode::kNotFound) return std::move(text).error();
  if (!text) return std::move(text).error().with_context("cannot decode the body");
  if (decoded.size() > 0) body = decoded.take(response.reserved);
  if (body.starts_with(kUtf8Mark)) body.erase(0, kUtf8Mark.size());
  return {};
}

}  // namespace holter::net
