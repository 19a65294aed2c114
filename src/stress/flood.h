#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "runtime/shard.h"
#include "runtime/task_scope.h"

namespace holter::stress {

/// What a bad client of the API does with its connection.
enum class Abuse : std::uint8_t {
  kIdle,         ///< opens it and says nothing
  kSlowHead,     ///< a byte of the request's head every 200 ms
  kSlowMetrics,  ///< asks for /metrics and reads 512 bytes every 200 ms
  kSlowList,     ///< asks for a list of 1,000 monitors and reads as slowly
  kHugeBody,     ///< sends a body of 1 GB with POST
  kHugeHead,     ///< headers without end
  kHammer,       ///< asks for /metrics again and again, and reads
};
constexpr std::size_t kAbuses = 7;

/// Bad clients of one server, each on a connection of its own, which it opens again when it is closed, 200 ms later.
/// Each seventh is of one kind. A thread of its own. Threads: one other.
class Flood {
 public:
  struct Counts {
    std::uint64_t opened = 0;    ///< connections
    std::uint64_t refused = 0;   ///< answered with 503 or not accepted
    std::uint64_t answered = 0;  ///< answered with 200
  };

  /// Starts `clients` of them, some hundred at a time. They bring the token: whoever has none gets next to nothing.
  Flood(std::uint16_t port, std::string token, std::size_t clients);
  ~Flood();  ///< closes all

  Counts counts() const { return {opened_.load(), refused_.load(), answered_.load()}; }
  std::uint64_t open_now() const { return open_.load(); }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  boost::asio::awaitable<void> spawn_all(std::size_t clients);
  boost::asio::awaitable<void> client(std::size_t number);
  boost::asio::awaitable<void> abuse(Socket& socket, Abuse kind);
  boost::asio::awaitable<void> slow_read(Socket& socket);
  boost::asio::awaitable<void> count_answer(Socket& socket);
  void note_status(std::string_view head);

  const std::uint16_t port_;
  const std::string token_;
  runtime::Shard shard_;
  runtime::TaskScope scope_;
  std::atomic<std::uint64_t> opened_{0}, refused_{0}, answered_{0}, open_{0};
};

}  // namespace holter::stress
