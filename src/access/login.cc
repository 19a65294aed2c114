#include "access/login.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "catalog/accounts.h"
#include "catalog/sessions.h"

namespace holter::access {

std::string LoginAnswer::text() const {
  switch (kind) {
    case Kind::kIn:
      return "logged in";
    case Kind::kWrong:
      return "cannot log in: wrong name or password";
    case Kind::kTryLater:
      return fmt::format("cannot log in: try again in {} s", wait.count());
  }
  return {};
}

Login::Login(const Parts& parts, Sessions& sessions, PasswordCheck& passwords, const AddressLimiterOptions& limits)
    : parts_(parts),
      sessions_(sessions),
      passwords_(passwords),
      addresses_(parts.clock, parts.account.child("addresses"), limits) {}

boost::asio::awaitable<Result<LoginAnswer>> Login::log_in(std::string name, secrets::SecretText password,
                                                          Browser browser, MonoTime deadline) {
  LoginAnswer answer;
  CO_TRY(answer.wait, addresses_.take(browser.address));
  if (answer.wait > seconds(0)) {
    answer.kind = LoginAnswer::Kind::kTryLater;
    co_return answer;
  }
  CO_TRY(auto verdict, co_await passwords_.check(name, std::move(password), deadline));
  if (verdict.kind == PasswordVerdict::Kind::kLocked) {
    answer.kind = LoginAnswer::Kind::kTryLater;
    answer.wait = verdict.wait;
  }
  if (verdict.kind != PasswordVerdict::Kind::kRight) co_return answer;
  CO_TRY(auto in, co_await begin(std::move(name), std::move(verdict), std::move(browser), deadline));
  answer.kind = LoginAnswer::Kind::kIn;
  answer.in.emplace(std::move(in));
  co_return answer;
}

boost::asio::awaitable<Result<LoggedIn>> Login::begin(std::string name, PasswordVerdict verdict, Browser browser,
                                                      MonoTime deadline) {
  struct Begun {
    Identity identity;
    std::vector<std::string> ended;
  };
  auto token = secrets::SessionToken::random();
  auto work = [name, verdict, session = sessions_.prepare(token, name, browser),
               bounds = sessions_.bounds()](catalog::Transaction& transaction) -> Result<Begun> {
    TRY(auto account, PasswordCheck::passed(transaction, name, verdict));
    TRY(auto grants, catalog::read_grants(transaction.database(), name));
    TRY(auto identity, Identity::of_session(account, grants));
    TRY(auto ended, catalog::create_session(transaction, session, bounds));
    return Begun{std::move(identity), std::move(ended)};
  };
  CO_TRY(auto begun, co_await parts_.catalog.write<Begun>("access:login", work, {"log in", deadline}));
  sessions_.forget(begun.ended);
  begun.identity.set_csrf(token.csrf());
  co_return LoggedIn{std::move(begun.identity), std::move(token)};
}

}  // namespace holter::access
