#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "access/access.h"
#include "catalog/audit.h"
#include "catalog/folders.h"
#include "catalog/test_catalog.h"
#include "testing/run_task.h"

namespace holter::access {

using catalog::Engine;
using catalog::engine_name;
using catalog::text_of;
using testing::soon;

inline constexpr std::string_view kPassword = "correct horse battery";

/// Accounts over a catalog in SQLite or PostgreSQL, with hashes that cost little. The first account is the admin
/// "root".
class AccessFixture : public catalog::CatalogFixture {
 protected:
  void SetUp() override {
    catalog::CatalogFixture::SetUp();
    if (HasFatalFailure()) return;
    // What limits addresses has tests of its own; others would only run into it.
    access_options_.limits = {.burst = 1'000'000, .interval = milliseconds(1)};
    start();
  }
  void TearDown() override {
    access_.reset();
    catalog_.reset();
  }
  /// Begins anew, as after a restart of the program.
  void start() {
    access_.reset();
    catalog_.reset();
    catalog_ = open_catalog();
    ASSERT_NE(catalog_, nullptr);
    access_ = std::make_unique<Access>(parts_of(*catalog_), access_options_);
  }
  std::unique_ptr<catalog::Catalog> open_catalog() {
    catalog::CatalogOptions options;
    options.database = options_;
    auto opened = catalog::Catalog::open(options, clock_, account());
    EXPECT_TRUE(opened.has_value()) << text_of(opened);
    return opened ? std::move(*opened) : nullptr;
  }
  Parts parts_of(catalog::Catalog& catalog) { return {catalog, hasher_, clock_, budget_.account("access")}; }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return testing::run_task(context_, std::move(task));
  }
  /// Starts a call and keeps its result.
  template <class T>
  std::shared_ptr<std::optional<T>> spawn(boost::asio::awaitable<T> task) {
    auto out = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(context_, testing::detail::store(std::move(task), out.get()),
                          [out](std::exception_ptr failure) { EXPECT_EQ(failure, nullptr); });
    return out;
  }
  template <class... Outs>
  void finish(const Outs&... outs) {
    ASSERT_TRUE(testing::run_until(context_, [&] { return (outs->has_value() && ...); }));
  }

  /// Runs `work` while the catalog's thread is busy, so that it gets no answer.
  template <class Work>
  auto while_busy(Work work) {
    std::promise<void> open;
    auto begun = std::make_shared<std::latch>(1);
    auto held = spawn(catalog_->read<int>(
        [begun, until = open.get_future().share()](catalog::Database&) -> Result<int> {
          begun->count_down();
          until.wait();
          return 1;
        },
        {"hold", soon()}));
    EXPECT_TRUE(testing::run_until(context_, [&] { return begun->try_wait(); }));
    auto result = work();
    open.set_value();
    EXPECT_TRUE(testing::run_until(context_, [&] { return held->has_value(); }));
    return result;
  }

  static secrets::SecretText secret(std::string_view text) { return secrets::SecretText(text); }
  static secrets::SessionToken copy_of(const secrets::SessionToken& token) {
    return secrets::SessionToken::parse(token.text().view()).value();
  }
  static secrets::ApiToken copy_of(const secrets::ApiToken& token) {
    return secrets::ApiToken::parse(token.text().view()).value();
  }

  /// The admin "root", who is logged in.
  Identity root() {
    auto token = run(access_->setup.offer(soon()));
    EXPECT_TRUE(token.has_value() && token->has_value()) << text_of(token);
    auto made = run(access_->setup.make_first_admin(std::move(**token), "root", secret(kPassword), soon()));
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return log_in("root").identity;
  }
  /// An account with kPassword.
  AccountView make(const Identity& admin, const std::string& name, Role role = Role::kViewer) {
    auto made = run(access_->admin.create(admin, name, role, secret(kPassword), soon()));
    EXPECT_TRUE(made.has_value()) << text_of(made);
    return made.value_or(AccountView{});
  }
  Result<LoginAnswer> try_log_in(const std::string& name, std::string_view password) {
    return run(access_->login.log_in(name, secret(password), {"Firefox", "192.0.2.1"}, soon()));
  }
  LoggedIn log_in(const std::string& name, std::string_view password = kPassword) {
    auto answer = try_log_in(name, password);
    EXPECT_TRUE(answer.has_value()) << text_of(answer);
    EXPECT_EQ(answer->text(), "logged in");
    return std::move(*answer->in);
  }
  /// "logged in", or why not.
  std::string answer_to(const std::string& name, std::string_view password) {
    auto answer = try_log_in(name, password);
    return answer ? answer->text() : text_of(answer);
  }
  Result<Identity> find(const secrets::SessionToken& token) {
    return run(access_->sessions.find(copy_of(token), soon()));
  }
  Result<Identity> find(const secrets::ApiToken& token) { return run(access_->tokens.find(copy_of(token), soon())); }
  Result<CreatedToken> make_token(const Identity& who, const std::string& account, const std::string& name,
                                  const std::string& scopes, WallTime expires = {}) {
    return run(access_->tokens.create(who, {account, name, scopes, expires}, soon()));
  }
  template <class T>
  Result<T> read(std::function<Result<T>(catalog::Database&)> work) {
    return run(catalog_->read<T>(std::move(work), {"read in a test", soon()}));
  }
  template <class T>
  Result<T> write(std::function<Result<T>(catalog::Transaction&)> work) {
    return run(catalog_->write<T>("test", std::move(work), {"write in a test", soon()}));
  }
  catalog::Account stored(const std::string& name) {
    return read<catalog::Account>([name](catalog::Database& d) { return catalog::find_account(d, name); }).value();
  }
  std::vector<catalog::AuditEntry> audit() {
    return read<std::vector<catalog::AuditEntry>>([](catalog::Database& d) { return catalog::read_audit(d, {}); })
        .value();
  }
  std::uint64_t hashes() const { return hasher_.stats().calculated; }

  boost::asio::io_context context_{1};
  AccessOptions access_options_;
  secrets::PasswordHasher hasher_{{.account = &budget_.account("passwords"), .cost = {1024, 1}, .max_waiting = 64}};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<Access> access_;
};

}  // namespace holter::access
