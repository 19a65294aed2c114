#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace holter::testing {

/// An SSH server by libssh on a loopback port of its own, for what the real one does not do: passwords without an
/// account of the system, and faults at a step. Threads: one that accepts, one per connection; all end with the object.
class SshServer {
 public:
  enum class At : std::uint8_t { kNever, kLogin, kChannel, kCommand, kOutput };
  enum class Fault : std::uint8_t { kStall, kClose, kReset };
  struct Options {
    std::string user = "watcher", password = "secret";
    bool by_prompt = false;  ///< takes keyboard-interactive only
    std::string output = "ok\n", error;
    int status = 0;        ///< below zero: none is sent
    bool endless = false;  ///< sends the output again and again
    bool ends_channel = true;
    /// Of the subsystem sftp: the nth is sent, as it stands, when the nth packet has come; then kOutput. Empty: there
    /// is no such subsystem.
    std::vector<std::string> packets;
    int opens = 0;  ///< how many channels it asks the client for, after the login
    At at = At::kNever;
    Fault fault = Fault::kStall;
  };
  SshServer() : SshServer(Options{}) {}
  explicit SshServer(Options options);
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;

  std::uint16_t port() const { return port_; }
  int logins() const { return logins_; }      ///< attempts with a password
  int commands() const { return commands_; }  ///< and subsystems
  int accepted() const { return accepted_; }

 private:
  class Connection;
  void accept();

  const Options options_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  void* host_key_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::atomic<int> logins_{0}, commands_{0}, accepted_{0};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::thread acceptor_;
};

}  // namespace holter::testing
