#include "collect/protocols/jdbc/odbc_connection.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#include "base/units.h"
#include "collect/protocols/jdbc/rows.h"
#include "collect/protocols/jdbc/tsv.h"

namespace holter::collect::jdbc {

static_assert(sizeof(SQLWCHAR) == sizeof(char16_t));

struct OdbcConnection::Handles {
  SQLHENV environment = SQL_NULL_HENV;
  SQLHDBC connection = SQL_NULL_HDBC;
  bool connected = false;
  long timeout_s = 1;

  ~Handles() {
    if (connected) SQLDisconnect(connection);
    if (connection != SQL_NULL_HDBC) SQLFreeHandle(SQL_HANDLE_DBC, connection);
    if (environment != SQL_NULL_HENV) SQLFreeHandle(SQL_HANDLE_ENV, environment);
  }
};

namespace {

SQLWCHAR* wide(std::u16string& text) {
  return reinterpret_cast<SQLWCHAR*>(text.data());
}
std::u16string_view from_wide(const std::vector<SQLWCHAR>& text, std::size_t length) {
  return {reinterpret_cast<const char16_t*>(text.data()), std::min(length, text.size())};
}

bool has(std::string_view text, std::string_view part) {
  return std::ranges::search(text, part, [](unsigned char a, unsigned char b) {
           return std::tolower(a) == std::tolower(b);
         }).begin() != text.end();
}

/// What the driver says of the handle's last call.
Error error_of(SQLSMALLINT kind, SQLHANDLE handle, const std::string& what) {
  std::vector<SQLWCHAR> state(6), text(512);
  SQLINTEGER native = 0;
  SQLSMALLINT length = 0;
  if (!SQL_SUCCEEDED(SQLGetDiagRecW(kind, handle, 1, state.data(), &native, text.data(),
                                    static_cast<SQLSMALLINT>(text.size()), &length)))
    return {ErrorCode::kUnavailable, fmt::format("cannot {}: the driver does not say why", what)};
  auto code = utf8_of(from_wide(state, 5));
  auto said = utf8_of(from_wide(text, static_cast<std::size_t>(std::max<SQLSMALLINT>(length, 0))));
  auto message = fmt::format("cannot {}: {} (SQLSTATE {}, error {})", what, excerpt(said, 300), code, native);
  if (code == "IM002" || code == "IM003" || has(said, "can't open lib"))
    return {ErrorCode::kInvalidArgument,
            message + "; the ODBC driver or a library that it needs is not installed: odbcinst -q -d lists drivers"};
  // Drivers have a wrong password as 28000, or as a failure to connect.
  if (code.starts_with("28") || has(said, "password") || has(said, "login failed") || has(said, "ORA-01017"))
    return {ErrorCode::kUnauthenticated, message};
  if (code.starts_with("HYT")) return {ErrorCode::kTimeout, message};
  if (code == "HY001") return {ErrorCode::kResourceExhausted, message};
  if (code.starts_with("08")) return {ErrorCode::kUnavailable, message};
  return {ErrorCode::kInvalidArgument, message};
}

class Statement {
 public:
  explicit Statement(SQLHDBC connection) { SQLAllocHandle(SQL_HANDLE_STMT, connection, &handle_); }
  ~Statement() {
    if (handle_ != SQL_NULL_HSTMT) SQLFreeHandle(SQL_HANDLE_STMT, handle_);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  SQLHSTMT get() const { return handle_; }

  Result<std::vector<std::string>> names() const {
    SQLSMALLINT columns = 0;
    if (!SQL_SUCCEEDED(SQLNumResultCols(handle_, &columns)))
      return error_of(SQL_HANDLE_STMT, handle_, "read the answer");
    std::vector<std::string> out;
    for (SQLSMALLINT i = 1; i <= columns; ++i) {
      std::vector<SQLWCHAR> name(257);
      SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0;
      SQLULEN size = 0;
      if (!SQL_SUCCEEDED(SQLDescribeColW(handle_, static_cast<SQLUSMALLINT>(i), name.data(), 256, &length, &type, &size,
                                         &digits, &nullable)))
        return error_of(SQL_HANDLE_STMT, handle_, "read the answer");
      out.push_back(utf8_of(from_wide(name, static_cast<std::size_t>(std::clamp<SQLSMALLINT>(length, 0, 256)))));
    }
    return out;
  }

  /// False for NULL.
  Result<bool> value(std::size_t column, std::string& out) {
    std::u16string whole;
    while (true) {
      SQLLEN length = 0;
      auto done = SQLGetData(handle_, static_cast<SQLUSMALLINT>(column + 1), SQL_C_WCHAR, buffer_.data(),
                             static_cast<SQLLEN>(buffer_.size() * sizeof(SQLWCHAR)), &length);
      if (done == SQL_NO_DATA) break;
      if (!SQL_SUCCEEDED(done)) return error_of(SQL_HANDLE_STMT, handle_, "read the answer");
      if (length == SQL_NULL_DATA) return false;
      auto held = buffer_.size() - 1;  // a zero stands behind
      auto got = length == SQL_NO_TOTAL ? held : static_cast<std::size_t>(length) / sizeof(SQLWCHAR);
      whole += from_wide(buffer_, std::min(got, held));
      if (whole.size() > Rows::kMaxValue)
        return Error(ErrorCode::kTooLarge,
                     fmt::format("cannot take a value of more than {} characters", std::size_t{Rows::kMaxValue}));
      if (done == SQL_SUCCESS || (length != SQL_NO_TOTAL && got <= held)) break;
    }
    out = utf8_of(whole);
    return true;
  }

 private:
  SQLHSTMT handle_ = SQL_NULL_HSTMT;
  std::vector<SQLWCHAR> buffer_ = std::vector<SQLWCHAR>(2048);
};

}  // namespace

OdbcConnection::OdbcConnection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
OdbcConnection::~OdbcConnection() = default;

Result<std::shared_ptr<OdbcConnection>> OdbcConnection::open(const std::string& text, const std::string& name,
                                                             std::chrono::milliseconds timeout) {
  auto handles = std::make_unique<Handles>();
  handles->timeout_s = std::max<long>(timeout.count() / 1000, 1);
  auto number = [](long value) { return reinterpret_cast<SQLPOINTER>(value); };  // as ODBC has it
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &handles->environment)) ||
      !SQL_SUCCEEDED(SQLSetEnvAttr(handles->environment, SQL_ATTR_ODBC_VERSION, number(SQL_OV_ODBC3), 0)) ||
      !SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, handles->environment, &handles->connection)))
    return Error(ErrorCode::kResourceExhausted, "cannot use ODBC: the driver manager gives no handle");
  // Best effort: a driver that knows neither is bounded by the attempt's deadline, and by statements that only read.
  SQLSetConnectAttr(handles->connection, SQL_ATTR_LOGIN_TIMEOUT, number(handles->timeout_s), SQL_IS_UINTEGER);
  SQLSetConnectAttr(handles->connection, SQL_ATTR_ACCESS_MODE, number(SQL_MODE_READ_ONLY), SQL_IS_UINTEGER);
  auto wide_text = utf16_of(text);
  SQLSMALLINT length = 0;
  auto done = SQLDriverConnectW(handles->connection, nullptr, wide(wide_text), SQL_NTS, nullptr, 0, &length,
                                SQL_DRIVER_NOPROMPT);
  if (!SQL_SUCCEEDED(done)) return error_of(SQL_HANDLE_DBC, handles->connection, "connect to " + name);
  handles->connected = true;
  return std::shared_ptr<OdbcConnection>(new OdbcConnection(std::move(handles)));
}

