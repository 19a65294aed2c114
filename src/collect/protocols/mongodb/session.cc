#include "collect/protocols/mongodb/session.h"

#include <fmt/format.h>

#include "base/units.h"
#include "collect/protocols/mongodb/message.h"

namespace holter::collect::mongodb {
namespace {

using boost::asio::awaitable;

constexpr std::string_view kLogIn = "log in to";

/// What the server says went wrong; nothing when the command succeeded.
Result<std::optional<Error>> refusal_in(std::string_view reply) {
  constexpr int kUnauthorized = 13, kAuthenticationFailed = 18, kUnknownCommand = 59, kMechanismUnavailable = 334;
  TRY(auto ok, find_member(reply, "ok"));
  if (!ok || !ok->number()) return Error(ErrorCode::kProtocolViolation, "the reply does not say whether it is ok");
  if (*ok->number() == 1) return std::optional<Error>();
  TRY(auto message, find_member(reply, "errmsg"));
  TRY(auto number, find_member(reply, "code"));
  auto code = static_cast<int>(number ? number->number().value_or(0) : 0);
  bool login = code == kUnauthorized || code == kAuthenticationFailed || code == kMechanismUnavailable;
  auto words = message && message->text() ? excerpt(*message->text(), 200) : std::string("no reason");
  return std::optional(Error(login                     ? ErrorCode::kUnauthenticated
                             : code == kUnknownCommand ? ErrorCode::kNotFound
                                                       : ErrorCode::kInvalidArgument,
                             fmt::format("the server says {} (code {})", words, code)));
}

/// Tells the server who asks, as its log and its list of connections show it.
awaitable<Status> say_hello(Attempt* attempt, Session* session, MonoTime deadline) {
  BsonWriter application, driver, system, client, hello;
  application.add("name", "holter");
  driver.add("name", "holter").add("version", "1");
  system.add("type", "Linux");
  client.add("application", application).add("driver", driver).add("os", system);
  hello.add("hello", 1).add("client", client).add("$db", "admin");
  auto reply = co_await session->command(std::move(hello), deadline, "greet");
  // Servers before 4.4 do not know the word, and work all the same.
  if (!reply && reply.error().code() != ErrorCode::kNotFound) co_return std::move(reply).error();
  if (reply && attempt->traced()) {
    CO_TRY(auto version, find_member(*reply, "maxWireVersion"));
    attempt->step(
        fmt::format("the server speaks version {} of the protocol", version ? version->number().value_or(0) : 0.0));
  }
  co_return Status();
}

struct Step {
  std::string payload;
  std::int32_t conversation = 0;
  bool done = false;
};

awaitable<Result<Step>> authenticate(Session* session, BsonWriter command, MonoTime deadline) {
  auto answer = co_await session->command(std::move(command), deadline, kLogIn);
  // A server without accounts: the login failed, not the way to it.
  if (!answer && answer.error().code() == ErrorCode::kNotFound)
    co_return Error(ErrorCode::kUnauthenticated, answer.error().message());
  CO_TRY(auto reply, std::move(answer));
  CO_TRY(auto payload, find_member(reply, "payload"));
  CO_TRY(auto conversation, find_member(reply, "conversationId"));
  CO_TRY(auto done, find_member(reply, "done"));
  if (!payload || !payload->binary() || !done || !done->number())
    co_return Error(ErrorCode::kProtocolViolation,
                    fmt::format("cannot {} {}: the answer has no payload", kLogIn, session->stream().peer()));
  auto number = conversation ? conversation->number().value_or(0) : 0;
  co_return Step{std::string(*payload->binary()), static_cast<std::int32_t>(number), *done->number() != 0};
}

/// SCRAM-SHA-256 in two round trips, or in three with servers that want to be asked once more (before 4.4).
awaitable<Status> log_in(Session* session, const Login* login, MonoTime deadline, runtime::BlockingPool* threads) {
  auto failed = [session](Error error) {
    return std::move(error).with_context(fmt::format("cannot {} {}", kLogIn, session->stream().peer()));
  };
  auto nonce = scram_nonce();
  auto first = scram_first(login->user, nonce);
  BsonWriter start, options;
  options.add("skipEmptyExchange", true);
  start.add("saslStart", 1).add("mechanism", "SCRAM-SHA-256").add_binary("payload", "n,," + first);
  start.add("options", options).add("$db", login->database);
  CO_TRY(auto step, co_await authenticate(session, std::move(start), deadline));
  auto challenge = scram_challenge(nonce, step.payload);
  if (!challenge) co_return failed(std::move(challenge).error());
  std::function<Result<Proof>()> compute = [password = login->password, first, answer = step.payload,
                                            challenge = *challenge] {
    return scram_proof(password, first, answer, challenge);
  };
  CO_TRY(auto proof, co_await threads->run<Proof>(std::move(compute), deadline, "prove the password"));
  auto go_on = [&](std::string_view payload) {
    BsonWriter command;
    command.add("saslContinue", 1).add("conversationId", step.conversation).add_binary("payload", payload);
    command.add("$db", login->database);
    return command;
  };
  CO_TRY(step, co_await authenticate(session, go_on(proof.message), deadline));
  if (auto checked = scram_check(proof, step.payload); !checked) co_return failed(std::move(checked).error());
  if (!step.done) {
    CO_TRY(step, co_await authenticate(session, go_on({}), deadline));
  }
  if (!step.done) co_return failed(Error(ErrorCode::kProtocolViolation, "the login has no end"));
  co_return Status();
}

}  // namespace

Error Session::in_step(Error error, std::string_view what) const {
  return std::move(error).with_context(fmt::format("cannot {} {}", what, stream_->peer()));
}

awaitable<Result<std::string_view>> Session::command(BsonWriter command, MonoTime deadline, std::string_view what) {
  broken_ = true;  // unless the whole reply comes
  auto sent = co_await stream_->write(op_msg(++request_, command.document()), deadline, what);
  if (!sent) co_return std::move(sent).error();
  CO_TRY(auto reply, co_await read_reply(deadline, what));
  auto refusal = refusal_in(reply);
  if (!refusal) co_return in_step(std::move(refusal).error(), what);
  broken_ = false;
  if (*refusal) co_return in_step(std::move(**refusal), what);
  co_return reply;
}

awaitable<Result<std::string_view>> Session::read_reply(MonoTime deadline, std::string_view what) {
  CO_TRY(auto bytes, co_await stream_->read_exact(kHeadBytes, deadline, what));
  auto head = parse_head(bytes);
  if (!head) co_return in_step(std::move(head).error(), what);
  if (head->answers != request_)
    co_return in_step(Error(ErrorCode::kProtocolViolation, "this is not MongoDB: a reply to another question"), what);
  CO_TRY(auto body, co_await stream_->read_exact(head->body_bytes, deadline, what));
  auto document = parse_body(body);
  if (!document) co_return in_step(std::move(document).error(), what);
  co_return *document;
}

awaitable<Result<std::unique_ptr<Session>>> open_session(Attempt* attempt, const StreamTarget* target,
                                                         const Login* login, MonoTime deadline,
                                                         runtime::BlockingPool* threads) {
  CO_TRY(auto stream, co_await open_stream(attempt, target, deadline));
  auto session = std::make_unique<Session>(std::move(stream));
  CO_TRY_OK(co_await say_hello(attempt, session.get(), deadline));
  if (login->user.empty()) co_return session;
  CO_TRY_OK(co_await log_in(session.get(), login, deadline, threads));
  attempt->step("logged in");
  co_return session;
}

}  // namespace holter::collect::mongodb
