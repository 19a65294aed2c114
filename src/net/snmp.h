#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/charged_text.h"
#include "net/resolver.h"
#include "net/snmp_message.h"
#include "net/snmp_usm.h"
#include "runtime/shard.h"

namespace holter::net {

/// Who asks, and how.
struct SnmpCredentials {
  SnmpVersion version = SnmpVersion::kV2c;
  std::string community;    ///< of versions 1 and 2c
  UsmUser user;             ///< of version 3
  std::string fingerprint;  ///< of all of the user, set by finish()

  /// Makes the fingerprint, by which keys and engines are remembered.
  void finish();
};

struct SnmpStats {
  std::uint64_t sent = 0, retried = 0, answers = 0, failures = 0;  ///< failures: what the network said of requests
  std::uint64_t stray = 0;              ///< late or duplicate answers to requests that are over
  std::uint64_t foreign = 0;            ///< of others than those who were asked, forgeries, garbage
  std::uint64_t discoveries = 0;        ///< of engines of version 3
  std::uint64_t dropped_by_kernel = 0;  ///< the receive buffer was full: answers lost on this machine
  std::size_t in_flight = 0, engines = 0;
};

/// Asks thousands of agents at once over one UDP socket per address family, which is opened at first use. A datagram
/// counts only as the answer to a request in flight with its id, which is random, to the address and port that it comes
/// from; so late, duplicate and foreign ones change nothing.
///
/// Of agents with version 3 it remembers engine, clock and the user's keys, so that a question costs one exchange.
///
/// Threads: one shard's. Lifetime: outlives its sessions. Memory: its buffers, and 1 KiB for each engine that is
/// remembered (at most kMostEngines, and the one not used for longest goes first) and half of it for each user, on the
/// account. The first question of a user takes some milliseconds of the shard: passphrases become keys slowly.
class SnmpEngine {
 public:
  static constexpr std::size_t kMostInFlight = 16'384;
  static constexpr std::size_t kMostEngines = 16'384;

  SnmpEngine(runtime::Executor executor, const Clock& clock, memory::Account& account);
  ~SnmpEngine();
  SnmpEngine(const SnmpEngine&) = delete;
  SnmpEngine& operator=(const SnmpEngine&) = delete;

  SnmpStats stats() const;
  /// Forgets engines and keys.
  void shrink();

 private:
  friend class SnmpSession;
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Questions to one agent, one after the other. Threads: the engine's. Lifetime: within that of engine and credentials.
class SnmpSession {
 public:
  struct Options {
    IpAddress address;
    std::uint16_t port = 161;
    const SnmpCredentials* credentials = nullptr;
    memory::Account* account = nullptr;  ///< pays for what the agent sends
    memory::Account* reserve = nullptr;  ///< pays when that refuses; may be null
    /// Told each step of what happens, if somebody watches; else empty.
    std::function<void(std::string_view)> watch = {};
  };
  SnmpSession(SnmpEngine& engine, Options options);
  ~SnmpSession();
  SnmpSession(const SnmpSession&) = delete;
  SnmpSession& operator=(const SnmpSession&) = delete;

  /// Asks, and asks once more when half of the time (at most kPatience) has passed without an answer. The answer is
  /// good until the next call. Errors: kTimeout, kUnavailable (the network says that nobody is there),
  /// kUnauthenticated (an agent of version 3 does not take user, passphrases or context), kProtocolViolation (only
  /// answers came that cannot be read), kTooLarge, kInvalidArgument (a passphrase that is none), kResourceExhausted,
  /// kCancelled.
  boost::asio::awaitable<Result<SnmpPdu>> ask(SnmpRequest request, MonoTime deadline);
  static constexpr milliseconds kPatience{2000};

  std::size_t answer_bytes() const;  ///< of the last answer, as it came
  std::uint64_t questions() const;   ///< datagrams sent

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holter::net
