#pragma once

#include <optional>
#include <string>

#include "api/gate.h"
#include "base/check.h"

namespace holter::api {

/// For tests: lets everybody in as what it was told, and remembers what was brought. There are no accounts behind it
/// unless they are set.
class FakeGate final : public Gate {
 public:
  boost::asio::awaitable<Result<access::Identity>> identify(Credentials credentials, MonoTime) override {
    brought = std::move(credentials);
    if (error) co_return *error;
    co_return access::Identity::of_session({.name = name, .role = role}, grants);
  }
  access::Access& access() override {
    CHECK(accounts != nullptr);
    return *accounts;
  }

  std::string name = "tester";
  std::string role = "admin";
  std::vector<catalog::Grant> grants;
  std::optional<Error> error;
  Credentials brought;
  access::Access* accounts = nullptr;
};

}  // namespace holter::api
