#include <algorithm>
#include <optional>
#include <utility>

#include <errmsg.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/units.h"
#include "collect/protocols/jdbc/session.h"
#include "net/decoy.h"
#include "net/fd_wait.h"
#include "runtime/blocking_pool.h"

namespace holter::collect::jdbc {
namespace {

using boost::asio::awaitable;

constexpr std::size_t kMostAddresses = 4;
constexpr std::size_t kMostPacket = 4 << 20;      // of a row; the library would take 1 GiB
constexpr std::size_t kMostPassedOver = 1 << 20;  // of rows that nobody wants: cheaper than a new session
// None of these asks a person or sends the password in plain text.
constexpr const char* kAuthentication =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,mysql_old_password";

class MysqlSession final : public SqlSession {
 public:
  explicit MysqlSession(runtime::Executor executor) : executor_(executor) { ::mysql_init(&mysql_); }
  ~MysqlSession() override {
    wait_.reset();  // lets go of the descriptor before the library closes it
    // A connecting that was cut off is told so: else what it holds, its descriptor too, would stay behind.
    for (int i = 0; connecting_ && i < 100; ++i)
      connecting_ = mysql_real_connect_cont(&connected_, &mysql_, MYSQL_WAIT_TIMEOUT) != 0;
    // To take leave of a server that does not listen any more could block.
    stop_if_busy();
    mysql_close(&mysql_);
  }
  MysqlSession(const MysqlSession&) = delete;
  MysqlSession& operator=(const MysqlSession&) = delete;

  bool usable() const override {
    if (busy_) return false;
    pollfd descriptor{mysql_get_socket(&mysql_), POLLIN, 0};
    return descriptor.fd != MARIADB_INVALID_SOCKET && ::poll(&descriptor, 1, 0) == 0;
  }

  /// Where it connects to; with a tunnel that is a decoy, and the tunnel takes the place of the connection.
  struct Address {
    std::string host;
    std::uint16_t port;
    std::shared_ptr<net::OwnedFd> tunnel;
  };
  awaitable<Status> connect(Attempt* attempt, const Target* target, Address address, MonoTime deadline);
  /// The same, TLS and its handshake included, for which the library blocks: for a thread where it may.
  static Result<std::unique_ptr<MysqlSession>> connect_blocking(runtime::Executor executor, const Clock& clock,
                                                                const Target& target, const Address& address,
                                                                MonoTime deadline);
  awaitable<Status> prepare(Attempt* attempt, const Target* target);
  awaitable<Status> query(Attempt* attempt, const std::string* sql, Rows* rows) override;
  void stop_if_busy() {
    if (busy_ && mysql_get_socket(&mysql_) != MARIADB_INVALID_SOCKET) ::shutdown(mysql_get_socket(&mysql_), SHUT_RDWR);
  }

 private:
  void set_options(const Target& target);
  /// Begins to connect; both give what must be waited for, 0 at the end.
  Result<int> begin(const Target& target, const Address& address);
  int go_on(int ready);
  Status connected(bool answered);
  /// Waits for what the library wants, and says what came of it in its words.
  awaitable<Result<int>> wait(int wanted, MonoTime deadline, std::string what);
  awaitable<Status> send(const std::string* sql, MonoTime deadline);
  awaitable<Result<MYSQL_ROW>> fetch(MYSQL_RES* result, MonoTime deadline);
  awaitable<Status> take_rows(Attempt* attempt, MYSQL_RES* result, Rows* rows);
  Error error_of(std::string_view what);

