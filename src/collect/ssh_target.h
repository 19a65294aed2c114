#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "collect/plugin.h"
#include "net/ssh_session.h"

namespace holter::collect {

/// Whom an SSH session is opened to, and through whom.
struct SshTarget {
  net::SshPeer peer;
  std::optional<net::SshPeer> jump;  ///< a host that connects us to `peer`
  milliseconds timeout{10'000};
  bool reuse = true;  ///< the session is kept for the next one who asks; of a tunnel: shared

  /// The block of `ssh`, and what else has its keys: host, port, timeout, username, password, privateKey,
  /// privateKeyPassphrase, reuseConnection, useProxy and proxyHost, proxyPort, proxyUsername, proxyPassword,
  /// proxyPrivateKey. Errors: kInvalidArgument.
  static Result<SshTarget> of(const model::Node& block);
  /// The map `sshTunnel` of a block: enable, host, port, timeout, username, password, privateKey, privateKeyPassphrase,
  /// shareConnection. The sets of a monitor share it; null without one, or when it is not enabled. Errors:
  /// kInvalidArgument.
  static Result<std::shared_ptr<const SshTarget>> tunnel_of(const ProbeConfig& config);

  /// All that makes two sessions alike; secrets only as a hash.
  std::string key() const;
  std::size_t bytes() const;
  bool operator==(const SshTarget&) const = default;
};

/// The same of a peer alone.
std::string key_of(const net::SshPeer& peer);

}  // namespace holter::collect
