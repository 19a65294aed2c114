#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "history/signal.h"
#include "runtime/shard.h"
#include "runtime/task_scope.h"

namespace holter::history {

/// Coroutines side by side, of which the first that ends decides. Unlike Asio's operator|| it also learns of one that
/// was dropped for want of memory, which ends without a word. Threads: the executor's. Lifetime: first() or close()
/// must have completed before destruction.
class Parts {
 public:
  explicit Parts(runtime::Executor executor) : tasks_(executor), over_(executor) {}

  /// Starts one soon; `what` names it in the error that an exception becomes. Throws std::bad_alloc: then it never
  /// runs.
  void add(boost::asio::awaitable<Status> work, std::string what);
  /// Waits for the first result, cancels the others and waits for their end. kResourceExhausted for a part that was
  /// dropped.
  boost::asio::awaitable<Status> first();
  /// Cancels all and waits for their end.
  boost::asio::awaitable<void> close() { return tasks_.close(); }

 private:
  /// A parameter of each part: goes with its frame, however that ends.
  class Last {
   public:
    explicit Last(Parts* parts) : parts_(parts) {}
    Last(Last&& other) noexcept : parts_(std::exchange(other.parts_, nullptr)) {}
    Last& operator=(Last&&) = delete;
    ~Last() {
      if (parts_ != nullptr) parts_->over_.tell();
      if (parts_ != nullptr) parts_->ended_ = true;
    }

   private:
    Parts* parts_;
  };
  boost::asio::awaitable<void> run(boost::asio::awaitable<Status> work, std::string what, Last last);

  runtime::TaskScope tasks_;
  Signal over_;
  bool ended_ = false;  ///< one of them
  std::optional<Status> result_;
};

}  // namespace holter::history
