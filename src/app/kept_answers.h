#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/owned_monitors.h"
#include "base/clock.h"
#include "runtime/deadline.h"

namespace holter::app {

/// Answers that many ask for, kept for a short time: of those who ask for the same at once, one works it out and the
/// others wait for it. A problem is kept by nobody.
///
/// It is bounded by whoever makes the values: keys are those of values that were made, and old ones go with the next
/// that comes; what a value holds is on an account of its own. Threads: one executor's. Lifetime: outlives the calls.
template <class T>
class KeptAnswers {
 public:
  using Value = std::shared_ptr<const T>;
  using Answer = boost::asio::awaitable<api::Answered<Value>>;

  KeptAnswers(milliseconds fresh, const Clock& clock) : fresh_(fresh), clock_(clock) {}

  /// Null where there is none that is fresh.
  Value find(std::string_view key) const {
    auto found = kept_.find(key);
    return found != kept_.end() && clock_.mono() - found->second.made < fresh_ ? found->second.value : nullptr;
  }
  /// The fresh one, or what `make` makes of it. 504 at the deadline.
  Answer get(std::string key, MonoTime deadline, std::function<Answer()> make) {
    for (;;) {
      if (auto value = find(key)) co_return value;
      auto running = running_.find(key);
      if (running == running_.end()) break;
      if (runtime::has_passed(deadline)) co_return api::Problem{504, "cannot answer: no answer in time", "", 0};
      auto executor = co_await boost::asio::this_coro::executor;
      running = running_.find(key);  // it may have ended meanwhile
      if (running == running_.end()) continue;
      auto timer = std::make_shared<boost::asio::steady_timer>(executor, deadline);
      running->second.push_back(timer);
      boost::system::error_code woken;
      co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    running_.try_emplace(key);
    Run run{this, key};
    auto changes = changes_;
    auto made = co_await make();
    if (made && changes == changes_) keep(key, *made);
    co_return made;
  }
  /// Something has changed: nothing that was made before is kept.
  void forget() {
    ++changes_;
    kept_.clear();
  }
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    Value value;
    MonoTime made;
  };
  /// Whoever waits goes on when this one has ended, however it did.
  struct Run {
    KeptAnswers* of;
    const std::string& key;
    ~Run() {
      auto found = of->running_.find(key);
      for (const auto& timer : found->second) timer->cancel();
      of->running_.erase(found);
    }
  };
  void keep(const std::string& key, const Value& value) {
    auto now = clock_.mono();
    std::erase_if(kept_, [&](const auto& entry) { return now - entry.second.made >= fresh_; });
    kept_.insert_or_assign(key, Kept{value, now});
  }

  const milliseconds fresh_;
  const Clock& clock_;
  std::map<std::string, Kept, std::less<>> kept_;
  std::map<std::string, std::vector<std::shared_ptr<boost::asio::steady_timer>>, std::less<>> running_;
  std::uint64_t changes_ = 0;
};

}  // namespace holter::app
