#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "access/access.h"
#include "api/access_gate.h"
#include "app/local_token.h"
#include "catalog/catalog.h"
#include "define/config.h"
#include "memory/account.h"
#include "runtime/task_scope.h"
#include "secrets/password_hasher.h"

namespace holter::app {

/// Accounts of the running program: who may come in. Now and then it writes when sessions and tokens were last used,
/// and takes from the audit log what is too old.
///
/// Threads: the control executor's. Lifetime: the server must have been closed before close().
class Accounts {
 public:
  struct Parts {
    const define::Config& config;
    const Clock& clock;
    runtime::Executor control;
    catalog::Catalog& catalog;
    memory::Account& account;  ///< of what is kept of sessions, tokens and addresses
    memory::Account& hashes;   ///< of passwords that are being hashed
    std::uint64_t budget;      ///< of the process, in bytes: how much a hash may cost
  };
  explicit Accounts(Parts parts);
  ~Accounts();

  /// Makes the local token, and a set-up link while there is no account. Errors: of the data directory, the
  /// catalog.
  boost::asio::awaitable<Status> start();
  /// Begins what is due. Call it now and then.
  void look();
  boost::asio::awaitable<void> close();

  api::Gate& gate() { return *gate_; }
  /// For the link by which the first account is made; null once there is one.
  const secrets::SetupToken* setup_token() const { return setup_ ? &*setup_ : nullptr; }

 private:
  /// HTTP for the OpenID Connect provider. Its address is the operator's, and no target of monitors: what
  /// network.forbidden says is not for it.
  struct ProviderClient;

  Status open_provider();
  boost::asio::awaitable<void> write_down();
  boost::asio::awaitable<Status> purge_audit();

  const Parts parts_;
  secrets::PasswordHasher hasher_;
  std::unique_ptr<ProviderClient> provider_;  ///< null where no provider is set; access_ uses it
  access::Access access_;
  std::optional<LocalToken> local_;
  std::optional<api::AccessGate> gate_;
  std::optional<secrets::SetupToken> setup_;
  MonoTime next_write_{}, next_purge_{};
  bool writing_ = false;
  runtime::TaskScope tasks_;
};

}  // namespace holter::app
