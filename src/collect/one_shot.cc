#include "collect/one_shot.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>

namespace holter::collect {

OneShot::OneShot(const Services& services, std::size_t columns, memory::Account& account, bool traced)
    : account_(account) {
  services_ = &services;
  trace_ = traced ? &noted_ : nullptr;
  table_.charge_to(account);
  table_.reset(columns);
}

void OneShot::run(Probe& probe, std::function<void()> done) {
  // The timer outlives this object when the probe ends first; cancelling it is then its end.
  auto timer = std::make_shared<boost::asio::steady_timer>(services_->executor);
  done_ = [timer, done = std::move(done)] {
    timer->cancel();
    done();
  };
  started_ = services_->clock.mono();
  deadline_ = started_ + probe.timeout();
  timer->expires_at(deadline_ + probe.grace());
  timer->async_wait([this, timer, &probe](boost::system::error_code failure) {
    if (!failure && done_) probe.cancel(*this);
  });
  probe.start(*this);
}

void OneShot::replay(Probe& probe, std::string_view answer) {
  started_ = services_->clock.mono();
  deadline_ = started_ + probe.timeout();
  done_ = [] {};
  auto outcome = probe.replay(*this, answer);
  finish(outcome.code, outcome.message);
}

void OneShot::publish_part(std::string_view set, const Layout& layout) {
  parts_.push_back({std::string(set), layout, std::move(table_)});
  table_ = RawTable();
  table_.charge_to(account_);
  table_.reset(layout.columns());
}

void OneShot::finish(model::ResultCode code, std::string_view message) {
  code_ = code;
  message_ = message;
  duration_ = services_->clock.mono() - started_;
  std::exchange(done_, nullptr)();
}

}  // namespace holter::collect
