#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/units.h"
#include "collect/block.h"
#include "collect/protocols/mongodb/session.h"
#include "collect/stream_probe.h"
#include "collect/table_sink.h"
#include "read/json_rows.h"

namespace holter::collect {
namespace {

using boost::asio::awaitable;
using model::ResultCode;
using mongodb::Session;

constexpr std::size_t kMostJson = 8 << 20;  ///< of an answer, which has at most half of that as BSON
constexpr std::size_t kMostName = 1024;

// Commands that read (section 5.10 of the definition format).
constexpr std::array<std::string_view, 17> kCommands = {
    "buildInfo", "collStats",          "connPoolStats",   "connectionStatus", "dbHash",       "dbStats", "explain",
    "features",  "getCmdLineOpts",     "getLog",          "hostInfo",         "listCommands", "profile", "serverStatus",
    "top",       "validateDBMetadata", "replSetGetStatus"};

/// What is asked for, compiled once: a command, and the way to the part of its answer that is a row.
struct Question {
  std::string command, part;  ///< "serverStatus", "metrics.document"
  read::JsonRows rows;
};

class MongodbProbe final : public StreamProbe {
 public:
  MongodbProbe(const ProbeConfig& config, StreamTarget target, mongodb::Login login, Question question)
      : StreamProbe(config, std::move(target)),
        login_(std::move(login)),
        database_(config.block.text_or("database", "admin")),
        question_(std::move(question)) {}

  std::size_t bytes() const override {
    return StreamProbe::bytes() + sizeof(*this) - sizeof(StreamProbe) + login_.user.capacity() +
           login_.password.capacity() + login_.database.capacity() + database_.capacity() +
           question_.command.capacity() + question_.part.capacity();
  }

  /// The answer as JSON.
  Outcome replay(Attempt& attempt, std::string_view answer) override {
    if (auto read = read_row(attempt, answer, 0); !read) return outcome_of_mongodb(read.error());
    return {};
  }

 private:
  static Outcome outcome_of_mongodb(const Error& error) {
    auto outcome = outcome_of(error);
    // The server was reached and spoke its language.
    if (error.code() == ErrorCode::kUnauthenticated) outcome.code = ResultCode::kFail;
    return outcome;
  }

  awaitable<Outcome> run(Attempt& attempt) override {
    net::ChargedText json(attempt.services().answers, kMostJson, attempt.reserve_account());
    auto asked = co_await ask(&attempt, &json);
    if (!asked) co_return outcome_of_mongodb(asked.error());
    attempt.note_answer(json.text());
    if (auto read = read_row(attempt, json.text(), elapsed_ms(attempt)); !read)
      co_return outcome_of_mongodb(read.error());
    co_return Outcome{};
  }

  /// The answer, from a kept session or a new one. A kept one may have been closed by its server meanwhile.
  awaitable<Status> ask(Attempt* attempt, net::ChargedText* json) const {
    auto& sessions = attempt->services().objects.get<mongodb::Sessions>(
        [&] { return std::make_unique<mongodb::Sessions>(attempt->services()); });
    constexpr std::string_view kStep = "read the answer of";
    for (bool fresh : {false, true}) {
      CO_TRY(auto session, co_await sessions.pool.lease(
                               session_key(), target_.text, attempt->deadline(),
                               [this, attempt, sessions = &sessions] {
                                 return mongodb::open_session(attempt, &target_, &login_, attempt->deadline(),
                                                              login_.user.empty() ? nullptr : &sessions->threads());
                               },
                               fresh));
      auto reply = co_await session->command(command(), attempt->deadline(), kStep);
      attempt->note_held(kRunningBytes + session->stream().charged_bytes());
      if (reply) {
        auto written = mongodb::append_json(*reply, *json);
        session->stream().drop_taken();
        if (attempt->traced())
          attempt->step(fmt::format("read the answer to {}: {} bytes", question_.command, json->size()));
        co_return written;
      }
      bool closed = session.reused() && !fresh && reply.error().code() == ErrorCode::kUnavailable;
      if (!closed) {
        auto error = std::move(reply).error();
        // What is not found is a command, not a host.
        co_return error.code() == ErrorCode::kNotFound ? Error(ErrorCode::kInvalidArgument, error.message()) : error;
      }
      session.discard();
    }
    co_return Error(ErrorCode::kInternal, "BUG: a second try has no end");
  }

