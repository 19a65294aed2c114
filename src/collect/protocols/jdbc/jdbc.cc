#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/protocols/jdbc/clickhouse.h"
#include "collect/protocols/jdbc/sessions.h"
#include "collect/ssh_sessions.h"
#include "collect/stream_probe.h"
#include "collect/web_request.h"
#include "net/resolver.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using jdbc::Driver;
using jdbc::QueryType;
using model::ResultCode;

/// A statement that the server did not run, and all else that is no matter of reaching it, is FAIL.
Outcome outcome_of_query(const Error& error) {
  auto outcome = outcome_of(error);
  if (error.code() == ErrorCode::kUnauthenticated || error.code() == ErrorCode::kProtocolViolation)
    outcome.code = ResultCode::kFail;
  return outcome;
}

class JdbcProbe final : public CoroProbe {
 public:
  JdbcProbe(const ProbeConfig& config, jdbc::Target target, std::string sql, QueryType type, bool reuse)
      : place_(config.share_in_monitor(Place{target, target.name()})),
        question_(config.share_in_set(Question{config.aliases, std::move(sql)})),
        aliases_(question_->aliases),
        target_(place_->target),
        name_(place_->name),
        sql_(question_->sql),
        type_(type),
        reuse_(reuse) {}

  std::string_view target() const override { return name_; }
  milliseconds timeout() const override { return target_.timeout; }
  std::size_t bytes() const override {
    auto total = sizeof(*this);
    if (place_.own) total += sizeof(Place) + target_.bytes() + name_.capacity();
    if (question_.own) total += sizeof(Question) + bytes_of_texts(aliases_) + sql_.capacity();
    return total;
  }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    if (answer.starts_with(kErrorMark)) {
      auto text = answer.substr(kErrorMark.size());
      return {ResultCode::kFail, std::string(text.substr(0, text.find('\n')))};
    }
    jdbc::Rows rows(attempt, type_, aliases_, true);
    if (auto read = jdbc::read_into(answer, rows); !read) return outcome_of_query(read.error());
    return {};
  }

 private:
  struct Place {
    jdbc::Target target;
    std::string name;
    bool operator==(const Place&) const = default;
  };
  struct Question {
    std::vector<std::string> aliases;
    std::string sql;
    bool operator==(const Question&) const = default;
  };
  // What an answer begins with that is no table but the server's refusal.
  static constexpr std::string_view kErrorMark = "! ";

  awaitable<Outcome> run(Attempt& attempt) override {
    jdbc::Rows rows(attempt, type_, aliases_);
    Status done;
    if (target_.driver == Driver::kClickhouse) {
      done = co_await jdbc::ask_clickhouse(&attempt, &target_, &sql_, &rows);
    } else {
      done = co_await ask(&attempt, &rows);
    }
    if (done) done = rows.end();
    if (done) co_return Outcome{};
    if (done.error().code() == ErrorCode::kInvalidArgument && attempt.traced())
      attempt.note_answer(fmt::format("{}{}\n", kErrorMark, excerpt(done.error().message(), 400)));
    co_return outcome_of_query(done.error());
  }

  awaitable<Status> ask(Attempt* attempt, jdbc::Rows* rows) {
    auto& pool = jdbc::Sessions::of(attempt->services()).pool(target_.driver);
    bool fresh = !reuse_;
    for (int tries = 0;; ++tries) {
      CO_TRY(auto lease,
             co_await pool.lease(
                 target_.session_key(), name_, attempt->deadline(), [this, attempt] { return open(attempt); }, fresh));
      if (lease.reused()) attempt->step("took a session that was kept");
      auto done = co_await lease->query(attempt, &sql_, rows);
      bool again = !done && done.error().code() == ErrorCode::kUnavailable && lease.reused() && !rows->begun();
      if (!reuse_ || again) lease.discard();
      if (!again || tries > 0) co_return done;
      attempt->step("the kept session had ended; opening another");
      fresh = true;
    }
  }

  awaitable<jdbc::OpenedSession> open(Attempt* attempt) {
    if (target_.driver == Driver::kOdbc)
      co_return co_await jdbc::open_odbc(attempt, &target_, &jdbc::Sessions::of(attempt->services()).threads());
    CO_TRY(auto reach, co_await this->reach(attempt));
    if (target_.driver == Driver::kPostgresql)
      co_return co_await jdbc::open_postgresql(attempt, &target_, std::move(reach));
    co_return co_await jdbc::open_mysql(attempt, &target_, std::move(reach),
                                        &jdbc::Sessions::of(attempt->services()).threads());
  }

  awaitable<Result<jdbc::Reach>> reach(Attempt* attempt) {
    jdbc::Reach reach;
    if (target_.tunnel) {
      auto& tunnels = SshSessions::of(attempt->services());
      CO_TRY(reach.tunnel, co_await tunnels.connect(attempt, target_.tunnel.get(), target_.host, target_.port,
                                                    target_.session_key(), attempt->deadline()));
      co_return reach;
    }
    CO_TRY(reach.addresses,
           co_await attempt->services().resolver.resolve(target_.host, target_.port, attempt->deadline()));
    if (attempt->traced())
      attempt->step(fmt::format("resolved {} to {}", target_.host, reach.addresses.front().to_string()));
    co_return reach;
  }

  const Shared<Place> place_;
  const Shared<Question> question_;
  const std::vector<std::string>& aliases_;
  const jdbc::Target& target_;
  const std::string& name_;
  const std::string& sql_;
  const QueryType type_;
  const bool reuse_;
};

