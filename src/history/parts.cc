#include "history/parts.h"

#include <utility>

#include "runtime/deadline.h"

namespace holter::history {

namespace asio = boost::asio;

void Parts::add(asio::awaitable<Status> work, std::string what) {
  tasks_.spawn(run(std::move(work), std::move(what), Last(this)));
}

asio::awaitable<void> Parts::run(asio::awaitable<Status> work, std::string what, Last last) {
  auto status = co_await runtime::guarded(std::move(work), std::move(what));
  if (!result_) result_ = std::move(status);
}

asio::awaitable<Status> Parts::first() {
  while (!ended_) co_await over_.wait();
  co_await tasks_.close();
  if (result_) co_return std::move(*result_);
  co_return Error(ErrorCode::kResourceExhausted, "no memory");
}

}  // namespace holter::history