  const runtime::Executor executor_;
  mutable MYSQL mysql_{};  // the library asks for it without const even to tell the descriptor
  std::optional<net::FdWait> wait_;
  std::string name_;  ///< of the server, for messages
  std::string host_;  ///< what the library is given as host, with a zero behind it
  MYSQL* connected_ = nullptr;
  bool connecting_ = false;
  bool sent_ = false;  ///< a query whose answer is awaited
  bool busy_ = true;
};

/// Freeing reads what is left of an answer, without a deadline: with nothing behind the socket it ends at once.
struct ResultFree {
  MysqlSession* session;
  void operator()(MYSQL_RES* result) const {
    session->stop_if_busy();
    mysql_free_result(result);
  }
};

std::string words(const char* text) {
  return excerpt(std::string_view(text).substr(0, 1000), 300);
}

Error MysqlSession::error_of(std::string_view what) {
  auto number = mysql_errno(&mysql_);
  auto text = fmt::format("cannot {}: {} (error {}, SQLSTATE {})", what, words(mysql_error(&mysql_)), number,
                          excerpt(mysql_sqlstate(&mysql_), 5));
  // The library says the same of a packet that is larger than it may take.
  if (number == CR_SERVER_LOST && sent_)
    text += fmt::format("; it closed the connection, or sent more than {} at once", format_size(kMostPacket));
  switch (number) {
    case CR_OUT_OF_MEMORY:
      return {ErrorCode::kResourceExhausted, text};
    case CR_NET_PACKET_TOO_LARGE:
    case ER_NET_PACKET_TOO_LARGE:
      return {ErrorCode::kTooLarge, text};
    case ER_ACCESS_DENIED_ERROR:
    case ER_ACCESS_DENIED_NO_PASSWORD_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
    case ER_HOST_IS_BLOCKED:
    case ER_NOT_SUPPORTED_AUTH_MODE:
    case CR_AUTH_PLUGIN_CANNOT_LOAD:
    case CR_AUTH_PLUGIN_ERR:
      return {ErrorCode::kUnauthenticated, text};
    case CR_MALFORMED_PACKET:
    case CR_VERSION_ERROR:
      return {ErrorCode::kProtocolViolation, text};
    case 1969:  // MariaDB: max_statement_time
    case 3024:  // MySQL: max_execution_time
      return {ErrorCode::kTimeout, text};
    default:
      return {number >= CR_MIN_ERROR && number <= CR_MAX_ERROR ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
              text};
  }
}

void MysqlSession::set_options(const Target& target) {
  mysql_options(&mysql_, MYSQL_OPT_NONBLOCK, nullptr);
  unsigned off = 0;
  my_bool no = 0, yes = 1;
  mysql_options(&mysql_, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_options(&mysql_, MYSQL_OPT_RECONNECT, &no);
  std::size_t most = kMostPacket;
  mysql_options(&mysql_, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
  mysql_options(&mysql_, MARIADB_OPT_RESTRICTED_AUTH, kAuthentication);
  mysql_options(&mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  unsigned protocol = MYSQL_PROTOCOL_TCP;
  mysql_options(&mysql_, MYSQL_OPT_PROTOCOL, &protocol);
  // The deadline is ours; the library's own is behind it.
  unsigned seconds = static_cast<unsigned>(target.timeout.count() / 1000) + 1;
  mysql_options(&mysql_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  if (!target.tls) return;
  mysql_options(&mysql_, MYSQL_OPT_SSL_ENFORCE, &yes);
  if (!target.ca_file.empty()) mysql_options(&mysql_, MYSQL_OPT_SSL_CA, target.ca_file.c_str());
  mysql_options(&mysql_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, target.verify_tls ? &yes : &no);
}

awaitable<Result<int>> MysqlSession::wait(int wanted, MonoTime deadline, std::string what) {
  using For = net::FdWait::For;
  int fd = mysql_get_socket(&mysql_);
  if (!wait_ || wait_->fd() != fd) {
    wait_.reset();
    wait_.emplace(executor_, fd);
  }
  bool read = (wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT)) != 0, write = (wanted & MYSQL_WAIT_WRITE) != 0;
  CO_TRY_OK(co_await wait_->wait(read && write ? For::kEither
                                 : write       ? For::kWritable
                                               : For::kReadable,
                                 deadline, std::move(what)));
  co_return wanted&(MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
}

Result<int> MysqlSession::begin(const Target& target, const Address& address) {
  set_options(target);
  name_ = target.name();
  // The library keeps the pointer: it looks up what stands here now, and checks the certificate for what stands here
  // when it gets one. Its own lookup of a name would block.
  host_.assign(std::max(address.host.size(), target.host.size()) + 1, '\0');
  std::ranges::copy(address.host, host_.begin());
  int wanted =
      mysql_real_connect_start(&connected_, &mysql_, host_.c_str(), target.user.c_str(), target.password.c_str(),
                               target.database.empty() ? nullptr : target.database.c_str(), address.port, nullptr, 0);
  std::ranges::fill(host_, '\0');
  std::ranges::copy(target.host, host_.begin());
  connecting_ = wanted != 0;
  // Nothing has been sent or read yet: the server speaks first.
  if (address.tunnel && connecting_) TRY_OK(net::Decoy::replace(mysql_get_socket(&mysql_), std::move(*address.tunnel)));
  return wanted;
}

int MysqlSession::go_on(int ready) {
  int wanted = mysql_real_connect_cont(&connected_, &mysql_, ready);
  connecting_ = wanted != 0;
  return wanted;
}

Status MysqlSession::connected(bool answered) {
  if (connected_ != nullptr) {
    // The library leaves a socket with TLS blocking: half a record would hold up the shard, and with it the tunnel that
    // the other half comes from.
    int fd = mysql_get_socket(&mysql_);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    return {};
  }
  auto number = mysql_errno(&mysql_);
  if (number < CR_MIN_ERROR || number > CR_MAX_ERROR) answered = true;  // it is the server's
  auto error = error_of(fmt::format("{} {}", answered ? "log in to" : "connect to", name_));
  if (answered && error.code() == ErrorCode::kInvalidArgument)
    return Error(ErrorCode::kUnauthenticated, error.message());  // an unknown database, too many connections...
  return error;
}

awaitable<Status> MysqlSession::connect(Attempt* attempt, const Target* target, Address address, MonoTime deadline) {
  CO_TRY(int wanted, begin(*target, address));
  bool answered = false;
  while (wanted != 0) {
    if (!answered && (wanted & MYSQL_WAIT_READ) != 0) {
      answered = true;
      attempt->step("connected; logging in");
    }
    CO_TRY(int ready,
           co_await wait(wanted, deadline, fmt::format("{} {}", answered ? "log in to" : "connect to", name_)));
    wanted = go_on(ready);
  }
  co_return connected(answered);
}

Result<std::unique_ptr<MysqlSession>> MysqlSession::connect_blocking(runtime::Executor executor, const Clock& clock,
                                                                     const Target& target, const Address& address,
                                                                     MonoTime deadline) {
  auto session = std::make_unique<MysqlSession>(executor);
  TRY(int wanted, session->begin(target, address));
  bool answered = false;
  while (wanted != 0) {
    answered = answered || (wanted & MYSQL_WAIT_READ) != 0;
    bool write = (wanted & MYSQL_WAIT_WRITE) != 0, read = (wanted & MYSQL_WAIT_READ) != 0;
    pollfd descriptor{mysql_get_socket(&session->mysql_),
                      static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)), 0};
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.mono()).count();
    if (left <= 0 || ::poll(&descriptor, 1, static_cast<int>(left)) == 0)
      return Error(ErrorCode::kTimeout, fmt::format("cannot {} {}: no answer in time",
                                                    answered ? "log in to" : "connect to", session->name_));
    wanted = session->go_on(wanted & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE));
  }
  TRY_OK(session->connected(answered));
  return session;
}

awaitable<Status> MysqlSession::send(const std::string* sql, MonoTime deadline) {
  int failed = 0;
  int wanted = mysql_real_query_start(&failed, &mysql_, sql->data(), sql->size());
  while (wanted != 0) {
    CO_TRY(int ready, co_await wait(wanted, deadline, "run the query"));
    wanted = mysql_real_query_cont(&failed, &mysql_, ready);
  }
  if (failed != 0) co_return error_of("run the query");
  co_return Status();
}

awaitable<Status> MysqlSession::prepare(Attempt* attempt, const Target* target) {
  auto ms = target->timeout.count();
  std::string_view server = mysql_get_server_info(&mysql_) != nullptr ? mysql_get_server_info(&mysql_) : "";
  bool mariadb = server.contains("MariaDB");
  const std::string limits[] = {
      "SET SESSION TRANSACTION READ ONLY",
      mariadb ? fmt::format("SET SESSION max_statement_time={:.3f}", static_cast<double>(ms) / 1000)
              : fmt::format("SET SESSION max_execution_time={}", ms)};
  for (const auto& sql : limits) {
    auto done = co_await send(&sql, attempt->deadline());
    if (done) continue;
    // Kin of MySQL lack one or the other. Only statements that read are sent, and the deadline is ours in any case.
    if (done.error().code() != ErrorCode::kInvalidArgument) co_return done;
    if (attempt->traced()) attempt->step(fmt::format("the server has no '{}': {}", sql, done.error().message()));
  }
  busy_ = false;
  co_return Status();
}

awaitable<Result<MYSQL_ROW>> MysqlSession::fetch(MYSQL_RES* result, MonoTime deadline) {
  MYSQL_ROW row = nullptr;
  int wanted = mysql_fetch_row_start(&row, result);
  while (wanted != 0) {
    CO_TRY(int ready, co_await wait(wanted, deadline, "read the answer"));
    wanted = mysql_fetch_row_cont(&row, result, ready);
  }
  if (row == nullptr && mysql_errno(&mysql_) != 0) co_return error_of("read the answer");
  co_return row;
}

awaitable<Status> MysqlSession::take_rows(Attempt* attempt, MYSQL_RES* result, Rows* rows) {
  const auto width = mysql_num_fields(result);
  std::vector<Cell> cells;
  for (unsigned i = 0; i < width; ++i) cells.emplace_back(mysql_fetch_fields(result)[i].name);
  auto begun = rows->begin(cells);
  std::optional<Error> failure;
  if (!begun) failure = begun.error();
  bool wanted = begun.has_value();
  memory::Reservation bytes;
  std::size_t passed_over = 0, largest = 0;
  while (true) {
    CO_TRY(auto row, co_await fetch(result, attempt->deadline()));
    if (row == nullptr) break;
    const auto* lengths = mysql_fetch_lengths(result);
    std::size_t size = 0;
    for (unsigned i = 0; i < width; ++i) {
      size += lengths[i];
      if (row[i] != nullptr)
        cells[i] = std::string_view(row[i], lengths[i]);
      else
        cells[i].reset();
    }
    if (size > std::max<std::size_t>(largest, 16 << 10)) {  // the library's buffer grows with the row
      bytes.reset();
      CO_TRY(bytes, attempt->reserve(2 * size));
      attempt->note_held(2 * size);
      largest = size;
    }
    if (!wanted) {
      passed_over += size + cells.size();
      if (passed_over > kMostPassedOver) {
        if (failure) co_return std::move(*failure);
        co_return Status();  // the session stays busy, so it is not used again
      }
      continue;
    }
    CO_TRY(wanted, rows->row(cells));
  }
  busy_ = false;
  if (failure) co_return std::move(*failure);
  if (attempt->traced()) attempt->step(fmt::format("read {} rows", rows->count()));
  co_return Status();
}

awaitable<Status> MysqlSession::query(Attempt* attempt, const std::string* sql, Rows* rows) {
  busy_ = true;
  if (auto sent = co_await send(sql, attempt->deadline()); !sent) {
    auto code = sent.error().code();
    busy_ = code != ErrorCode::kInvalidArgument;  // a refused statement harms no session
    co_return sent;
  }
  attempt->step("sent the query");
  sent_ = true;
  MYSQL_RES* result = mysql_use_result(&mysql_);
  if (result == nullptr) {
    if (mysql_errno(&mysql_) != 0) co_return error_of("read the answer");
    busy_ = false;
    co_return Status();  // Rows says that there were no columns
  }
  const std::unique_ptr<MYSQL_RES, ResultFree> owner(result, ResultFree{this});
  co_return co_await take_rows(attempt, result, rows);
}

}  // namespace

awaitable<OpenedSession> open_mysql(Attempt* attempt, const Target* target, Reach reach,
                                    runtime::BlockingPool* threads) {
  const auto& services = attempt->services();
  auto addresses = std::move(reach.addresses);
  std::optional<net::Decoy> decoy;
  if (reach.tunnel.get() >= 0) {
    CO_TRY(decoy, net::Decoy::open());
    addresses = {boost::asio::ip::address_v4::loopback()};
  }
  if (addresses.size() > kMostAddresses) addresses.resize(kMostAddresses);
  Error last(ErrorCode::kUnavailable, fmt::format("cannot connect to {}: no address", target->name()));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto session = std::make_unique<MysqlSession>(services.executor);
    auto deadline = part_of_time(services.clock.mono(), attempt->deadline(), addresses.size() - i);
    MysqlSession::Address address{addresses[i].to_string(), decoy ? decoy->port() : target->port, nullptr};
    if (decoy) address.tunnel = std::make_shared<net::OwnedFd>(std::move(reach.tunnel));
    Status connected;
    if (target->tls) {
      attempt->step("connecting with TLS");
      using Made = std::unique_ptr<MysqlSession>;
      std::function<Result<Made>()> work = [executor = services.executor, clock = &services.clock, target = *target,
                                            address, deadline] {
        return MysqlSession::connect_blocking(executor, *clock, target, address, deadline);
      };
      auto made =
          co_await threads->run<Made>(std::move(work), deadline, fmt::format("connect to {} with TLS", target->name()));
      if (made)
        session = std::move(*made);
      else
        connected = std::move(made).error();
    } else {
      connected = co_await session->connect(attempt, target, address, deadline);
    }
    if (connected) {
      attempt->step("logged in");
      CO_TRY_OK(co_await session->prepare(attempt, target));
      co_return session;
    }
    last = std::move(connected).error();
    if (last.code() != ErrorCode::kUnavailable && last.code() != ErrorCode::kTimeout) break;
  }
  co_return last;
}

}  // namespace holter::collect::jdbc
