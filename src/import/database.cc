#include "import/database.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "import/url.h"

namespace holter::imports {
namespace {

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, std::move(message)};
}

/// Of libpq's words (documentation, "SSL Mode Descriptions") and those of MySQL's and MongoDB's drivers.
void tls(const Url& url, Draft& draft) {
  auto mode = lower(query_value(url.path, "sslmode"));
  auto flag = query_value(url.path, "tls");
  if (flag.empty()) flag = query_value(url.path, "ssl");
  bool on =
      url.scheme == "rediss" || mode == "require" || mode == "verify-ca" || mode == "verify-full" || is_true(flag);
  if (!on) return;
  draft.set("ssl", std::string("true"));
  if (mode == "require") draft.set("verifyTls", std::string("false"));
}

void left_over(std::string_view path, Draft& draft) {
  auto mark = path.find('?');
  if (mark == std::string_view::npos) return;
  for (auto rest = path.substr(mark + 1); !rest.empty();) {
    auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    auto key = pair.substr(0, pair.find('='));
    bool known = key == "sslmode" || key == "tls" || key == "ssl" || key == "authSource";
    if (!known && !key.empty())
      draft.leave(fmt::format("databaseConnectionString.{}", excerpt(key)),
                  "the application has no parameter for this option", "see whether the connection does without it");
  }
}

Status from_url(std::string_view type, std::string_view text, std::string_view password, Draft& draft) {
  TRY(auto url, parse_url(text));
  constexpr std::pair<std::string_view, std::string_view> kSchemes[] = {
      {"postgres", "postgres"}, {"postgresql", "postgres"}, {"mysql", "mysql"}, {"mariadb", "mysql"},
      {"mongodb", "mongodb"},   {"redis", "redis"},         {"rediss", "redis"}};
  if (std::ranges::find(kSchemes, std::pair<std::string_view, std::string_view>(url.scheme, type)) ==
      std::end(kSchemes))
    return invalid(fmt::format("a connection of {} does not begin with {}://", type, excerpt(url.scheme)));
  if (url.host.find(',') != std::string::npos)
    return invalid("a monitor watches one server, and the connection names several");
  draft.app = type == "postgres" ? "postgresql" : std::string(type);
  draft.set("host", url.host);
  if (url.port != 0) draft.set("port", std::to_string(url.port));
  draft.set("username", url.user);
  draft.set("password", url.password.empty() ? std::string(password) : url.password);
  auto path = std::string_view(url.path).substr(0, url.path.find('?'));
  auto database = percent_decoded(path.starts_with('/') ? path.substr(1) : path);
  if (type == "redis") {
    if (!database.empty() && database != "0")
      draft.leave("databaseConnectionString", "the figures are of the server, not of a database",
                  "nothing is to be done");
  } else {
    draft.set("database", database);
  }
  if (type == "mongodb") draft.set("authenticationDatabase", query_value(url.path, "authSource"));
  tls(url, draft);
  left_over(url.path, draft);
  return {};
}

/// "Server=host,port;Database=...;User Id=...;Password=...;Encrypt=...", keys in any case.
Status from_pairs(std::string_view text, Draft& draft) {
  draft.app = "sqlserver";
  for (auto rest = text; !rest.empty();) {
    auto pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      if (trim(pair).empty()) continue;
      return invalid("the connection is no list of key=value");
    }
    auto key = lower(trim(pair.substr(0, equals)));
    auto value = trim(pair.substr(equals + 1));
    if (key == "server" || key == "data source") {
      if (value.starts_with("tcp:")) value.erase(0, 4);
      auto comma = value.find(',');
      draft.set("host", value.substr(0, comma));
      if (comma != std::string::npos) draft.set("port", trim(std::string_view(value).substr(comma + 1)));
    } else if (key == "database" || key == "initial catalog") {
      draft.set("database", value);
    } else if (key == "user id" || key == "uid" || key == "user") {
      draft.set("username", value);
    } else if (key == "password" || key == "pwd") {
      draft.set("password", value);
    } else if (key == "encrypt") {
      if (is_true(value)) draft.set("ssl", std::string("true"));
    } else if (key == "trustservercertificate") {
      if (is_true(value)) draft.set("verifyTls", std::string("false"));
    } else {
      draft.leave(fmt::format("databaseConnectionString.{}", excerpt(key)),
                  "the application has no parameter for this option", "see whether the connection does without it");
    }
  }
  return {};
}

}  // namespace

Status read_database(std::string_view type, std::string_view connection, std::string_view password, Draft& draft) {
  if (trim(connection).empty()) return invalid("it has no connection string");
  return type == "sqlserver" ? from_pairs(connection, draft) : from_url(type, trim(connection), password, draft);
}

}  // namespace holter::imports
