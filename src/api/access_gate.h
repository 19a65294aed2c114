#pragma once

#include <optional>

#include "api/gate.h"
#include "secrets/token.h"

namespace holter::api {

struct GateOptions {
  /// What whoever does not log in may do: kNone, or kViewer to let everybody look.
  access::Role anonymous = access::Role::kNone;
  /// Of programs on this machine that may read Holter's data directory: who has it is an admin, but has no account.
  std::optional<secrets::TokenHash> local_token;
};

/// The gate over accounts, sessions and tokens of the catalog. Lifetime: `access` outlives it.
class AccessGate final : public Gate {
 public:
  /// Name that changes by the local token are noted under.
  static constexpr const char* kLocal = "local";

  AccessGate(access::Access& access, GateOptions options) : access_(access), options_(std::move(options)) {}

  boost::asio::awaitable<Result<access::Identity>> identify(Credentials credentials, MonoTime deadline) override;
  access::Access& access() override { return access_; }

 private:
  boost::asio::awaitable<Result<access::Identity>> by_token(std::string authorization, MonoTime deadline);
  boost::asio::awaitable<Result<access::Identity>> by_session(Credentials credentials, MonoTime deadline);
  Result<access::Identity> anonymous() const;

  access::Access& access_;
  const GateOptions options_;
};

}  // namespace holter::api