Result<QueryType> query_type_of(std::string_view text) {
  if (same_text(text, "oneRow")) return QueryType::kOneRow;
  if (same_text(text, "multiRow")) return QueryType::kMultiRow;
  if (same_text(text, "columns")) return QueryType::kColumns;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("cannot use the queryType '{}': oneRow, multiRow or columns is needed", excerpt(text)));
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  TRY(auto type, query_type_of(block.text_or("queryType")));
  TRY(auto sql, jdbc::reading_statement(block.text_or("sql")));
  TRY(auto target, jdbc::target_of(config));
  const auto* reuse = block.find("reuseConnection");
  return std::make_unique<JdbcProbe>(config, std::move(target), std::move(sql), type,
                                     reuse == nullptr || web::is_true(block.text_or("reuseConnection")));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address of the server"},
    {"port", false, "port; default by platform"},
    {"platform", true,
     "postgresql and kin, mysql, mariadb, tidb, oceanbase, clickhouse, sqlserver, oracle, db2, dm..."},
    {"username", false, "user; rights to read what is asked suffice"},
    {"password", false, "password"},
    {"database", false, "database to log in to; of Oracle the service"},
    {"timeout", false, "ms from name resolution to the last row, default 6000; also the server's own limit per query"},
    {"queryType", true, "oneRow, multiRow (at most 1000 rows), or columns: rows are pairs of name and value"},
    {"sql", true, "one statement that reads"},
    {"url", false, "JDBC URL; decides on host, port, database and TLS when it begins with jdbc"},
    {"reuseConnection", false, "false: log in anew for each query; default true"},
    {"sshTunnel", false,
     "map: enable, host, port, timeout, username, password, privateKey, privateKeyPassphrase, "
     "shareConnection; of PostgreSQL, MySQL and kin"},
    {"ssl", false, "true: TLS"},
    {"verifyTls", false, "false: accept any certificate; default true"},
    {"caFile", false, "PEM file of trusted authorities; default the system's"},
    {"driver", false, "ODBC driver as odbcinst.ini names it; of sqlserver FreeTDS by default"}};

}  // namespace

const PluginInfo& jdbc_plugin() {
  static constexpr PluginInfo kInfo{.name = "jdbc", .block = "jdbc", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
