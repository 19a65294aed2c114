#include "collect/protocols/redis/session.h"

#include <fmt/format.h>

#include "base/units.h"
#include "collect/protocols/redis/reply.h"
#include "collect/ssh_sessions.h"

namespace holter::collect::redis {

using boost::asio::awaitable;

awaitable<Result<std::string_view>> Session::ask(std::vector<std::string_view> words, MonoTime deadline,
                                                 std::string_view what) {
  broken_ = true;  // unless the whole reply comes
  auto sent = co_await stream_->write(write_command(words), deadline, what);
  if (!sent) co_return std::move(sent).error();
  co_return co_await read_reply(deadline, what);
}

awaitable<Result<std::string_view>> Session::read_reply(MonoTime deadline, std::string_view what) {
  using Kind = ReplyHead::Kind;
  constexpr std::size_t kMostLine = 16 * 1024;
  CO_TRY(auto line, co_await stream_->read_line(kMostLine, deadline, what));
  auto head = parse_head(line);
  if (!head) co_return std::move(head).error().with_context(fmt::format("cannot {} {}", what, stream_->peer()));
  if (head->kind == Kind::kError) {
    broken_ = false;
    bool login = head->text.starts_with("NOAUTH") || head->text.starts_with("WRONGPASS") ||
                 head->text.starts_with("NOPERM") || head->text.find("invalid password") != std::string_view::npos;
    co_return Error(login ? ErrorCode::kUnauthenticated : ErrorCode::kInvalidArgument,
                    fmt::format("cannot {} {}: the server says {}", what, stream_->peer(), excerpt(head->text, 200)));
  }
  if (head->kind != Kind::kBulk) {
    broken_ = false;
    co_return head->kind == Kind::kNull ? std::string_view() : head->text;
  }
  auto length = head->length;
  CO_TRY(auto text, co_await stream_->read_exact(length + 2, deadline, what));
  if (!text.ends_with("\r\n"))
    co_return Error(ErrorCode::kProtocolViolation,
                    fmt::format("cannot {} {}: a reply of {} bytes has no end", what, stream_->peer(), length));
  broken_ = false;
  co_return text.substr(0, length);
}

awaitable<Result<std::unique_ptr<Session>>> open_session(Attempt* attempt, const StreamTarget* target,
                                                         const Login* login, MonoTime deadline) {
  CO_TRY(auto stream, co_await (login->tunnel ? open_stream_through(attempt, login->tunnel.get(), target, deadline)
                                              : open_stream(attempt, target, deadline)));
  auto session = std::make_unique<Session>(std::move(stream));
  if (login->password.empty()) co_return session;
  std::vector<std::string_view> words{"AUTH"};
  if (!login->user.empty()) words.push_back(login->user);
  words.push_back(login->password);
  CO_TRY_OK(co_await session->ask(std::move(words), deadline, "log in to"));
  if (attempt->traced()) attempt->step("logged in");
  co_return session;
}

}  // namespace holter::collect::redis
