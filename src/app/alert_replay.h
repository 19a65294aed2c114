#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>

#include "alert/round_view.h"
#include "alert/rule.h"
#include "app/fleet.h"
#include "base/clock.h"
#include "base/result.h"
#include "history/history.h"
#include "latest/latest.h"

namespace holter::app {

struct ReplayParts {
  const Fleet& fleet;
  const latest::Latest& latest;
  history::Client& history;
  const Clock& clock;
};

/// What history has of the monitors that a rule is about, as results in the order of time: numbers of the rule's set,
/// the mean of each step. Texts and failed rounds are not in it. `visit` is called within the call. False when there
/// are more monitors than kMostReplayed. Errors: those of history; kInvalidArgument for a rule without a set.
boost::asio::awaitable<Result<bool>> replay(ReplayParts parts, const alert::Rule& rule, std::int64_t from_ms,
                                            std::int64_t to_ms, std::function<void(const alert::RoundView&)> visit);
constexpr std::size_t kMostReplayed = 20;

}  // namespace holter::app
