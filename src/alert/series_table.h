#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "alert/alert_sink.h"
#include "alert/state_machine.h"
#include "base/ids.h"
#include "memory/account.h"
#include "model/monitor.h"

namespace holter::alert {

struct RuleEntry;
constexpr std::uint32_t kNoSeries = std::numeric_limits<std::uint32_t>::max();

/// What alerts say of a monitor. Kept while it has series, so that what was told of it can be taken back when the
/// monitor is gone, or is called otherwise.
struct TrackedMonitor {
  MonitorId id;
  std::string name, folder;
  std::shared_ptr<const model::Definition> definition;
  std::shared_ptr<const model::Labels> labels;
  boost::intrusive_ptr<const model::Cron> cron;  ///< null: it is checked by an interval
  bool stretches = false;                        ///< its interval is longer while memory is short
  std::uint32_t first_series = kNoSeries;
  std::uint32_t series = 0;
  std::size_t charged = 0;  ///< bytes on the account

  /// All that may be another thing with the next result, but for the folder.
  void follow(const model::Monitor& monitor) {
    if (labels != monitor.labels) labels = monitor.labels;
    if (definition != monitor.definition) definition = monitor.definition;
    if (cron != monitor.cron) cron = monitor.cron;
    stretches = monitor.criticality == model::Criticality::kLow && monitor.cron == nullptr;
  }
};

/// A rule, a monitor and the labels of a row, while its state is something to remember.
struct Series {
  std::uint64_t hash = 0;
  RuleEntry* rule = nullptr;           ///< null: the place is free
  TrackedMonitor* monitor = nullptr;   ///< null: of the process itself
  std::unique_ptr<char[]> text;        ///< set and labels, one behind the other
  std::unique_ptr<Evidence> evidence;  ///< of what is pending, for when it fires
  SeriesMachine machine;
  std::uint32_t labels_size = 0;
  std::uint16_t set_size = 0;
  std::uint32_t interval_s = 0;                          ///< between results; 0: not by results
  std::uint32_t next = kNoSeries, previous = kNoSeries;  ///< of the same monitor; next: of free places, too

  std::string_view set() const { return {text.get(), set_size}; }
  std::string_view labels() const { return {text.get() + set_size, labels_size}; }
};

/// What a series is found by.
struct SeriesKey {
  const RuleEntry* rule;
  MonitorId monitor;  ///< 0: of the process itself
  std::string_view set, labels;
  std::uint64_t hash;
};
SeriesKey key_of(const RuleEntry& rule, MonitorId monitor, std::string_view set, std::string_view labels);

/// All series that are kept, by key and by monitor; their bytes are on the account. Threads: one. Places (indices) stay
/// valid until drop(). Lifetime: the account, and the rules of the series, must outlive it.
class SeriesTable {
 public:
  explicit SeriesTable(memory::Account& account) : account_(account) {}
  SeriesTable(const SeriesTable&) = delete;
  SeriesTable& operator=(const SeriesTable&) = delete;

  static constexpr std::size_t kMostText = 16 * 1024;  ///< of labels

  /// kNoSeries for one that is not kept.
  std::uint32_t find(const SeriesKey& key) const;
  /// A new one; `monitor` is null for one of the process itself. kNoSeries when memory is refused, or the labels have
  /// more than kMostText.
  std::uint32_t add(const SeriesKey& key, RuleEntry& rule, const model::Monitor* monitor, std::string_view folder);
  void drop(std::uint32_t place);
  /// The monitor is called so from now on. Its name is what its id is made of, and stays.
  void rename(TrackedMonitor& tracked, const model::Monitor& monitor, std::string_view folder);
  /// Replaces the evidence that is kept with a series; without memory for it there is none.
  void keep_evidence(Series& series, const Evidence& evidence);
  void drop_evidence(Series& series);

  Series& at(std::uint32_t place) { return series_[place]; }
  const Series& at(std::uint32_t place) const { return series_[place]; }
  /// Places that are or were in use: at() is possible below.
  std::uint32_t places() const { return static_cast<std::uint32_t>(series_.size()); }
  /// Where more than half of the places are free, moves what is kept together and gives the rest of the memory back.
  /// Places are others then.
  void compact();
  /// Null for a monitor without series. Valid until the last of them is dropped.
  TrackedMonitor* monitor(MonitorId id);

  std::size_t size() const { return index_.size(); }
  std::size_t bytes() const { return reserved_.bytes(); }

 private:
  struct Hash {
    using is_avalanching = void;
    using is_transparent = void;
    const SeriesTable* table;
    std::size_t operator()(std::uint32_t place) const { return table->series_[place].hash; }
    std::size_t operator()(const SeriesKey& key) const { return key.hash; }
  };
  struct Same {
    using is_transparent = void;
    const SeriesTable* table;
    bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
    bool operator()(std::uint32_t place, const SeriesKey& key) const { return table->is(place, key); }
    bool operator()(const SeriesKey& key, std::uint32_t place) const { return table->is(place, key); }
  };
  bool is(std::uint32_t place, const SeriesKey& key) const;
  TrackedMonitor* track(const model::Monitor& monitor, std::string_view folder);
  void release(std::size_t bytes) { (void)reserved_.resize(reserved_.bytes() - bytes); }  // never refused
  static std::size_t bytes_of(const Series& series);
  static std::size_t bytes_of(const TrackedMonitor& monitor);
  std::uint32_t insert(Series fresh, const SeriesKey& key, const model::Monitor* monitor, std::string_view folder);
  /// kNoSeries when memory is refused.
  std::uint32_t free_place();
  bool move(std::uint32_t from, std::uint32_t to);
  void give_place_back(std::uint32_t place);
  void forget_if_empty(MonitorId id);

  memory::Account& account_;
  memory::Reservation reserved_;
  std::deque<Series> series_;  // grows without moving, and without room for as many again
  std::uint32_t first_free_ = kNoSeries;
  boost::unordered_flat_set<std::uint32_t, Hash, Same> index_{0, Hash{this}, Same{this}};
  boost::unordered_flat_map<MonitorId, std::unique_ptr<TrackedMonitor>, IdHash> monitors_;
};

}  // namespace holter::alert
