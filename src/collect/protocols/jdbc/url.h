#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace holter::collect::jdbc {

/// What a JDBC URL says.
struct Url {
  std::string platform;  ///< the word behind "jdbc:", lower case
  std::string host, database;
  std::uint16_t port = 0;               ///< 0: none
  std::optional<bool> tls, verify_tls;  ///< from sslmode, useSSL, ssl, sslMode, encrypt, trustServerCertificate
  std::string rest;                     ///< of jdbc:odbc: the connection string
};

/// Reads jdbc:<word>://host:port/database?options, for sqlserver //host:port;databaseName=x, for oracle
/// thin:@//host:port/service, thin:@host:port:sid, for odbc a connection string. Control characters are left out.
/// Errors: kInvalidArgument for more than 2048 characters, white space (but in odbc), another form, several hosts, and
/// options that let a server read files or run code (looked for in the URL as it is and decoded up to five times).
Result<Url> parse_url(std::string_view text);

}  // namespace holter::collect::jdbc