Result<OdbcAnswer> OdbcConnection::query(const std::string& sql, std::size_t most_rows, memory::Account& account) {
  Statement statement(handles_->connection);
  if (statement.get() == SQL_NULL_HSTMT) return error_of(SQL_HANDLE_DBC, handles_->connection, "run the query");
  auto number = [](std::size_t value) { return reinterpret_cast<SQLPOINTER>(value); };
  SQLSetStmtAttr(statement.get(), SQL_ATTR_QUERY_TIMEOUT, number(static_cast<std::size_t>(handles_->timeout_s)), 0);
  SQLSetStmtAttr(statement.get(), SQL_ATTR_MAX_ROWS, number(most_rows), 0);
  auto wide_sql = utf16_of(sql);
  auto done = SQLExecDirectW(statement.get(), wide(wide_sql), SQL_NTS);
  if (!SQL_SUCCEEDED(done) && done != SQL_NO_DATA) return error_of(SQL_HANDLE_STMT, statement.get(), "run the query");
  OdbcAnswer answer;
  TRY(auto names, statement.names());
  if (names.empty()) return answer;
  std::vector<Cell> cells(names.begin(), names.end());
  append_line(cells, answer.text);
  std::vector<std::string> values(names.size());
  for (std::size_t row = 0; row < most_rows; ++row) {
    done = SQLFetch(statement.get());
    if (done == SQL_NO_DATA) break;
    if (!SQL_SUCCEEDED(done)) return error_of(SQL_HANDLE_STMT, statement.get(), "read the answer");
    std::size_t size = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      TRY(bool there, statement.value(i, values[i]));
      size += values[i].size();
      cells[i] = there ? Cell(values[i]) : Cell();
    }
    auto wanted = 2 * (answer.text.size() + 2 * size + values.size());
    if (wanted > 2 * kMaxAnswer)
      return Error(ErrorCode::kTooLarge, fmt::format("cannot take an answer of more than {}", format_size(kMaxAnswer)));
    if (wanted > answer.bytes.bytes()) {
      answer.bytes.reset();
      TRY(answer.bytes, account.reserve(2 * wanted));
    }
    append_line(cells, answer.text);
  }
  return answer;
}

}  // namespace holter::collect::jdbc
