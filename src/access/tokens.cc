#include "access/tokens.h"

#include <utility>

#include <fmt/format.h>

#include "access/authority.h"

namespace holter::access {
namespace {

Result<Known> load_token(catalog::Database& database, const std::string& hash) {
  TRY(auto token, catalog::find_token(database, hash));
  TRY(auto account, catalog::find_account(database, token.account));
  if (account.disabled) return Error(ErrorCode::kNotFound, "cannot use the token: its account is disabled");
  TRY(auto grants, catalog::read_grants(database, token.account));
  TRY(auto identity, Identity::of_token(account, grants, token));
  auto expires = token.expires == WallTime() ? WallTime::max() : token.expires;
  return Known{std::move(identity), token.last_used, token.last_used, expires};
}

/// Everybody for himself, admins for all.
Status may_handle(const Identity& who, const std::string& account, std::string_view what) {
  if (who.account() == account) return {};
  return require_role(who, Role::kAdmin, what);
}

/// The same, within the change.
Status still_may(catalog::Database& database, const Identity& who, const std::string& account, std::string_view what) {
  if (who.account() != account) return still_admin(database, who, what);
  TRY_OK(still_there(database, who));
  return {};
}

}  // namespace

Tokens::Tokens(const Parts& parts, const TokenOptions& options)
    : parts_(parts),
      cache_(parts.catalog, parts.clock, parts.account.child("tokens"),
             {.most = options.most_cached, .trusted = options.trusted, .write_interval = options.write_interval}) {}

boost::asio::awaitable<Result<Identity>> Tokens::find(secrets::ApiToken token, MonoTime deadline) {
  auto hash = token.hash().text();
  co_return co_await cache_.find(
      hash, [hash](catalog::Database& database) { return load_token(database, hash); }, deadline);
}

boost::asio::awaitable<Result<CreatedToken>> Tokens::create(Identity who, NewToken fresh, MonoTime deadline) {
  constexpr const char* kWhat = "make a token of somebody else";
  CO_TRY_OK(may_handle(who, fresh.account, kWhat));
  CO_TRY(auto reach, parse_scopes(fresh.scopes));
  if (reach > who.most())
    co_return Error(ErrorCode::kForbidden,
                    fmt::format("cannot make a token that may act as {}: the one you come by may act as {} only",
                                to_string(reach), to_string(who.most())));
  if (fresh.expires != WallTime() && fresh.expires <= parts_.clock.wall())
    co_return Error(ErrorCode::kInvalidArgument, "cannot make a token that has expired already");
  auto token = secrets::ApiToken::random();
  catalog::ApiToken row;
  row.hash = token.hash().text();
  row.name = std::move(fresh.name);
  row.account = std::move(fresh.account);
  row.scopes = std::move(fresh.scopes);
  row.expires = fresh.expires;
  auto work = [who, row](catalog::Transaction& transaction) -> Result<catalog::ApiToken> {
    TRY_OK(still_may(transaction.database(), who, row.account, kWhat));
    TRY(auto stored, catalog::create_token(transaction, row));
    TRY_OK(note(transaction, "token.create", row.account, {}, audited(stored)));
    return stored;
  };
  CO_TRY(auto stored,
         co_await parts_.catalog.write<catalog::ApiToken>(who.account(), work, {"make a token", deadline}));
  co_return CreatedToken{std::move(token), std::move(stored)};
}

boost::asio::awaitable<Status> Tokens::remove(Identity who, std::string account, std::string name, MonoTime deadline) {
  constexpr const char* kWhat = "delete a token of somebody else";
  CO_TRY_OK(may_handle(who, account, kWhat));
  auto work = [who, account, name](catalog::Transaction& transaction) -> Status {
    TRY_OK(still_may(transaction.database(), who, account, kWhat));
    TRY(auto tokens, catalog::read_tokens(transaction.database(), account));
    std::string before;
    for (const auto& token : tokens)
      if (token.name == name) before = audited(token);
    TRY_OK(catalog::delete_token(transaction, account, name));
    return note(transaction, "token.delete", account, before, {});
  };
  ForgetAtEnd forget(cache_, account);
  co_return co_await parts_.catalog.write<void>(who.account(), work, {"delete a token", deadline});
}

boost::asio::awaitable<Result<std::vector<catalog::ApiToken>>> Tokens::list(Identity who, std::string account,
                                                                            MonoTime deadline) {
  CO_TRY_OK(may_handle(who, account, "list the tokens of somebody else"));
  co_return co_await parts_.catalog.read<std::vector<catalog::ApiToken>>(
      [account](catalog::Database& database) { return catalog::read_tokens(database, account); },
      {"list tokens", deadline});
}

boost::asio::awaitable<Status> Tokens::write_uses(MonoTime deadline) {
  co_return co_await cache_.write_uses(&catalog::set_token_used, deadline);
}

}  // namespace holter::access
