#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "testing/snmp_device.h"

namespace holter::testing {

/// A made-up device on a loopback port of its own, that answers well, or as a function says. Threads: one; the function
/// runs on it.
class SnmpAgent {
 public:
  /// What is sent back, datagram by datagram: none is silence.
  using Reply = std::vector<std::string>;
  /// `datagram` as it came, and the nth of all, from 0.
  using Answer = std::function<Reply(std::string_view datagram, std::size_t nth)>;

  explicit SnmpAgent(Answer answer, const char* address = "127.0.0.1");
  /// Answers well, but for what `twist` makes of it (may be null).
  using Twist = std::function<Reply(const SnmpQuestion& question, std::string good, std::size_t nth)>;
  explicit SnmpAgent(SnmpDevice device, Twist twist = nullptr);
  ~SnmpAgent();
  SnmpAgent(const SnmpAgent&) = delete;
  SnmpAgent& operator=(const SnmpAgent&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t questions() const { return questions_; }
  /// All that was asked, in order.
  std::vector<std::string> heard() const;

  /// Port from which the last question came.
  std::uint16_t asker() const { return asker_; }

  /// A report of version 3 to the question `datagram`: the last two numbers of usmStats, as (1, n), say what it is.
  static std::string report(std::string_view datagram, std::string_view engine_id, std::uint32_t usm_stat);

 private:
  void run();

  const Answer answer_;
  int socket_ = -1, wake_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> questions_{0};
  std::atomic<std::uint16_t> asker_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> heard_;
  std::thread thread_;
};

}  // namespace holter::testing
