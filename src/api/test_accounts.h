#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "access/access.h"
#include "api/access_gate.h"
#include "api/fake_request.h"
#include "catalog/test_catalog.h"
#include "secrets/password_hasher.h"
#include "testing/run_task.h"

namespace holter::api {

/// Accounts over a catalog of its own, with hashes that cost little, for tests of the routes. The admin is "root".
class TestAccounts {
 public:
  static constexpr std::string_view kPassword = "correct horse battery";

  explicit TestAccounts(access::Role anonymous = access::Role::kNone) {
    catalog::CatalogOptions options;
    options.database.data_dir = directory_.path();
    catalog_ = catalog::Catalog::open(options, clock_, budget_.account("catalog")).value();
    // What limits addresses has tests of its own; others would only run into it.
    access::AccessOptions access_options;
    access_options.limits = {.burst = 1'000'000, .interval = milliseconds(1)};
    access_ = std::make_unique<access::Access>(access::Parts{*catalog_, hasher_, clock_, budget_.account("access")},
                                               access_options);
    auto local = secrets::ApiToken::random();
    local_token = std::string(local.text().view());
    gate_ = std::make_unique<AccessGate>(*access_, GateOptions{anonymous, local.hash()});
  }

  template <class T>
  T run(boost::asio::awaitable<T> task) {
    return testing::run_task(context_, std::move(task));
  }
  /// The token of a set-up link.
  std::string offer() {
    auto token = run(access_->setup.offer(testing::soon())).value();
    return token ? std::string(token->text().view()) : "";
  }
  /// Makes "root".
  void set_up() {
    auto token = run(access_->setup.offer(testing::soon())).value();
    auto made = run(
        access_->setup.make_first_admin(std::move(*token), "root", secrets::SecretText(kPassword), testing::soon()));
    ASSERT_TRUE(made) << made.error().message();
  }

  Gate& gate() { return *gate_; }
  access::Access& access() { return *access_; }
  testing::FakeClock& clock() { return clock_; }

  std::string local_token;

 private:
  boost::asio::io_context context_;
  catalog::ScratchDirectory directory_;
  testing::FakeClock clock_;
  memory::Budget budget_{256 << 20};
  secrets::PasswordHasher hasher_{
      {.account = &budget_.account("hashes"), .cost = secrets::PasswordHash::kLeast, .max_waiting = 64}};
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<access::Access> access_;
  std::unique_ptr<AccessGate> gate_;
};

}  // namespace holter::api
