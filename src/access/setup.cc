#include "access/setup.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include <fmt/format.h>

#include "access/account_name.h"
#include "access/authority.h"
#include "access/role.h"
#include "base/log.h"
#include "catalog/documents.h"
#include "catalog/sessions.h"

namespace holter::access {
namespace {

constexpr const char* kFirst = "access.setup";
constexpr const char* kReset = "access.reset";
constexpr const char* kWho = "access:setup";

/// What is stored of a link.
struct Offer {
  std::string hash;
  WallTime expires{};
  std::string account;  ///< whose password it sets; empty: it makes the first one
};

Error spent() {
  return {ErrorCode::kUnauthenticated, "cannot use this link: it was used, or a newer one was made, or it is too old"};
}

std::string to_json(const Offer& offer) {
  boost::json::object json;
  json["hash"] = offer.hash;
  json["expires_ms"] = epoch_ms(offer.expires);
  json["account"] = offer.account;
  return boost::json::serialize(json);
}

Result<Offer> from_json(const std::string& text) {
  Error broken(ErrorCode::kCorruption, "cannot read what the catalog has of a link; make another one");
  boost::system::error_code failed;
  auto json = boost::json::parse(text, failed);
  if (failed || !json.is_object()) return broken;
  const auto* hash = json.as_object().if_contains("hash");
  const auto* expires = json.as_object().if_contains("expires_ms");
  const auto* account = json.as_object().if_contains("account");
  if (hash == nullptr || !hash->is_string() || expires == nullptr || !expires->is_int64() || account == nullptr ||
      !account->is_string())
    return broken;
  return Offer{std::string(hash->as_string()), WallTime(milliseconds(expires->as_int64())),
               std::string(account->as_string())};
}

/// In place of an earlier one.
Status put(catalog::Transaction& transaction, const char* setting, const Offer& offer) {
  auto earlier = catalog::find_setting(transaction.database(), setting);
  if (!earlier && earlier.error().code() != ErrorCode::kNotFound) return std::move(earlier).error();
  TRY_OK(catalog::put_setting(transaction, {setting, to_json(offer), earlier ? earlier->version : 0}));
  return {};
}

Status withdraw(catalog::Transaction& transaction, const char* setting) {
  auto gone = catalog::delete_setting(transaction, setting);
  if (gone || gone.error().code() == ErrorCode::kNotFound) return {};
  return gone;
}

/// What the token was made for. Errors: kUnauthenticated.
Result<Offer> check(catalog::Database& database, const char* setting, const std::string& hash, WallTime now) {
  auto stored = catalog::find_setting(database, setting);
  if (!stored && stored.error().code() == ErrorCode::kNotFound) return spent();
  if (!stored) return std::move(stored).error();
  TRY(auto offer, from_json(stored->json));
  TRY(auto right, secrets::TokenHash::parse(offer.hash));
  TRY(auto given, secrets::TokenHash::parse(hash));
  if (!(right == given) || offer.expires <= now) return spent();
  return offer;
}

}  // namespace

boost::asio::awaitable<Result<std::optional<secrets::SetupToken>>> Setup::offer(MonoTime deadline) {
  auto token = secrets::SetupToken::random();
  Offer offer{token.hash().text(), parts_.clock.wall() + kValid, {}};
  auto work = [offer](catalog::Transaction& transaction) -> Result<bool> {
    TRY(auto accounts, catalog::read_accounts(transaction.database()));
    if (!accounts.empty()) {
      TRY_OK(withdraw(transaction, kFirst));
      return false;
    }
    TRY_OK(put(transaction, kFirst, offer));
    return true;
  };
  CO_TRY(bool wanted, co_await parts_.catalog.write<bool>(kWho, work, {"offer the set-up", deadline}));
  if (!wanted) co_return std::optional<secrets::SetupToken>();
  co_return std::optional(std::move(token));
}

boost::asio::awaitable<Result<bool>> Setup::is_needed(MonoTime deadline) {
  if (made_) co_return false;  // anybody may ask, and often
  CO_TRY(made_, co_await parts_.catalog.read<bool>(
                    [](catalog::Database& database) -> Result<bool> {
                      TRY(auto accounts, catalog::read_accounts(database));
                      return !accounts.empty();
                    },
                    {"look for accounts", deadline}));
  co_return !made_;
}

boost::asio::awaitable<Status> Setup::make_first_admin(secrets::SetupToken token, std::string name,
                                                       secrets::SecretText password, MonoTime deadline) {
  auto hash = token.hash().text();
  auto now = parts_.clock.wall();
  // Before anything that costs: only who has the link may have a password hashed.
  auto look = [hash, now](catalog::Database& database) -> Result<bool> {
    TRY_OK(check(database, kFirst, hash, now));
    return true;
  };
  CO_TRY_OK(co_await parts_.catalog.read<bool>(look, {"check the link", deadline}));
  CO_TRY_OK(check_account_name(name));
  CO_TRY(auto hashed, co_await parts_.hasher.hash(std::move(password), name, deadline));
  auto work = [hash, name, hashed](catalog::Transaction& transaction) -> Status {
    TRY_OK(check(transaction.database(), kFirst, hash, transaction.now()));
    TRY(auto accounts, catalog::read_accounts(transaction.database()));
    if (!accounts.empty()) return spent();
    TRY(auto made, catalog::create_account(transaction, {name, std::string(to_string(Role::kAdmin)), hashed}));
    TRY_OK(withdraw(transaction, kFirst));
    return note(transaction, "account.create", name, {}, audited(made));
  };
  CO_TRY_OK(co_await parts_.catalog.write<void>(kWho, work, {"make the first account", deadline}));
  log::info("access", "the first account is '{}'", name);
  co_return Status{};
}

boost::asio::awaitable<Result<secrets::SetupToken>> Setup::offer_reset(std::string name, MonoTime deadline) {
  auto token = secrets::SetupToken::random();
  Offer offer{token.hash().text(), parts_.clock.wall() + kValid, name};
  auto work = [offer](catalog::Transaction& transaction) -> Status {
    TRY(auto account, catalog::find_account(transaction.database(), offer.account));
    if (account.disabled)
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("cannot set a password for '{}': the account is disabled", account.name));
    TRY_OK(put(transaction, kReset, offer));
    return note(transaction, "account.reset", account.name, {}, {});
  };
  CO_TRY_OK(co_await parts_.catalog.write<void>(kWho, work, {"offer a new password", deadline}));
  co_return std::move(token);
}

