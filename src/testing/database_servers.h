#pragma once

#include <memory>

#include "testing/certificates.h"
#include "testing/real_server.h"

namespace holter::testing {

// Real databases with a user "monitor" whose password is "secret". Not running() when the package is not installed.

/// A cluster of its own, in which "monitor" may read what pg_monitor may, with the database postgres; "owner" (password
/// "secret") may make databases. With `tls` it takes TLS connections too.
std::unique_ptr<RealServer> start_postgresql(const Certificate* tls = nullptr);
/// With the database "shop", and the rights PROCESS, REPLICATION CLIENT and SELECT.
std::unique_ptr<RealServer> start_mariadb(const Certificate* tls = nullptr);
/// Its HTTP interface; "reader" (password "secret") has a read-only profile.
std::unique_ptr<RealServer> start_clickhouse();

}  // namespace holter::testing
