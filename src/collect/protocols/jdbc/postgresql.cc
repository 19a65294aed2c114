#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "base/units.h"
#include "collect/protocols/jdbc/session.h"
#include "net/decoy.h"
#include "net/fd_wait.h"

namespace holter::collect::jdbc {
namespace {

using boost::asio::awaitable;
using For = net::FdWait::For;

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kMostAddresses = 4;
constexpr std::size_t kMostUnread = 8 << 20;      // of one message; libpq would take 1 GiB
constexpr std::size_t kMostPassedOver = 1 << 20;  // of rows that nobody wants: cheaper than a new session

struct ResultFree {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultFree>;

/// libpq's messages end in line feeds, and have several lines.
std::string words(std::string_view text) {
  std::string out(text.substr(0, 1000));
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  std::ranges::replace(out, '\n', ' ');
  return excerpt(out, 300);
}

class PostgresqlSession final : public SqlSession {
 public:
  PostgresqlSession(PGconn* connection, runtime::Executor executor) : connection_(connection), executor_(executor) {}
  ~PostgresqlSession() override {
    wait_.reset();  // lets go of the descriptor before libpq closes it
    PQfinish(connection_);
  }

  bool usable() const override {
    if (busy_ || PQstatus(connection_) != CONNECTION_OK || PQtransactionStatus(connection_) != PQTRANS_IDLE)
      return false;
    // What an idle server says is that it goes away.
    pollfd descriptor{PQsocket(connection_), POLLIN, 0};
    return ::poll(&descriptor, 1, 0) == 0;
  }

  awaitable<Status> connect(Attempt* attempt, const Target* target, MonoTime deadline);
  awaitable<Status> prepare(Attempt* attempt, const Target* target);
  awaitable<Status> query(Attempt* attempt, const std::string* sql, Rows* rows) override;

 private:
  awaitable<Status> wait(For what, MonoTime deadline, std::string step) {
    int fd = PQsocket(connection_);
    if (!wait_ || wait_->fd() != fd) {
      wait_.reset();
      wait_.emplace(executor_, fd);
    }
    co_return co_await wait_->wait(what, deadline, std::move(step));
  }
  awaitable<Status> flush(Attempt* attempt);
  awaitable<Result<ResultPtr>> next_result(Attempt* attempt, memory::Reservation* unread_bytes);
  Status count_unread(Attempt* attempt, memory::Reservation* bytes);
  Error broken(std::string_view what) const {
    return {ErrorCode::kUnavailable, fmt::format("cannot {}: {}", what, words(PQerrorMessage(connection_)))};
  }