boost::asio::awaitable<Result<std::string>> Setup::reset_password(secrets::SetupToken token,
                                                                  secrets::SecretText password, MonoTime deadline) {
  auto hash = token.hash().text();
  auto now = parts_.clock.wall();
  auto look = [hash, now](catalog::Database& database) { return check(database, kReset, hash, now); };
  CO_TRY(auto offer, co_await parts_.catalog.read<Offer>(look, {"check the link", deadline}));
  CO_TRY(auto hashed, co_await parts_.hasher.hash(std::move(password), offer.account, deadline));
  auto work = [hash, hashed](catalog::Transaction& transaction) -> Result<std::string> {
    TRY(auto offer, check(transaction.database(), kReset, hash, transaction.now()));
    auto account = catalog::find_account(transaction.database(), offer.account);
    if (!account && account.error().code() != ErrorCode::kNotFound) return std::move(account).error();
    if (!account || account->disabled)
      return Error(ErrorCode::kConflict, "cannot set the password: the account is deleted or disabled by now");
    account->password_hash = hashed;
    TRY(auto changed, catalog::update_account(transaction, *account));
    TRY_OK(catalog::set_failed_logins(transaction, account->name, 0, WallTime()));
    TRY_OK(catalog::delete_sessions(transaction, account->name));
    TRY_OK(withdraw(transaction, kReset));
    TRY_OK(note(transaction, "account.password", account->name, {}, audited(changed)));
    return account->name;
  };
  ForgetAtEnd forget(sessions_.cache(), offer.account);
  co_return co_await parts_.catalog.write<std::string>(kWho, work, {"set a new password", deadline});
}

}  // namespace holter::access
