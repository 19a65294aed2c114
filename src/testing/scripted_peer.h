#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "testing/certificates.h"

namespace holter::testing {

/// A TCP (or TLS) server on a loopback port of its own that plays a script on each connection: what hostile, broken and
/// slow peers do. Threads: one that accepts and one per connection; all end with the object.
class ScriptedPeer {
 public:
  struct Step {
    enum class Kind : std::uint8_t { kExpect, kSend, kSendForever, kClose, kReset, kStall } kind;
    std::string text;
  };
  using Script = std::vector<Step>;

  /// Reads until what the connection has sent since the last expect() contains `text`.
  static Step expect(std::string text) { return {Step::Kind::kExpect, std::move(text)}; }
  static Step send(std::string bytes) { return {Step::Kind::kSend, std::move(bytes)}; }
  /// Sends `bytes` again and again until the other side goes away.
  static Step send_forever(std::string bytes) { return {Step::Kind::kSendForever, std::move(bytes)}; }
  static Step close() { return {Step::Kind::kClose, {}}; }
  /// Closes with RST.
  static Step reset() { return {Step::Kind::kReset, {}}; }
  /// Says nothing until the other side goes away.
  static Step stall() { return {Step::Kind::kStall, {}}; }

  struct Options {
    bool v6 = false;
    const Certificate* tls = nullptr;  ///< speaks TLS with it
  };

  /// The nth connection plays the nth script; more connections play the last one. A script's end closes the connection.
  ScriptedPeer(std::vector<Script> scripts, Options options);
  explicit ScriptedPeer(std::vector<Script> scripts) : ScriptedPeer(std::move(scripts), Options{}) {}
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:<port><path>", https with TLS, [::1] with v6.
  std::string url(const std::string& path = "/") const;
  std::size_t accepted() const { return accepted_; }
  /// All that the connections have sent, one after the other.
  std::string received() const;

 private:
  class Connection;
  void accept();
  void play(Connection& connection, const Script& script);

  const std::vector<Script> scripts_;
  const Options options_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> accepted_{0};
  mutable std::mutex mutex_;
  std::string received_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::thread> players_;
  std::thread acceptor_;
};

/// A port of the loopback interface on which nobody listens.
std::uint16_t unused_port();

}  // namespace holter::testing
