#pragma once

#include <cstddef>
#include <cstdint>

namespace holter::net {

/// What a pool of sessions holds now, and has done since the start.
struct SessionPoolStats {
  std::size_t open = 0;     ///< sessions, idle ones included
  std::size_t idle = 0;     ///< of those, kept for the next question
  std::size_t waiting = 0;  ///< questions that wait for a place
  std::size_t most = 0;     ///< sessions that may be open, as the account has room now
  std::uint64_t opened = 0;
  std::uint64_t reused = 0;
  std::uint64_t expired = 0;  ///< closed because nobody wanted them for long
  std::uint64_t evicted = 0;  ///< idle ones that made way for others
  std::uint64_t refused = 0;  ///< not opened: the account had no room, even with all idle ones closed

  SessionPoolStats& operator+=(const SessionPoolStats& other) {
    open += other.open;
    idle += other.idle;
    waiting += other.waiting;
    most += other.most;
    opened += other.opened;
    reused += other.reused;
    expired += other.expired;
    evicted += other.evicted;
    refused += other.refused;
    return *this;
  }
};

}  // namespace holter::net
