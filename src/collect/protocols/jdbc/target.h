#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/plugin.h"
#include "collect/ssh_target.h"

namespace holter::collect::jdbc {

enum class Driver : std::uint8_t { kPostgresql, kMysql, kClickhouse, kOdbc };

/// Where a query goes, and as whom.
struct Target {
  Driver driver = Driver::kPostgresql;
  std::string platform;  ///< lower case: "postgresql", "oracle"...
  std::string host;
  std::uint16_t port = 0;
  std::string user, password, database;
  bool tls = false, verify_tls = true;
  std::string ca_file;                      ///< PEM file of trusted authorities; empty: the system's
  std::string odbc_driver;                  ///< name in odbcinst.ini
  std::string odbc_text;                    ///< connection string that a jdbc:odbc: URL gives
  std::shared_ptr<const SshTarget> tunnel;  ///< whose server connects us, or null; of PostgreSQL and MySQL
  std::chrono::milliseconds timeout{6000};

  std::string name() const;  ///< "host:port", brackets around IPv6
  /// All that makes two sessions alike, the password only as a hash.
  std::string session_key() const;
  std::size_t bytes() const;
  bool operator==(const Target&) const = default;
};

/// Reads `platform`, `host`, `port`, `username`, `password`, `database`, `ssl`, `verifyTls`, `caFile`, `driver`,
/// `timeout`, `sshTunnel` and `url`: a URL that begins with "jdbc" decides on driver, host, port, database and TLS.
/// Errors: kInvalidArgument for an unknown platform, a URL of a wrong form or with a refused option, a database name of
/// other characters than [A-Za-z0-9_$.-], a tunnel to what cannot use one.
Result<Target> target_of(const ProbeConfig& config);

/// Errors: kInvalidArgument unless the statement is of a kind that only reads: SELECT, SHOW, WITH, VALUES, TABLE,
/// EXPLAIN, DESCRIBE. Comments before it are passed over, semicolons behind it cut off; it is at most 64 KiB.
Result<std::string> reading_statement(std::string_view sql);

}  // namespace holter::collect::jdbc
