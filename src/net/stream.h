#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "memory/account.h"
#include "net/resolver.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "runtime/shard.h"

namespace holter::net {

/// A byte stream over TCP or TLS whose every operation has a deadline, and that reads by lines and counts.
/// What has been read and not been taken lies in a buffer that grows with the question (`most`) and is charged first.
///
/// Errors of all operations: kUnavailable (refused, reset, closed), kTimeout, kCancelled, kResourceExhausted (our own
/// memory), kTooLarge (the peer sent more than `most`). Messages are "cannot <what> <peer>: <why>"; `what` is the
/// caller's word for the step, such as "read the greeting of".
///
/// Threads: one shard's. Lifetime: not to be destroyed while an operation runs. Closed on destruction.
class Stream {
 public:
  /// To be reserved for a stream; for one that will speak TLS the buffers of the session are in it.
  static std::size_t bytes_of(bool tls);

  /// As TcpStream::connect(). `charged` (of bytes_of()) grows with what is read, on the account that it came from.
  static boost::asio::awaitable<Result<std::unique_ptr<Stream>>> connect(runtime::Executor executor,
                                                                         std::vector<IpAddress> addresses,
                                                                         std::uint16_t port,
                                                                         memory::Reservation charged,
                                                                         MonoTime deadline);
  /// On a connection that is there (TcpStream::adopt()).
  static std::unique_ptr<Stream> on(TcpStream tcp, memory::Reservation charged);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Speaks TLS from now on. The session keeps `context` (TlsContexts::get() with the same options). Errors: also
  /// kUnavailable for a certificate that is not trusted, with the reason; kProtocolViolation when bytes that came
  /// before TLS are still unread: somebody may have put them in.
  boost::asio::awaitable<Status> start_tls(std::shared_ptr<boost::asio::ssl::context> context, TlsOptions options,
                                           MonoTime deadline);
  bool tls() const { return tls_ != nullptr; }
  /// What the peer sent as its certificates, its own first; at most 16. Empty without TLS.
  std::vector<PeerCertificate> peer_certificates() const;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384"; empty without TLS.
  std::string tls_version() const;

  boost::asio::awaitable<Status> write(std::string_view bytes, MonoTime deadline, std::string_view what = "send to");

  // What these return lies in the buffer, and is valid until the next read.

  /// What is there, or comes next: at least one byte and at most 4 KiB more than had been there. An empty text: the
  /// peer has closed.
  boost::asio::awaitable<Result<std::string_view>> read_some(MonoTime deadline, std::string_view what = "read from");
  /// Up to a line feed, which is taken and not returned, nor a carriage return before it. kTooLarge when `most` bytes
  /// hold none.
  boost::asio::awaitable<Result<std::string_view>> read_line(std::size_t most, MonoTime deadline,
                                                             std::string_view what = "read from");
  /// Exactly `count` bytes. The caller has held `count` against a limit.
  boost::asio::awaitable<Result<std::string_view>> read_exact(std::size_t count, MonoTime deadline,
                                                              std::string_view what = "read from");

  /// False when the peer has closed, or has sent what nobody asked for: not to be used for a next question. Asks the
  /// kernel, not the peer.
  bool quiet();
  const std::string& peer() const { return tcp_.peer(); }
  nanoseconds connect_time() const { return tcp_.connect_time(); }
  /// Lets go of what the reads handed out: before a stream is kept for later.
  void drop_taken();
  std::size_t charged_bytes() const { return charged_.bytes(); }

 private:
  struct Tls;
  Stream(TcpStream tcp, memory::Reservation charged);
  /// Reads once more into the buffer. The number of new bytes, 0: the peer has closed.
  boost::asio::awaitable<Result<std::size_t>> fill(MonoTime deadline, std::string_view what);
  Status make_room(std::size_t more);
  std::string_view take(std::size_t count);
  std::string_view unread() const { return std::string_view(input_).substr(taken_); }

  TcpStream tcp_;
  std::unique_ptr<Tls> tls_;
  memory::Reservation charged_;
  std::size_t base_bytes_;
  std::string input_;
  std::size_t taken_ = 0;
  bool ended_ = false;  ///< the peer has closed
};

}  // namespace holter::net
