#include "pipeline/pipeline.h"

#include <boost/asio/post.hpp>

namespace holter::pipeline {

Subscription::Subscription(std::string name, runtime::Executor executor, std::size_t limit_bytes)
    : name_(std::move(name)), executor_(executor), queue_(nullptr, limit_bytes, [this] {
        if (ready_) boost::asio::post(executor_, ready_);
      }) {}

void Subscription::push(const BatchPtr& batch) {
  auto& counter = queue_.push(batch, batch->bytes()) ? rows_ : dropped_rows_;
  counter.fetch_add(batch->rows(), std::memory_order_relaxed);
}

BatchPtr Subscription::pop() {
  return queue_.pop().value_or(nullptr);
}

Subscription::Stats Subscription::stats() const {
  auto queue = queue_.stats();
  return {name_,      queue.pushed, rows_.load(),     queue.dropped, dropped_rows_.load(),
          queue.size, queue.bytes,  queue.limit_bytes};
}

Subscription& Pipeline::subscribe(std::string name, runtime::Executor executor, std::size_t limit_bytes) {
  return subscriptions_.emplace_back(std::move(name), executor, limit_bytes);
}

void Pipeline::publish(const BatchPtr& batch) {
  for (auto& subscription : subscriptions_) subscription.push(batch);
}

std::vector<Subscription::Stats> Pipeline::stats() const {
  std::vector<Subscription::Stats> all;
  for (const auto& subscription : subscriptions_) all.push_back(subscription.stats());
  return all;
}

}  // namespace holter::pipeline
