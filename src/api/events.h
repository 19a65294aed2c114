#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "access/identity.h"
#include "api/backend.h"
#include "api/message.h"
#include "api/stats.h"
#include "base/result.h"
#include "memory/account.h"

namespace holter::api {

class EventStream;
class JsonWriter;

/// Who reads events, and so which of them: who may see some folders sees incidents of monitors in these, and nothing
/// else; progress of work on many monitors is for editors of the whole, and for who began it. A copy, for a stream
/// lives longer than its request. A plain value.
class EventReader {
 public:
  explicit EventReader(const access::Identity& who) : who_(who) {}
  bool sees(const Event& event) const;

 private:
  access::Identity who_;
};

/// As the list and the stream of events show it.
void write_event(JsonWriter& json, const Event& event);

/// The open event streams: how many there may be, and whom to wake when there is something new.
/// Threads: the server's executor. Lifetime: outlives its streams; backend, account and stats outlive it.
class EventHub {
 public:
  static constexpr std::size_t kMostStreams = 32;
  /// What a stream holds beside its connection: the events of one step before they are text.
  static constexpr std::size_t kStreamBytes = 8 * 1024;

  EventHub(Backend& backend, memory::Account& account, Stats& stats);
  ~EventHub();  ///< the backend calls back no longer
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// A stream of the events after `after` (0: all that are kept) that `reader` sees. Errors: kResourceExhausted when
  /// kMostStreams are open or the account refuses.
  Result<std::unique_ptr<LiveStream>> open(std::uint64_t after, EventReader reader);

 private:
  friend class EventStream;
  void notify();

  Backend& backend_;
  memory::Account& account_;
  Stats& stats_;
  std::set<EventStream*> streams_;  // at most kMostStreams
};

/// Where to begin so that a caller who has seen `after` misses nothing. Ids begin at 1 with each start of Holter: one
/// that is above the newest is of an earlier run, and everything is new to its owner (0).
std::uint64_t first_unseen(const Backend& backend, std::uint64_t after);

}  // namespace holter::api
