#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace holter::testing {

/// A question as it came in.
struct DnsQuestion {
  std::string packet;
  std::string name;  ///< lower case, without the dot at the end
  std::uint16_t type = 0;
  bool tcp = false;
};

/// A name server on a loopback port (UDP and TCP) that answers as a function says. Threads: one; the function runs on it.
class ScriptedDns {
 public:
  static constexpr std::uint16_t kA = 1, kAaaa = 28;
  /// The packet to send back; nullopt: no answer.
  using Answer = std::function<std::optional<std::string>(const DnsQuestion&)>;

  explicit ScriptedDns(Answer answer);
  ~ScriptedDns();
  ScriptedDns(const ScriptedDns&) = delete;
  ScriptedDns& operator=(const ScriptedDns&) = delete;

  /// "127.0.0.1:<port>"
  std::string server() const;
  std::size_t questions() const { return questions_; }
  std::size_t questions_by_tcp() const { return by_tcp_; }

  /// An answer with these addresses (those of the question's type), or with an error code (RFC 1035, 4.1.1).
  static std::string addresses(const DnsQuestion& question, const std::vector<std::string>& addresses,
                               std::uint32_t ttl_s = 60);
  static std::string failure(const DnsQuestion& question, int rcode);
  static std::string truncated(const DnsQuestion& question);

 private:
  void run();
  void answer_udp();
  void answer_tcp();

  const Answer answer_;
  int udp_ = -1, tcp_ = -1, wake_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> questions_{0}, by_tcp_{0};
  std::thread thread_;
};

}  // namespace holter::testing
