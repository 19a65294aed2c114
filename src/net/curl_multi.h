#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "memory/account.h"
#include "net/target_policy.h"
#include "runtime/shard.h"

namespace holter::net {

class CurlMulti;

/// Told when its transfer has ended.
class CurlListener {
 public:
  /// We have no memory, which is never the peer's fault. CURLE_OUT_OF_MEMORY may be: libcurl says it also of a header
  /// line that is too long.
  static constexpr int kStarved = -1;
  /// `code` is a CURLcode, or kStarved; CURLE_ABORTED_BY_CALLBACK when the multi handle was closed. May come twice: the
  /// first counts.
  virtual void on_done(int code) = 0;

 protected:
  ~CurlListener() = default;
  /// True when the account refused a connection.
  bool connection_refused() const { return connection_refused_; }
  /// True when the policy forbids the address.
  bool target_forbidden() const { return target_forbidden_; }
  /// True when the newest connection that was opened for the transfer stands. While the transfer runs.
  bool peer_is_there() const;
  /// Ends both directions of that connection, so that libcurl, which waits for an answer to some goodbyes on the
  /// shard's thread, finds it at its end. libcurl still closes the descriptor. While the transfer runs, or until
  /// remove() when it has ended.
  void hang_up() const;

 private:
  friend class CurlMulti;
  int newest_socket_ = -1;
  CurlMulti* multi_ = nullptr;
  bool tls_ = false;
  memory::Account* reserve_ = nullptr;
  bool connection_refused_ = false;
  bool target_forbidden_ = false;
};

/// libcurl's multi handle on a shard's executor: Asio watches its sockets and keeps its time. A connection is charged
/// to the account while it is open, also while it waits for reuse. For HttpClient and
/// Mailer only. When there is no memory to wait for a socket or the time, all transfers that run end with kStarved: a
/// wait that is lost would look like a peer that does not answer. Threads: one shard's. Lifetime: shared with the
/// handlers that Asio holds; close() it before the last owner goes.
class CurlMulti : public std::enable_shared_from_this<CurlMulti> {
 public:
  /// What an open connection holds: its buffers, and with TLS its session; and what the system's authorities hold,
  /// which are loaded with the first TLS connection and kept (all measured by http_memory_test).
  /// Charged only where the libraries' bytes are on no accounts of their own (foreign_memory.h).
  static constexpr std::size_t kPlainBytes = 8 * 1024;
  static constexpr std::size_t kTlsBytes = 80 * 1024;
  static constexpr std::size_t kAuthoritiesBytes = 1024 * 1024;
  static constexpr std::size_t kOwnBytes = 512;  ///< of each connection, not a library's: what watches the socket

  /// `policy` outlives all transfers; it is asked before each connection.
  CurlMulti(runtime::Executor executor, const TargetPolicy& policy, memory::Account& account,
            std::size_t max_connections, std::size_t max_per_host);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  /// Starts a transfer; `easy` is a CURL handle that outlives it. Errors: kResourceExhausted, kCancelled (closed).
  /// `reserve` (may be null) pays for the connection when the account refuses.
  Status add(void* easy, bool tls, memory::Account* reserve, CurlListener* listener);
  /// Ends a transfer, also one that has ended; its listener will not be told any more.
  void remove(void* easy);
  /// Ends all transfers and closes all connections.
  void close();
  /// Closes once no transfer runs any more; add() must not be called after this.
  void retire();
  bool closed() const { return multi_ == nullptr; }
  std::size_t transfers() const { return listeners_.size(); }

  std::size_t connections() const { return connections_.size(); }

 private:
  friend class CurlListener;
  struct Watch;

  static int on_socket(void* easy, int fd, int what, void* self, void*);
  static int on_timer(void* multi, long timeout_ms, void* self);
  static int on_open(void* listener, void* address);
  static int on_close(void* self, int fd);
  /// Who pays for a connection; null: nobody.
  memory::Account* charge(bool tls, memory::Account* reserve);
  bool watch(int fd, int what);
  void wait(const std::shared_ptr<Watch>& watch);
  void act(const std::shared_ptr<Watch>& watch, int flags);
  void set_timer(long timeout_ms);
  void tell_done();
  void starve();

  const runtime::Executor executor_;
  const TargetPolicy& policy_;
  memory::Account& account_;
  void* multi_ = nullptr;
  bool retired_ = false;
  boost::asio::steady_timer timer_;
  boost::unordered_flat_map<int, std::shared_ptr<Watch>> watches_;
  boost::unordered_flat_map<void*, CurlListener*> listeners_;
  struct Charge {
    memory::Account* account;
    std::size_t bytes;
    std::uint64_t cookie;  ///< the kernel's number of the socket
  };
  void forget(int fd);
  boost::unordered_flat_map<int, Charge> connections_;  ///< by descriptor
  memory::Reservation authorities_;
};

}  // namespace holter::net
