#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace holter::api {

/// What the server counts about itself; shown by /metrics. Threads: the server's executor.
struct Stats {
  /// (route pattern or "none", status) -> answers. Bounded: patterns and statuses are constants of the program.
  std::map<std::pair<std::string_view, unsigned>, std::uint64_t> answers;
  std::uint64_t sent_bytes = 0;           ///< bodies, without framing
  std::uint64_t connections_total = 0;    ///< accepted and served
  std::uint64_t connections_refused = 0;  ///< over the limit, or no memory for one more
  std::uint64_t accept_failures = 0;
  std::uint64_t timeouts_idle = 0;       ///< connections closed because no request came: nothing wrong
  std::uint64_t timeouts_request = 0;    ///< because a request did not become whole in time; answered with 408
  std::uint64_t timeouts_answer = 0;     ///< because the peer did not take its answer in time
  std::uint64_t timeouts_handshake = 0;  ///< because a TLS handshake was not done in time
  std::uint64_t handshakes_failed = 0;   ///< TLS handshakes that ended without a session
  std::uint64_t malformed = 0;           ///< bytes that are not HTTP
  std::size_t connections = 0;           ///< open now
  std::uint64_t out_of_memory = 0;       ///< connections or accepts that an allocation failed in
  std::size_t streams = 0;               ///< event streams that are open now
  std::uint64_t streams_total = 0;       ///< event streams begun
  std::uint64_t streams_refused = 0;     ///< over the limit, or no memory for one more
  std::uint64_t streams_slow = 0;        ///< ended because the peer did not take its events in time
  std::uint64_t events_sent = 0;         ///< over all streams
  std::uint64_t refused_by_rate = 0;     ///< requests refused because their address makes too many
  std::uint64_t refused_by_caller = 0;   ///< because their token or session does, wherever it comes from
  std::uint64_t refused_by_level = 0;    ///< requests refused because of memory pressure
};

}  // namespace holter::api
