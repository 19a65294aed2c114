#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <exception>
#include <optional>

#include <fmt/format.h>

#include "access/sessions.h"
#include "access/setup.h"
#include "app/commands.h"
#include "app/local.h"
#include "app/settings.h"
#include "app/text_table.h"
#include "base/data_lock.h"
#include "base/units.h"
#include "catalog/accounts.h"
#include "catalog/catalog.h"
#include "secrets/password_hasher.h"

namespace holter::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using secrets::SetupToken;

constexpr milliseconds kPatience{30'000};

Error nothing_stored(const define::Config& config) {
  return {ErrorCode::kNotFound,
          fmt::format("cannot find {}: nothing has been stored there yet", catalog_place(config))};
}

Result<std::vector<catalog::Account>> read_accounts(const define::Config& config) {
  if (!has_catalog(config)) return nothing_stored(config);
  SystemClock clock;
  memory::Budget budget(64 << 20);
  TRY(auto database, catalog::Database::open(database_options(config), clock, budget.account("catalog")));
  return catalog::read_accounts(*database);
}

std::string state_of(const catalog::Account& account, WallTime now) {
  if (account.disabled) return "disabled";
  if (account.locked_until > now) return "locked until " + format_time(account.locked_until);
  return account.password_hash.empty() ? "no password" : "active";
}

void print_json(const std::vector<catalog::Account>& accounts, WallTime now) {
  json::array rows;
  for (const auto& account : accounts)
    rows.push_back(
        {{"name", account.name},
         {"role", account.role},
         {"disabled", account.disabled},
         {"locked_until", account.locked_until > now ? json::value(format_time(account.locked_until)) : json::value()},
         {"created", format_time(account.created)},
         {"created_by", account.created_by}});
  fmt::print("{}\n", json::serialize(json::object{{"accounts", std::move(rows)}}));
}

void print_table(const std::vector<catalog::Account>& accounts, WallTime now) {
  using Align = TextTable::Align;
  TextTable table({Align::kLeft, Align::kLeft, Align::kLeft, Align::kLeft});
  table.add({"NAME", "ROLE", "CREATED", "STATE"});
  for (const auto& account : accounts)
    table.add({account.name, account.role, format_time(account.created), state_of(account, now)});
  fmt::print("{}", table.text());
}

/// Where the page answers: as a running server says, else as it is configured.
std::string base_url(const define::Config& config) {
  if (!config.server.url.empty()) return without_slash(config.server.url);
  if (auto holder = DataLock::holder(config.data_dir); holder && *holder && !(*holder)->url.empty())
    return (*holder)->url;
  return fmt::format("{}://{}", config.server.tls.certificate.empty() ? "http" : "https", config.server.listen);
}

asio::awaitable<void> ask(access::Setup& setup, std::string name, MonoTime deadline,
                          std::optional<Result<SetupToken>>& answer) {
  answer.emplace(co_await setup.offer_reset(std::move(name), deadline));
}

Result<SetupToken> offer_reset(const define::Config& config, const std::string& name) {
  if (!has_catalog(config)) return nothing_stored(config);
  SystemClock clock;
  memory::Budget budget(64 << 20);
  asio::io_context context(1);
  TRY(auto catalog, catalog::Catalog::open({.database = database_options(config)}, clock, budget.account("catalog")));
  secrets::PasswordHasher hasher({.account = &budget.account("passwords"), .cost = secrets::PasswordHash::kLeast});
  access::Parts parts{*catalog, hasher, clock, budget.account("access")};
  access::Sessions sessions(parts);
  access::Setup setup(parts, sessions);
  std::optional<Result<SetupToken>> answer;
  asio::co_spawn(context, ask(setup, name, clock.mono() + kPatience, answer), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  context.run();
  return std::move(*answer);
}

}  // namespace

int list_accounts(const AccountOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  auto accounts = read_accounts(local->config);
  if (!accounts) return fail(accounts.error());
  auto now = SystemClock().wall();
  if (options.json)
    print_json(*accounts, now);
  else if (accounts->empty())
    fmt::print("there is no account yet: `holter serve` shows a link that makes the first one\n");
  else
    print_table(*accounts, now);
  return 0;
}

int reset_account(const AccountOptions& options) {
  auto local = load_local(options.config);
  if (!local) return 1;
  auto token = offer_reset(local->config, options.name);
  if (!token) return fail(token.error());
  // Behind the #: what a browser does not send stands in no log of a server or proxy (RFC 3986, 3.5).
  auto link = fmt::format("{}/reset#{}", base_url(local->config), token->text().view());
  if (options.json)
    fmt::print("{}\n",
               json::serialize(json::object{
                   {"name", options.name}, {"link", link}, {"valid_seconds", access::Setup::kValid / seconds(1)}}));
  else
    fmt::print("{}\nsets a new password for {}, once, within {}; whoever has it can\n", link, options.name,
               format_duration(access::Setup::kValid));
  return 0;
}

}  // namespace holter::app
