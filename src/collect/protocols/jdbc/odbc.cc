#include <algorithm>

#include <fmt/format.h>

#include "collect/protocols/jdbc/odbc_connection.h"
#include "collect/protocols/jdbc/session.h"
#include "runtime/blocking_pool.h"

namespace holter::collect::jdbc {
namespace {

using boost::asio::awaitable;

/// The connection is shared with the call that uses it, which may outlast the attempt; it ends on a thread where it may
/// block.
class OdbcSession final : public SqlSession {
 public:
  OdbcSession(std::shared_ptr<OdbcConnection> connection, runtime::BlockingPool* threads)
      : connection_(std::move(connection)), threads_(threads) {}
  ~OdbcSession() override {
    // Refused when the queue is full: then a call that hangs holds every thread, and the connection ends here.
    (void)threads_->post_job([connection = std::move(connection_)] {});
  }
  OdbcSession(const OdbcSession&) = delete;
  OdbcSession& operator=(const OdbcSession&) = delete;

  bool usable() const override { return !busy_; }

  awaitable<Status> query(Attempt* attempt, const std::string* sql, Rows* rows) override {
    busy_ = true;
    auto* account = &attempt->services().answers;
    std::function<Result<OdbcAnswer>()> work = [connection = connection_, sql = *sql, most = rows->most(), account] {
      return connection->query(sql, most, *account);
    };
    attempt->step("sending the query");
    auto answer = co_await threads_->run<OdbcAnswer>(std::move(work), attempt->deadline(), "run the query");
    if (!answer) {
      busy_ = answer.error().code() != ErrorCode::kInvalidArgument;  // a refused statement harms no connection
      co_return std::move(answer).error();
    }
    busy_ = false;
    attempt->note_held(answer->bytes.bytes());
    if (answer->text.empty()) co_return Status();  // Rows says that there were no columns
    CO_TRY_OK(read_into(answer->text, *rows));
    if (attempt->traced()) attempt->step(fmt::format("read {} rows", rows->count()));
    co_return Status();
  }

 private:
  std::shared_ptr<OdbcConnection> connection_;
  runtime::BlockingPool* const threads_;
  bool busy_ = false;
};

constexpr std::size_t kMostAddresses = 4;  // of one host are tried

awaitable<OpenedSession> connect(Attempt* attempt, const Target* target, std::string address,
                                 runtime::BlockingPool* threads) {
  using Opened = std::shared_ptr<OdbcConnection>;
  std::function<Result<Opened>()> work = [text = connection_text(*target, address), name = target->name(),
                                          timeout = target->timeout] {
    return OdbcConnection::open(text, name, timeout);
  };
  attempt->step("connecting through ODBC");
  CO_TRY(auto connection,
         co_await threads->run<Opened>(std::move(work), attempt->deadline(), "connect to " + target->name()));
  attempt->step("connected and logged in");
  co_return std::make_unique<OdbcSession>(std::move(connection), threads);
}

}  // namespace

awaitable<OpenedSession> open_odbc(Attempt* attempt, const Target* target, runtime::BlockingPool* threads) {
  if (!target->odbc_text.empty()) co_return co_await connect(attempt, target, "", threads);
  // The driver would resolve the name once more, and may get another address then.
  CO_TRY(auto addresses,
         co_await attempt->services().resolver.resolve(target->host, target->port, attempt->deadline()));
  for (std::size_t i = 0;; ++i) {
    auto address = addresses[i].to_string();
    attempt->step(fmt::format("resolved {} to {}", target->host, address));
    auto session = co_await connect(attempt, target, address, threads);
    bool last = i + 1 == std::min(addresses.size(), kMostAddresses);
    if (session || last || session.error().code() != ErrorCode::kUnavailable) co_return session;
  }
}

}  // namespace holter::collect::jdbc