  PGconn* const connection_;
  const runtime::Executor executor_;
  std::optional<net::FdWait> wait_;
  bool busy_ = false;
  std::size_t unread_ = 0;  ///< bytes that came since the last whole result
};

std::string_view word_of(ConnStatusType status) {
  switch (status) {
    case CONNECTION_NEEDED:
    case CONNECTION_STARTED:
      return "connect to";
    case CONNECTION_MADE:
    case CONNECTION_SSL_STARTUP:
      return "set up TLS with";
    default:
      return "log in to";
  }
}

/// What a failure to log in is: libpq says it in words of the server, and keeps no code.
ErrorCode code_of(ConnStatusType reached, bool answered) {
  if (reached == CONNECTION_NEEDED || reached == CONNECTION_STARTED) return ErrorCode::kNotFound;
  return answered ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable;
}

awaitable<Status> PostgresqlSession::connect(Attempt* attempt, const Target* target, MonoTime deadline) {
  auto next = PGRES_POLLING_WRITING;
  ConnStatusType reached = PQstatus(connection_), told = CONNECTION_NEEDED;
  std::size_t received = 0;
  while (next != PGRES_POLLING_OK) {
    if (reached != told && reached == CONNECTION_AWAITING_RESPONSE) attempt->step("connected; logging in");
    if (reached != told && reached == CONNECTION_SSL_STARTUP) attempt->step("connected; setting up TLS");
    told = reached;
    auto step = fmt::format("{} {}", reached == CONNECTION_MADE && !target->tls ? "log in to" : word_of(reached),
                            target->name());
    CO_TRY_OK(co_await wait(next == PGRES_POLLING_READING ? For::kReadable : For::kWritable, deadline, step));
    int ready = 0;
    if (::ioctl(PQsocket(connection_), FIONREAD, &ready) == 0) received += static_cast<std::size_t>(ready);
    if (received > kMostUnread)
      co_return Error(ErrorCode::kTooLarge,
                      fmt::format("cannot log in to {}: the server sends without end", target->name()));
    next = PQconnectPoll(connection_);
    if (next == PGRES_POLLING_FAILED) {
      // The server's own words begin with its severity.
      auto text = words(PQerrorMessage(connection_));
      bool answered = text.find("FATAL:") != std::string::npos || text.find("ERROR:") != std::string::npos;
      co_return Error(code_of(reached, answered || PQconnectionUsedPassword(connection_) != 0),
                      fmt::format("cannot {} {}: {}", reached == CONNECTION_MADE ? "log in to" : word_of(reached),
                                  target->name(), text));
    }
    reached = PQstatus(connection_);
  }
  if (PQsetnonblocking(connection_, 1) != 0) co_return broken("use the connection");
  attempt->step("logged in");
  co_return Status();
}

awaitable<Status> PostgresqlSession::flush(Attempt* attempt) {
  while (int left = PQflush(connection_)) {
    if (left < 0) co_return broken("send the query");
    CO_TRY_OK(co_await wait(For::kEither, attempt->deadline(), "send the query"));
    if (PQconsumeInput(connection_) == 0) co_return broken("send the query");
  }
  co_return Status();
}

Status PostgresqlSession::count_unread(Attempt* attempt, memory::Reservation* bytes) {
  int ready = 0;
  if (::ioctl(PQsocket(connection_), FIONREAD, &ready) == 0) unread_ += static_cast<std::size_t>(ready);
  if (unread_ > kMostUnread)
    return Error(ErrorCode::kTooLarge,
                 fmt::format("cannot read the answer: a row of more than {}", format_size(kMostUnread)));
  auto wanted = 2 * unread_;  // libpq's buffer doubles
  if (wanted <= (32 << 10) || wanted <= bytes->bytes()) return {};
  bytes->reset();
  TRY(*bytes, attempt->reserve(wanted));
  attempt->note_held(wanted);
  return {};
}

/// Null at the end of the answer.
awaitable<Result<ResultPtr>> PostgresqlSession::next_result(Attempt* attempt, memory::Reservation* unread_bytes) {
  while (PQisBusy(connection_) != 0) {
    CO_TRY_OK(co_await wait(For::kReadable, attempt->deadline(), "read the answer"));
    CO_TRY_OK(count_unread(attempt, unread_bytes));
    if (PQconsumeInput(connection_) == 0) co_return broken("read the answer");
  }
  ResultPtr result(PQgetResult(connection_));
  // Input that holds several rows is counted once, with the first of them.
  if (result) unread_ = 0;
  co_return result;
}

Error refused(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  std::string_view code = state != nullptr ? state : "";
  if (code.empty())
    return {ErrorCode::kUnavailable, fmt::format("cannot read the answer: {}", words(PQresultErrorMessage(result)))};
  if (code == "57014")
    return {ErrorCode::kTimeout, fmt::format("cannot run the query: {} (SQLSTATE {})", words(text ? text : ""), code)};
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot run the query: {} (SQLSTATE {})", words(text ? text : ""), excerpt(code, 5))};
}

/// The rows of one result; false when no more are wanted.
Result<bool> take_rows(const PGresult* result, Rows* rows, bool& begun) {
  const int columns = PQnfields(result);
  std::vector<Cell> cells(static_cast<std::size_t>(std::max(columns, 0)));
  if (!std::exchange(begun, true)) {
    for (int i = 0; i < columns; ++i) cells[static_cast<std::size_t>(i)] = PQfname(result, i);
    TRY_OK(rows->begin(cells));
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int i = 0; i < columns; ++i) {
      auto& cell = cells[static_cast<std::size_t>(i)];
      if (PQgetisnull(result, row, i) != 0)
        cell.reset();
      else
        cell = std::string_view(PQgetvalue(result, row, i), static_cast<std::size_t>(PQgetlength(result, row, i)));
    }
    TRY(bool more, rows->row(cells));
    if (!more) return false;
  }
  return true;
}

awaitable<Status> PostgresqlSession::query(Attempt* attempt, const std::string* sql, Rows* rows) {
  busy_ = true;
  unread_ = 0;
  // The extended protocol takes one statement only.
  if (PQsendQueryParams(connection_, sql->c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0 ||
      PQsetSingleRowMode(connection_) == 0)
    co_return broken("send the query");
  CO_TRY_OK(co_await flush(attempt));
  attempt->step("sent the query");
  memory::Reservation unread_bytes;
  std::optional<Error> failure;
  bool begun = false, wanted = true;
  std::size_t passed_over = 0;
  while (true) {
    CO_TRY(auto result, co_await next_result(attempt, &unread_bytes));
    if (!result) break;
    auto status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
      co_return Error(ErrorCode::kInvalidArgument, "cannot run the query: COPY is not supported");
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!failure) failure = refused(result.get());
      if (failure->code() == ErrorCode::kUnavailable) break;
      continue;
    }
    if ((status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) || failure) continue;
    if (!wanted) {
      passed_over += PQresultMemorySize(result.get());
      if (passed_over > kMostPassedOver) co_return Status();  // the session stays busy, so it is not used again
      continue;
    }
    auto more = take_rows(result.get(), rows, begun);
    if (!more) {
      failure = std::move(more).error();
      wanted = false;
      if (failure->code() != ErrorCode::kInvalidArgument) co_return std::move(*failure);
    } else {
      wanted = *more;
    }
  }
  busy_ = failure && failure->code() == ErrorCode::kUnavailable;
  if (failure) co_return std::move(*failure);
  if (attempt->traced()) attempt->step(fmt::format("read {} rows", rows->count()));
  co_return Status();
}

awaitable<Status> PostgresqlSession::prepare(Attempt* attempt, const Target* target) {
  busy_ = true;
  auto text = fmt::format(
      "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY; SET statement_timeout = {}; "
      "SET client_encoding = 'UTF8'",
      std::max<std::int64_t>(target->timeout.count(), 1));
  if (PQsendQuery(connection_, text.c_str()) == 0) co_return broken("prepare the session");
  CO_TRY_OK(co_await flush(attempt));
  memory::Reservation unread_bytes;
  std::optional<Error> failure;
  while (true) {
    CO_TRY(auto result, co_await next_result(attempt, &unread_bytes));
    if (!result) break;
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK || failure) continue;
    failure = Error(refused(result.get())).with_context("cannot make the session read-only");
    if (PQstatus(connection_) != CONNECTION_OK) break;
  }
  busy_ = false;
  if (failure) co_return std::move(*failure);
  co_return Status();
}

}  // namespace

