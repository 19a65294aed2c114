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

}  // namespace

awaitable<OpenedSession> open_odbc(Attempt* attempt, const Target* target, runtime::BlockingPool* threads) {
  using Opened = std::shared_ptr<OdbcConnection>;
  std::string address;
  if (target->odbc_text.empty() && !target->host.empty()) {
    // The driver would resolve the name once more, and may get another address then.
    CO_TRY(auto addresses,
           co_await attempt->services().resolver.resolve(target->host, target->port, attempt->deadline()));
    address = addresses.front().to_string();
    attempt->step(fmt::format("resolved {} to {}", target->host, address));
  }
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

}  // namespace holter::collect::jdbc
