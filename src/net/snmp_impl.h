#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "net/snmp.h"
#include "net/snmp_socket.h"

namespace holter::net {

/// The engine of one agent, as one user sees it.
struct SnmpKnownEngine {
  UsmEngine engine;
  UsmKeys keys;
  MonoTime used{};
  memory::Reservation charged;
};

/// A request that waits for its answer; it stands in the frame of who waits.
class SnmpPending {
 public:
  virtual ~SnmpPending() = default;
  /// A datagram with its id, from its peer. True when it answers the request; false when it does not count, and others
  /// may come. May throw std::bad_alloc.
  virtual bool take(std::string_view datagram) = 0;

  SnmpSocket::Endpoint peer;
  boost::asio::steady_timer* timer = nullptr;
  bool heard = false;
  bool no_memory = false;  ///< when it was heard
  int failure = 0;         ///< errno of what the network said
};

/// The part of an engine that its sessions use: sockets, what is in flight, what is known.
class SnmpEngine::Impl : public std::enable_shared_from_this<SnmpEngine::Impl> {
 public:
  using Endpoint = SnmpSocket::Endpoint;
  using Known = std::shared_ptr<SnmpKnownEngine>;
  static constexpr std::size_t kEngineBytes = 1024;
  static constexpr std::size_t kMostMasters = 1024, kMasterBytes = 512;
  static constexpr int kReceiveBufferBytes = 4 << 20;

  Impl(runtime::Executor executor, const Clock& clock, memory::Account& account)
      : executor_(executor), clock_(clock), account_(account) {}

  runtime::Executor executor() const { return executor_; }
  MonoTime now() const { return clock_.mono(); }

  /// Waits for the answer to an id of its own, from now until remove(). Errors: kResourceExhausted.
  Result<std::int32_t> add(SnmpPending& pending);
  void remove(std::int32_t id) { pending_.erase(id); }
  /// Errors: kUnavailable, kResourceExhausted.
  Status send(const Endpoint& to, std::string_view datagram, bool again);

  /// Null when it is not known.
  Known find_engine(const std::string& key);
  void remember_engine(const std::string& key, const Known& known);
  void forget_engine(const std::string& key) { engines_.erase(key); }
  Result<UsmKeys> master_keys(const SnmpCredentials& credentials);
  void note_discovery() { ++stats_.discoveries; }

  void shrink();
  SnmpStats stats() const;

 private:
  std::int32_t random_id();
  Result<SnmpSocket*> socket_of(const Endpoint& peer);
  void listen(std::size_t family);
  void drain(std::size_t family);
  void take(const SnmpSocket::Received& received);

  const runtime::Executor executor_;
  const Clock& clock_;
  memory::Account& account_;
  struct Family {
    std::unique_ptr<SnmpSocket> socket;
    memory::Reservation charged;
    bool listening = false;
  };
  std::array<Family, 2> families_;  ///< IPv4, IPv6
  boost::unordered_flat_map<std::int32_t, SnmpPending*> pending_;
  boost::unordered_flat_map<std::string, Known> engines_;
  struct Masters {
    UsmKeys keys;
    memory::Reservation charged;
  };
  boost::unordered_flat_map<std::string, Masters> masters_;  ///< by fingerprint
  std::array<std::uint32_t, 64> random_{};
  std::size_t random_used_ = 64;
  SnmpStats stats_;
};

}  // namespace holter::net
