#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/alert_states.h"
#include "catalog/catalog.h"
#include "catalog/incidents.h"
#include "catalog/outbox.h"
#include "memory/account.h"
#include "model/alert.h"

namespace holter::incidents {

/// One time that an alert fired: its incident, known before the catalog has given it an id.
struct IncidentKey {
  model::Fingerprint fingerprint;
  WallTime started{};
  auto operator<=>(const IncidentKey&) const = default;
};

/// A notification, and the incidents that it tells of.
struct Outgoing {
  catalog::OutboxEntry entry;
  std::vector<IncidentKey> about;
};
/// A line for an incident's time line.
struct Note {
  IncidentKey about;
  catalog::IncidentEvent event;
};

/// What alerting has still to write: openings and ends of incidents, notifications, states for a restart. All that has
/// gathered is written in one transaction, so that after a crash an incident, what fires, and what was told agree.
/// Nothing is lost while the catalog fails: it stays here, and is tried again.
///
/// Memory: on the account; what it refuses is the caller's to do again later (`false`).
/// Threads: the executor that calls. Lifetime: account and catalog must outlive it.
class Book {
 public:
  /// In one transaction at most: what has gathered beyond comes with the next, at once.
  static constexpr std::size_t kMostTogether = 5'000;

  Book(catalog::Catalog& catalog, memory::Account& account) : catalog_(catalog), memory_(account.adopt(0)) {}

  bool open(catalog::Incident incident);
  bool close(const IncidentKey& incident, WallTime ended, model::Resolution why);
  bool note(Note note);
  bool send(Outgoing message);
  /// std::nullopt: the state is gone. That of a group says what was told: it is not written before the messages that
  /// were handed in before it.
  bool put_state(catalog::StateTable table, std::string key, std::optional<std::string> json);

  bool empty() const;
  struct Written {
    std::vector<std::pair<IncidentKey, catalog::IncidentId>> opened;
    std::vector<std::string> receivers;  ///< for which something was queued
  };
  /// Writes what has gathered, in the order open, close, note, send. Errors: those of the catalog; all of it is kept
  /// then. One call at a time.
  boost::asio::awaitable<Result<Written>> flush(MonoTime deadline);

  std::size_t openings() const { return opened_.size(); }
  std::size_t states(catalog::StateTable table) const { return states_[static_cast<std::size_t>(table)].size(); }
  std::size_t waiting() const { return opened_.size() + closed_.size() + notes_.size() + messages_.size(); }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Ended {
    IncidentKey incident;
    WallTime when{};
    model::Resolution why{};
  };
  struct Page {
    std::vector<catalog::Incident> opened;
    std::vector<Ended> closed;
    std::vector<Note> notes;
    std::vector<Outgoing> messages;
    std::vector<catalog::StoredState> states[2];  ///< by StateTable
    std::vector<std::string> gone[2];
    std::size_t bytes = 0;
  };
  struct State {
    std::optional<std::string> json;
    std::uint64_t after = 0;  ///< messages that are to be written before it, or with it
  };
  using States = std::map<std::string, State>;

  static Result<Written> write(catalog::Transaction& transaction, const Page& page);
  bool charge(std::size_t bytes);
  Page take_page();
  void put_back(const Page& page);

  catalog::Catalog& catalog_;
  memory::Reservation memory_;
  std::deque<catalog::Incident> opened_;
  std::deque<Ended> closed_;
  std::deque<Note> notes_;
  std::deque<Outgoing> messages_;
  States states_[2];
  std::uint64_t sent_ = 0;  ///< messages that were ever handed in
  std::uint64_t refused_ = 0;
};

}  // namespace holter::incidents
