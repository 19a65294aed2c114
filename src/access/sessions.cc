#include "access/sessions.h"

#include <string_view>

#include "base/utf8.h"

namespace holter::access {
namespace {

constexpr std::size_t kMostOrigin = 200;  // bytes, as the catalog has it

/// Foreign text as it may be stored: UTF-8 in one line, cut between characters.
std::string stored_text(std::string_view foreign) {
  std::string scratch, text;
  auto clean = as_utf8(foreign.substr(0, 2 * kMostOrigin), scratch);
  while (!clean.empty()) {
    auto size = utf8_sequence(clean);
    if (text.size() + size > kMostOrigin) break;
    auto c = static_cast<unsigned char>(clean.front());
    if (c < 0x20 || c == 0x7f)
      text += ' ';
    else
      text += clean.substr(0, size);
    clean.remove_prefix(size);
  }
  return text;
}

Result<Known> load_session(catalog::Database& database, const std::string& hash) {
  TRY(auto session, catalog::find_session(database, hash));
  TRY(auto account, catalog::find_account(database, session.account));
  if (account.disabled) return Error(ErrorCode::kNotFound, "cannot use the session: its account is disabled");
  TRY(auto grants, catalog::read_grants(database, session.account));
  TRY(auto identity, Identity::of_session(account, grants));
  return Known{std::move(identity), session.used, session.used, session.expires};
}

}  // namespace

Sessions::Sessions(const Parts& parts, const SessionOptions& options)
    : parts_(parts),
      options_(options),
      cache_(parts.catalog, parts.clock, parts.account.child("sessions"),
             {.most = options.most_cached,
              .trusted = options.trusted,
              .idle = options.idle,
              .write_interval = options.write_interval}) {}

boost::asio::awaitable<Result<Identity>> Sessions::find(secrets::SessionToken token, MonoTime deadline) {
  auto hash = token.hash().text();
  auto load = [hash](catalog::Database& database) { return load_session(database, hash); };
  CO_TRY(auto identity, co_await cache_.find(hash, load, deadline));
  identity.set_csrf(token.csrf());
  co_return identity;
}

boost::asio::awaitable<Status> Sessions::end(secrets::SessionToken token, MonoTime deadline) {
  auto hash = token.hash().text();
  auto work = [hash](catalog::Transaction& transaction) -> Result<std::string> {
    auto session = catalog::find_session(transaction.database(), hash);
    if (!session && session.error().code() == ErrorCode::kNotFound) return std::string();
    if (!session) return std::move(session).error();
    TRY_OK(catalog::delete_session(transaction, session->account, hash));
    return session->account;
  };
  cache_.forget(hash);  // also where the catalog does not answer: the browser has forgotten it, too
  auto ended = co_await parts_.catalog.write<std::string>("access:logout", work, {"end a session", deadline});
  cache_.forget(hash);
  if (!ended) co_return std::move(ended).error();
  co_return Status{};
}

boost::asio::awaitable<Status> Sessions::end_listed(Identity who, std::string hash, MonoTime deadline) {
  ForgetAtEnd forget(cache_, who.account());
  co_return co_await parts_.catalog.write<void>(who.account(),
                                                [account = who.account(), hash](catalog::Transaction& transaction) {
                                                  return catalog::delete_session(transaction, account, hash);
                                                },
                                                {"end a session", deadline});
}

boost::asio::awaitable<Result<std::size_t>> Sessions::end_all(Identity who, MonoTime deadline) {
  ForgetAtEnd forget(cache_, who.account());
  co_return co_await parts_.catalog.write<std::size_t>(who.account(),
                                                       [account = who.account()](catalog::Transaction& transaction) {
                                                         return catalog::delete_sessions(transaction, account);
                                                       },
                                                       {"end all sessions", deadline});
}

boost::asio::awaitable<Result<std::vector<catalog::Session>>> Sessions::list(Identity who, MonoTime deadline) {
  CO_TRY(auto sessions, co_await parts_.catalog.read<std::vector<catalog::Session>>(
                            [account = who.account()](catalog::Database& database) {
                              return catalog::read_sessions(database, account);
                            },
                            {"list sessions", deadline}));
  auto now = parts_.clock.wall();
  std::erase_if(sessions, [&](const catalog::Session& session) {
    return session.expires <= now || now - session.used >= options_.idle;
  });
  co_return sessions;
}

boost::asio::awaitable<Status> Sessions::write_uses(MonoTime deadline) {
  co_return co_await cache_.write_uses(&catalog::set_session_used, deadline);
}

catalog::Session Sessions::prepare(const secrets::SessionToken& token, const std::string& account,
                                   const Browser& browser) const {
  catalog::Session session;
  session.hash = token.hash().text();
  session.account = account;
  session.expires = parts_.clock.wall() + options_.longest;
  session.user_agent = stored_text(browser.user_agent);
  session.address = stored_text(browser.address);
  return session;
}

catalog::SessionBounds Sessions::bounds() const {
  return {
      .of_account = options_.of_account, .in_all = options_.in_all, .idle_since = parts_.clock.wall() - options_.idle};
}

void Sessions::forget(const std::vector<std::string>& hashes) {
  for (const auto& hash : hashes) cache_.forget(hash);
}

}  // namespace holter::access