  std::string session_key() const {
    return fmt::format("{}\n{}\n{:016x}\n{}\n{}{}\n{}\n{}", target_.text, login_.user, stable_hash(login_.password),
                       login_.database, target_.tls, target_.tls_options.verify, target_.tls_options.ca_file,
                       target_.tls_options.certificate_file);
  }

  mongodb::BsonWriter command() const {
    mongodb::BsonWriter preference, command;
    // A member of a replica set that is asked by its own address answers for itself.
    preference.add("mode", "primaryPreferred");
    if (question_.command == "getLog")
      command.add(question_.command, "global");
    else
      command.add(question_.command, 1);
    return command.add("$db", database_).add("$readPreference", preference);
  }

  Status read_row(Attempt& attempt, std::string_view json, double time_ms) const {
    TableSink sink(attempt.table(), aliases_, {.response_time_ms = time_ms});
    TRY_OK(sink.result(question_.rows.read(json, attempt.services().answers, sink)));
    if (attempt.table().rows() > 0) return {};
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot find '{}' in the answer to {}", question_.part, question_.command));
  }

  const mongodb::Login login_;
  const std::string database_;
  const Question question_;
};

/// "serverStatus.metrics.document": the command, and a path of names.
Result<Question> question_of(std::string_view text, const std::vector<std::string>& aliases) {
  auto root = text.substr(0, text.find('.'));
  auto part = text.substr(std::min(text.size(), root.size() + 1));
  if (std::ranges::find(kCommands, root) == kCommands.end())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot use the command '{}': {} are possible", excerpt(root),
                                                          fmt::join(kCommands, ", ")));
  std::string path = "$";
  for (std::string_view rest = part; !rest.empty();) {
    auto name = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name.empty() || name.find_first_of("'\\") != std::string_view::npos)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use the command '{}': a part has no name", excerpt(text)));
    path += fmt::format("['{}']", name);
  }
  TRY(auto rows, read::JsonRows::by_path(path, aliases));
  return Question{std::string(root), std::string(part), std::move(rows)};
}

Result<mongodb::Login> login_of(const model::Node& block) {
  mongodb::Login login{.user = std::string(block.text_or("username")),
                       .password = std::string(block.text_or("password"))};
  // As the format's URI has it: the database where the user is known, else the one that is asked, else admin.
  for (auto key : {"authenticationDatabase", "database"})
    if (login.database.empty()) login.database = block.text_or(key);
  if (login.database.empty()) login.database = "admin";
  if (login.user.empty() && !login.password.empty())
    return Error(ErrorCode::kInvalidArgument, "cannot log in with a password alone: a user name is needed");
  for (auto key : {"username", "password", "database", "authenticationDatabase"})
    if (auto text = block.text_or(key); text.size() > kMostName || text.find('\0') != std::string_view::npos)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot use '{}' of {} bytes: at most {} are possible, without zeros", key, text.size(),
                               kMostName));
  return login;
}

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  const auto& block = config.block;
  if (auto model = block.text_or("model"); same_text(model, "mongodb-atlas"))
    return Error(
        ErrorCode::kInvalidArgument,
        "cannot use the model 'mongodb-atlas': give the host and port of a member of the cluster, and ssl: true");
  TRY(auto target, StreamTarget::of(block, 27017));
  TRY(auto login, login_of(block));
  TRY(auto question, question_of(block.text_or("command"), config.aliases));
  return std::make_unique<MongodbProbe>(config, std::move(target), std::move(login), std::move(question));
}

constexpr KeyInfo kKeys[] = {
    {"host", true, "name or address"},
    {"port", false, "default 27017"},
    {"username", false, "empty: no login"},
    {"password", false, "of that user"},
    {"database", false, "on which the command runs; default admin"},
    {"authenticationDatabase", false, "where the user is known; default: database"},
    {"command", true, "a command that reads, and a part of its answer: serverStatus.connections"},
    {"timeout", false, "ms, from name resolution to the last byte; default 6000"},
    {"model", false, "mongodb; the model mongodb-atlas is not supported"},
    {"ssl", false, "true: TLS"},
    {"verifyTls", false, "false: any certificate will do"},
    {"caFile", false, "PEM file of trusted authorities; default the system's"},
    {"certificateFile", false, "PEM file of the client's certificate"},
    {"keyFile", false, "PEM file of its key"}};

}  // namespace

const PluginInfo& mongodb_plugin() {
  static constexpr PluginInfo kInfo{.name = "mongodb", .block = "mongodb", .keys = kKeys, .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
