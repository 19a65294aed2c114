#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

#include "api/backend.h"
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

/// Monitors that users own: they live in the catalog, and every change is stored there before it is answered. One that
/// stands in a file is not to be changed here (409, naming the file).
///
/// `fields` is a map as in a file of monitors, with `description` (a text) and `annotations` (a map of texts) besides;
/// where a password stands, the map {set: true} means the one that is stored. Problems name the field at fault
/// ("params.port"). Methods run on the API's executor; after `deadline` they end with 504.
class OwnedMonitors {
 public:
  using Version = std::optional<std::uint64_t>;  ///< that must be the present one (412 where it is not); none: any

  virtual ~OwnedMonitors() = default;
  virtual boost::asio::awaitable<Answered<MonitorDetail>> find(MonitorId id, MonoTime deadline) = 0;
  /// 409 where the name is taken, 503 where no memory is left for one more.
  virtual boost::asio::awaitable<Answered<MonitorDetail>> create(define::YamlNode fields, MonoTime deadline) = 0;
  /// What is not given takes its default.
  virtual boost::asio::awaitable<Answered<MonitorDetail>> replace(MonitorId id, Version version,
                                                                  define::YamlNode fields, MonoTime deadline) = 0;
  /// What is not given stays; null takes away (RFC 7396).
  virtual boost::asio::awaitable<Answered<MonitorDetail>> patch(MonitorId id, Version version, define::YamlNode fields,
                                                                MonoTime deadline) = 0;
  virtual boost::asio::awaitable<Answered<MonitorDetail>> set_paused(MonitorId id, Version version, bool paused,
                                                                     MonoTime deadline) = 0;
  virtual boost::asio::awaitable<Answered<void>> remove(MonitorId id, Version version, MonoTime deadline) = 0;
  /// A new one like it, but for what is given; without a name, "<name> (copy)".
  virtual boost::asio::awaitable<Answered<MonitorDetail>> clone(MonitorId id, define::YamlNode fields,
                                                                MonoTime deadline) = 0;
  /// Runs one round now. 503 where as many run as may.
  virtual boost::asio::awaitable<Answered<TrialReport>> test(define::YamlNode fields, MonoTime deadline) = 0;
  /// Would it be taken? The admission's answer; problems as of create().
  virtual boost::asio::awaitable<Answered<AdmissionAnswer>> check(define::YamlNode fields, MonoTime deadline) = 0;
  /// Answers that were given under an Idempotency-Key.
  virtual Replies& replies() = 0;
};

}  // namespace holter::api
