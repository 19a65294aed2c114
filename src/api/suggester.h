#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "api/owned_monitors.h"
#include "define/suggestions.h"

namespace holter::api {

/// What could be watched of something that somebody has typed or pasted.
struct SuggestReport {
  define::Subject::Kind kind{};
  std::string host;                             ///< that was looked up; empty of a network
  std::string address;                          ///< that was asked; empty of a network
  std::vector<define::Suggestion> suggestions;  ///< the best first
  struct Skipped {
    std::string what;    ///< "port 6379", "192.0.2.7", "ping"
    std::string reason;  ///< in words
  };
  std::vector<Skipped> skipped;  ///< that was not asked
  bool truncated = false;        ///< there was no time for all, or there were too many
  std::int64_t duration_ms = 0;
};

/// Asks hosts and networks what could be watched there. Methods run on the API's executor.
class Suggester {
 public:
  virtual ~Suggester() = default;
  /// Takes at most ten seconds, and never longer than until the caller's deadline. 400 for a text that is none, 422 for
  /// a host that nobody knows or that may not be reached, 429 where this account's last scan runs or has just ended,
  /// 503 where as many run as may.
  virtual boost::asio::awaitable<Answered<SuggestReport>> suggest(std::string text, Caller caller) = 0;
};

}  // namespace holter::api
