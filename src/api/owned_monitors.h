#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/backend.h"
#include "api/gate.h"
#include "api/problem.h"
#include "api/replies.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "define/yaml.h"

namespace holter::api {

/// A value, or the problem that is answered instead of it; other errors become problems by to_problem().
template <class T>
class [[nodiscard]] Answered : public std::expected<T, Problem> {
  using Base = std::expected<T, Problem>;

 public:
  using Base::Base;
  Answered(Problem problem) : Base(std::unexpect, std::move(problem)) {}    // NOLINT: implicit on purpose
  Answered(const Error& error) : Base(std::unexpect, to_problem(error)) {}  // NOLINT: implicit on purpose
};

/// One round that was run to try a monitor, of which nothing is kept.
struct TrialReport {
  model::State state = model::State::kUnknown;
  std::vector<SetResult> sets;  ///< one for each request that was made
  bool cut = false;             ///< there were more rows or requests than are shown
};

/// Which monitors, and what becomes of them.
struct BulkOrder {
  enum class Action : std::uint8_t { kPause, kResume, kDelete, kEdit };
  Action action{};
  ListQuery filter;            ///< text, state, app and labels count
  std::vector<MonitorId> ids;  ///< only these; empty: whatever the filter finds
  bool dry_run = false;        ///< nothing is changed; the report is what would come out
  // kEdit; what is not set stays.
  std::optional<std::chrono::milliseconds> interval;  ///< in the place of a cron schedule
  std::optional<model::Criticality> criticality;
  std::optional<std::string> folder;  ///< that they are moved to; "" is the root
  model::Labels set_labels;
  std::vector<std::string> remove_labels;
};
struct BulkReport {
  std::size_t matched = 0;   ///< that are changed here
  std::size_t changed = 0;   ///< of these, those that were not so already
  std::size_t in_files = 0;  ///< found, too, but they stand in files and stay as they are
};

struct ImportReport {
  static constexpr std::size_t kMostFaults = 100;
  struct Fault {
    std::size_t index = 0;  ///< in the array, from 0
    std::string name, parameter, detail;
  };
  std::size_t items = 0;
  std::size_t created = 0;  ///< all, or none
  std::size_t faulty = 0;
  std::vector<Fault> faults;                 ///< the first kMostFaults
  std::size_t without_secrets = 0;           ///< whose secrets are to be given yet
  std::vector<std::string> secrets_missing;  ///< the names of the first kMostFaults
};
/// A monitor as an import takes it.
struct OwnedFields {
  MonitorId id;
  define::YamlNode fields;
};

/// Monitors that users own: they live in the catalog, and every change is stored there before it is answered. One that
/// stands in a file is not to be changed here (409, naming the file).
///
/// `fields` is a map as in a file of monitors, with `description` (a text) and `annotations` (a map of texts) besides;
/// where a password stands, the map {set: true} means the one that is stored. Problems name the field at fault
/// ("params.port"). Methods run on the API's executor; after the deadline they end with 504.
class OwnedMonitors {
 public:
  using Version = std::optional<std::uint64_t>;  ///< that must be the present one (412 where it is not); none: any

  virtual ~OwnedMonitors() = default;
  virtual boost::asio::awaitable<Answered<MonitorDetail>> find(MonitorId id, Caller caller) = 0;
  /// 409 where the name is taken, 503 where no memory is left for one more.
  virtual boost::asio::awaitable<Answered<MonitorDetail>> create(define::YamlNode fields, Caller caller) = 0;
  /// What is not given takes its default.
  virtual boost::asio::awaitable<Answered<MonitorDetail>> replace(MonitorId id, Version version,
                                                                  define::YamlNode fields, Caller caller) = 0;
  /// What is not given stays; null takes away (RFC 7396).
  virtual boost::asio::awaitable<Answered<MonitorDetail>> patch(MonitorId id, Version version, define::YamlNode fields,
                                                                Caller caller) = 0;
  virtual boost::asio::awaitable<Answered<MonitorDetail>> set_paused(MonitorId id, Version version, bool paused,
                                                                     Caller caller) = 0;
  virtual boost::asio::awaitable<Answered<void>> remove(MonitorId id, Version version, Caller caller) = 0;
  /// A new one like it, but for what is given; without a name, "<name> (copy)".
  virtual boost::asio::awaitable<Answered<MonitorDetail>> clone(MonitorId id, define::YamlNode fields,
                                                                Caller caller) = 0;
  /// Runs one round now. 503 where as many run as may.
  virtual boost::asio::awaitable<Answered<TrialReport>> test(define::YamlNode fields, Caller caller) = 0;
  /// Would it be taken? The admission's answer; problems as of create().
  virtual boost::asio::awaitable<Answered<AdmissionAnswer>> check(define::YamlNode fields, Caller caller) = 0;
  /// Changes many, all or none. Ids that are no monitors: 404; that stand in files: 409; what else of files the filter
  /// finds is only counted.
  virtual boost::asio::awaitable<Answered<BulkReport>> bulk(BulkOrder order, Caller caller) = 0;
  /// The next monitor of an import; nothing at the end.
  using Next = std::function<Result<std::optional<define::YamlNode>>()>;
  /// Makes many, all or none: none where the report has faults. A secret that is only marked as set is empty.
  virtual boost::asio::awaitable<Answered<ImportReport>> import_all(Next next, Caller caller) = 0;
  /// Some monitors with ids above `after`, by id; none at the end. Secrets are only marked as set.
  virtual boost::asio::awaitable<Answered<std::vector<OwnedFields>>> read_page(MonitorId after, MonoTime deadline) = 0;
  /// Answers that were given under an Idempotency-Key.
  virtual Replies& replies() = 0;
};

}  // namespace holter::api
