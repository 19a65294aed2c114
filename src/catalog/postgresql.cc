#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <sys/socket.h>

#include "catalog/session.h"

namespace holter::catalog {
namespace {

PGconn* handle(Connection& connection) {
  auto* backend = static_cast<soci::postgresql_session_backend*>(connection.sql.get_backend());
  return backend != nullptr ? backend->conn_ : nullptr;
}

/// A value as conninfo strings have it (PostgreSQL 15, 34.1.1.1).
std::string quoted(std::string_view value) {
  std::string text = "'";
  for (char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// What the client or the server says, in one line, without the password.
std::string foreign_text(const Connection& connection, std::string text) {
  if (!connection.password.empty())
    for (std::size_t at = 0; (at = text.find(connection.password, at)) != std::string::npos; at += 3)
      text.replace(at, connection.password.size(), "***");
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text.substr(0, 300);
}

/// Runs a statement without rows; for settings of the session.
void set(Connection& connection, const std::string& sql) {
  connection.sql << sql;
}

using Values = std::map<std::string, std::string>;

Result<Values> parse_connection(const std::string& text) {
  char* said = nullptr;
  auto* parsed = ::PQconninfoParse(text.c_str(), &said);
  if (parsed == nullptr) {
    ::PQfreemem(said);  // it quotes the string, and with it a password
    return Error(ErrorCode::kInvalidArgument,
                 "cannot read the connection string of the catalog: it is neither key=value pairs nor a URI of libpq");
  }
  Values values;
  for (auto* option = parsed; option->keyword != nullptr; ++option)
    if (option->val != nullptr) values[option->keyword] = option->val;
  ::PQconninfoFree(parsed);
  return values;
}

}  // namespace

Result<std::string> postgresql_password(const std::string& connection) {
  TRY(auto values, parse_connection(connection));
  return values["password"];
}

Status prepare_postgresql(Connection& connection) {
  const auto& options = connection.options;
  TRY(auto values, parse_connection(options.postgresql));
  connection.password = values["password"];
  if (connection.password.empty()) {
    values.erase("password");
    if (const char* given = std::getenv("PGPASSWORD")) connection.password = given;
  }
  auto or_else = [&](const char* key, const char* otherwise) {
    auto found = values.find(key);
    return found != values.end() ? found->second : otherwise;
  };
  connection.name = fmt::format("catalog postgresql://{}:{}/{}", or_else("host", "localhost"), or_else("port", "5432"),
                                or_else("dbname", ""));
  auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  values.try_emplace("application_name", "holter");
  values.try_emplace("connect_timeout", std::to_string(std::max<long long>(seconds, 2)));
  // A peer that vanishes without a word is noticed by the kernel (TCP_USER_TIMEOUT, RFC 5482).
  values.try_emplace("tcp_user_timeout", std::to_string(options.statement_timeout.count()));
  values.try_emplace("keepalives_idle", "10");
  values.try_emplace("keepalives_interval", "5");
  values.try_emplace("keepalives_count", "3");
  values["client_encoding"] = "UTF8";
  for (const auto& [key, value] : values) connection.conninfo += fmt::format("{}={} ", key, quoted(value));
  return {};
}

Status open_postgresql(Connection& connection) {
  const auto& options = connection.options;
  auto what = fmt::format("open the {}", connection.name);
  try {
    {
      std::scoped_lock lock(connection.handle_mutex);
      connection.open = false;
      connection.sql.close();
    }
    // Not under the mutex: connecting takes as long as connect_timeout, and has its own end.
    connection.sql.open(soci::postgresql, connection.conninfo);
    ::PQsetNoticeProcessor(handle(connection), [](void*, const char*) {}, nullptr);  // else it goes to standard error
    ::PQsetErrorVerbosity(handle(connection), PQERRORS_TERSE);                       // details quote values
    std::string encoding;
    connection.sql << "SHOW server_encoding", soci::into(encoding);
    if (encoding != "UTF8")
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use the {}: its encoding is {}, not UTF8", connection.name, encoding));
    set(connection, fmt::format("SET statement_timeout = {}", options.statement_timeout.count()));
    set(connection, fmt::format("SET lock_timeout = {}", options.busy_timeout.count()));
    set(connection, "SET synchronous_commit = on");
    set(connection, "SET default_transaction_isolation = 'read committed'");
    // A transaction of a program that hangs must not hold the lock of all writers for ever.
    set(connection, fmt::format("SET idle_in_transaction_session_timeout = {}", options.statement_timeout.count()));
    std::scoped_lock lock(connection.handle_mutex);
    connection.open = true;
    return {};
  } catch (...) {
    return current_failure(connection, what);
  }
}

bool postgresql_in_transaction(Connection& connection) {
  auto* conn = handle(connection);
  if (conn == nullptr) return false;
  auto status = ::PQtransactionStatus(conn);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool postgresql_connected(Connection& connection) {
  auto* conn = handle(connection);
  return conn != nullptr && ::PQstatus(conn) == CONNECTION_OK;
}

void interrupt_postgresql(Connection& connection) {
  // Not PQcancel(): it would ask the server, which may be what hangs. The socket's reader wakes up at once.
  if (auto* conn = handle(connection)) ::shutdown(::PQsocket(conn), SHUT_RDWR);
}

Error postgresql_failure(Connection& connection, const soci::soci_error& error, std::string_view what) {
  const auto* own = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  auto state = own != nullptr ? own->sqlstate() : std::string();
  auto fail = [&](ErrorCode kind, const std::string& why) {
    return Error(kind, fmt::format("cannot {}: {}", what, why));
  };
  auto said = [&] { return foreign_text(connection, error.get_error_message()); };
  if (state.starts_with("28")) return fail(ErrorCode::kUnauthenticated, said());
  if (!postgresql_connected(connection)) {
    auto text = said();
    // A login that is refused has no SQLSTATE on this side.
    bool refused =
        text.find("authentication failed") != std::string::npos || text.find("pg_hba.conf") != std::string::npos;
    return fail(refused ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable, text);
  }
  // SQLSTATE (PostgreSQL 15, appendix A). The server's words only where they cannot quote what was to be stored.
  auto with_state = [&](std::string_view why) { return fmt::format("{} (SQLSTATE {})", why, state); };
  if (state == "23505") return fail(ErrorCode::kConflict, "there is one of that name already");
  if (state == "23503") return fail(ErrorCode::kNotFound, "what it refers to does not exist");
  if (state.starts_with("23")) return fail(ErrorCode::kInvalidArgument, with_state("it breaks a rule of the schema"));
  if (state.starts_with("22")) return fail(ErrorCode::kInvalidArgument, with_state("the server takes no such value"));
  if (state == "57014") return fail(ErrorCode::kTimeout, "the server ended the statement");
  if (state == "55P03" || state.starts_with("40"))
    return fail(ErrorCode::kUnavailable, with_state("another program holds the catalog"));
  if (state.starts_with("57") || state.starts_with("08")) return fail(ErrorCode::kUnavailable, said());
  if (state == "53100" || state.starts_with("58") || state == "25006") return fail(ErrorCode::kIo, said());
  if (state.starts_with("53")) return fail(ErrorCode::kResourceExhausted, said());
  if (state == "42501") return fail(ErrorCode::kUnauthenticated, said());
  if (state.starts_with("XX")) return fail(ErrorCode::kCorruption, said());
  return fail(ErrorCode::kInternal, "BUG: " + with_state("the server refused the statement"));
}

}  // namespace holter::catalog
