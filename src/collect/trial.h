#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "collect/expand.h"
#include "collect/layout.h"
#include "collect/one_shot.h"
#include "collect/plugin.h"
#include "model/definition.h"

namespace holter::collect {

/// What one request of a trial brought.
struct TrialResult {
  const model::SetDef& set;
  std::size_t number = 0;                ///< of the set's sub-requests, from 1; 0: it has none
  const Probe* probe = nullptr;          ///< null: it could not be made, and `outcome` says why
  std::shared_ptr<const Layout> layout;  ///< null like the probe
  const OneShot* shot = nullptr;         ///< null like the probe
  Outcome outcome;
};

/// One round of a monitor outside of any schedule, request by request in order of priority, with what happens noted:
/// for `holter probe`, for the test cases of definitions, and to try a monitor before it is saved.
///
/// Threads: the services' executor.
class Trial {
 public:
  struct Options {
    std::string only_set;         ///< and what it refers to; empty: all
    bool deciding_only = false;   ///< only sets of priority 0
    bool traced = true;           ///< steps and answers are kept, up to 8 MiB of each
    milliseconds limit{120'000};  ///< what has not begun by then is not asked any more
    /// The recorded answer for a request instead of asking; nullopt: none was recorded, and the set is left out.
    std::function<std::optional<std::string>(const model::SetDef& set, std::size_t number)> replay;
  };
  /// `app` and `sets` (with parameters filled in) must outlive the trial.
  Trial(Options options, const Services& services, memory::Account& account, std::string_view app,
        std::span<const model::ResolvedSet> sets)
      : options_(std::move(options)),
        services_(services),
        account_(account),
        app_(app),
        sets_(sets),
        scratch_(account),
        found_(account) {}

  enum class Verdict : std::uint8_t {
    kUp,
    kDown,       ///< a set of priority 0 failed; what comes behind it was not asked
    kUndecided,  ///< no set of priority 0 was asked, or not for the target's fault
  };
  /// Calls `seen` after each request. Throws nothing but std::bad_alloc, and operation_aborted when it is cancelled:
  /// the probe that runs is, too, and its end awaited.
  boost::asio::awaitable<Verdict> run(std::function<void(const TrialResult&)> seen);

 private:
  using Seen = std::function<void(const TrialResult&)>;
  /// A set as it is, or once for each row that it refers to.
  boost::asio::awaitable<Outcome> run_set(const model::ResolvedSet& set, const Seen& seen);
  boost::asio::awaitable<Outcome> run_one(const model::ResolvedSet& set, std::size_t number, const Seen& seen);
  void keep_rows(const TrialResult& result);
  bool recorded(const model::SetDef& set, std::size_t number) const;
  void choose();
  bool wanted(const model::SetDef& set) const;

  const Options options_;
  const Services& services_;
  memory::Account& account_;
  const std::string_view app_;
  const std::span<const model::ResolvedSet> sets_;
  std::vector<const model::SetDef*> wanted_;
  Layout::Scratch scratch_;
  Environment found_;  ///< rows that later sets refer to
};

}  // namespace holter::collect
