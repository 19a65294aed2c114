#include "collect/protocols/jdbc/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"

namespace holter::collect::jdbc {
namespace {

constexpr std::size_t kMaxUrl = 2048;
constexpr int kMostDecodings = 5;

// Options of JDBC drivers by which a server, or whoever writes the URL, reads files or runs code (lower case). Ours
// know none of them; a URL that has one is not meant well.
constexpr std::string_view kRefused[] = {"allowloadlocalinfile",
                                         "allowurlinlocalinfile",
                                         "allowmultiqueries",
                                         "autodeserialize",
                                         "queryinterceptors",
                                         "statementinterceptors",
                                         "detectcustomcollations",
                                         "socketfactory",
                                         "sslfactory",
                                         "loggerlevel",
                                         "loggerfile",
                                         "jndi",
                                         "ldap:",
                                         "ldaps:",
                                         "rmi:",
                                         "init=",
                                         "runscript",
                                         "javascript:",
                                         "localinfile",
                                         "authenticationpluginclassname"};

Error bad(std::string_view url, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the url '{}': {}", excerpt(url), why)};
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Status check_refused(std::string_view url) {
  std::string text(url);
  for (int i = 0; i <= kMostDecodings; ++i) {
    auto plain = lower(text);
    std::erase_if(plain, [](unsigned char c) { return c <= ' ' || c == '_' || c == '-'; });
    for (auto option : kRefused)
      if (plain.contains(option)) return bad(url, fmt::format("its option '{}' is refused", option));
    auto next = decoded(text);
    if (next == text) return {};
    text = std::move(next);
  }
  return bad(url, "it is encoded more than five times");
}

void read_option(std::string_view name, std::string_view value, Url& url) {
  bool yes = same_text(value, "true") || value == "1";
  if (same_text(name, "sslmode")) {
    url.tls = !same_text(value, "disable") && !same_text(value, "disabled") && !same_text(value, "allow") &&
              !same_text(value, "prefer") && !same_text(value, "preferred");
    url.verify_tls = lower(value).starts_with("verify");
  } else if (same_text(name, "usessl") || same_text(name, "ssl") || same_text(name, "encrypt")) {
    url.tls = yes || value.empty();
  } else if (same_text(name, "trustservercertificate")) {
    url.verify_tls = !yes;
  } else if (same_text(name, "verifyservercertificate")) {
    url.verify_tls = yes;
  } else if (same_text(name, "databasename") || same_text(name, "database")) {
    url.database = value;
  }
}

void read_options(std::string_view text, Url& url) {
  while (!text.empty()) {
    auto end = text.find_first_of("&;");
    auto option = text.substr(0, end);
    auto equals = option.find('=');
    read_option(option.substr(0, equals), equals == std::string_view::npos ? "" : option.substr(equals + 1), url);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

/// "host:port" or "[v6]:port"; behind a second colon, if `sid`, the database.
Status read_host(std::string_view text, std::string_view whole, Url& url) {
  auto bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string_view::npos) return bad(whole, "a ']' is missing");
  auto colon = text.find(':', bracket);
  url.host = text.substr(0, colon);
  if (url.host.empty()) return bad(whole, "it has no host");
  if (url.host.contains(',')) return bad(whole, "it has several hosts");
  if (colon == std::string_view::npos) return {};
  auto port = text.substr(colon + 1);
  if (auto second = port.find(':'); second != std::string_view::npos) {
    url.database = port.substr(second + 1);
    port = port.substr(0, second);
  }
  unsigned number = 0;
  auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (failure != std::errc{} || end != port.data() + port.size() || number == 0 || number > 65535)
    return bad(whole, fmt::format("its port '{}' is none from 1 to 65535", excerpt(port)));
  url.port = static_cast<std::uint16_t>(number);
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrl) return bad(text, fmt::format("it has more than {} characters", kMaxUrl));
  std::string clean(text);
  std::erase_if(clean, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  TRY_OK(check_refused(clean));
  std::string_view rest = clean;
  if (rest.size() < 5 || !same_text(rest.substr(0, 5), "jdbc:")) return bad(text, "it must begin with 'jdbc:'");
  rest.remove_prefix(5);
  auto colon = rest.find(':');
  Url url;
  url.platform = lower(rest.substr(0, colon));
  if (colon == std::string_view::npos || url.platform.empty() ||
      !std::ranges::all_of(url.platform, [](unsigned char c) { return std::isalnum(c) != 0; }))
    return bad(text, "it must be of the form jdbc:<word>:...");
  rest.remove_prefix(colon + 1);
  if (url.platform == "odbc") {
    url.rest = rest;
    if (rest.empty()) return bad(text, "a connection string is missing");
    return url;
  }
  if (rest.contains(' ')) return bad(text, "it has a blank in it");
  if (same_text(rest.substr(0, 5), "thin:")) rest.remove_prefix(5);
  if (rest.starts_with('@')) rest.remove_prefix(1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  auto host_end = rest.find_first_of("/?;");
  TRY_OK(read_host(rest.substr(0, host_end), text, url));
  if (host_end == std::string_view::npos) return url;
  rest.remove_prefix(host_end);
  if (rest.starts_with('/')) {
    auto end = rest.find_first_of("?;");
    url.database = rest.substr(1, end == std::string_view::npos ? end : end - 1);
    rest.remove_prefix(std::min(end, rest.size()));
  }
  if (!rest.empty()) read_options(rest.substr(1), url);
  return url;
}

}  // namespace holter::collect::jdbc