awaitable<OpenedSession> open_postgresql(Attempt* attempt, const Target* target, Reach reach) {
  auto addresses = std::move(reach.addresses);
  std::optional<net::Decoy> decoy;
  if (reach.tunnel.get() >= 0) {
    CO_TRY(decoy, net::Decoy::open());
    addresses = {boost::asio::ip::address_v4::loopback()};
  }
  if (addresses.size() > kMostAddresses) addresses.resize(kMostAddresses);
  const auto port = std::to_string(decoy ? decoy->port() : target->port);
  const auto* mode = !target->tls ? "disable" : target->verify_tls ? "verify-full" : "require";
  const std::string authorities = target->ca_file.empty() ? kSystemAuthorities : target->ca_file;
  Error last(ErrorCode::kNotFound, fmt::format("cannot connect to {}: no address", target->name()));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto address = addresses[i].to_string();
    const char* names[] = {
        "host",        "hostaddr", "port",   "user",       "password",         "dbname",          "sslmode",
        "sslrootcert", "sslcert",  "sslkey", "gssencmode", "application_name", "client_encoding", "passfile",
        nullptr};
    // An empty database is the user's own name to libpq, which few servers have.
    const char* values[] = {target->host.c_str(),
                            address.c_str(),
                            port.c_str(),
                            target->user.c_str(),
                            target->password.c_str(),
                            target->database.empty() ? "postgres" : target->database.c_str(),
                            mode,
                            target->tls && target->verify_tls ? authorities.c_str() : "",
                            "",
                            "",
                            "disable",
                            "holter",
                            "UTF8",
                            "/dev/null",
                            nullptr};
    PGconn* connection = PQconnectStartParams(names, values, 0);
    if (connection == nullptr) co_return Error(ErrorCode::kResourceExhausted, "cannot connect: out of memory");
    PQsetNoticeReceiver(connection, [](void*, const PGresult*) {}, nullptr);  // libpq would print them
    auto session = std::make_unique<PostgresqlSession>(connection, attempt->services().executor);
    if (PQstatus(connection) == CONNECTION_BAD) {
      last = Error(ErrorCode::kNotFound,
                   fmt::format("cannot connect to {}: {}", target->name(), words(PQerrorMessage(connection))));
      continue;
    }
    if (decoy) CO_TRY_OK(net::Decoy::replace(PQsocket(connection), std::move(reach.tunnel)));
    auto deadline = part_of_time(attempt->services().clock.mono(), attempt->deadline(), addresses.size() - i);
    auto connected = co_await session->connect(attempt, target, deadline);
    if (connected) {
      CO_TRY_OK(co_await session->prepare(attempt, target));
      co_return session;
    }
    last = std::move(connected).error();
    if (last.code() != ErrorCode::kNotFound && last.code() != ErrorCode::kTimeout) break;
  }
  co_return last;
}

}  // namespace holter::collect::jdbc
