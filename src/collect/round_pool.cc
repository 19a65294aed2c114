#include "collect/round_pool.h"

#include <new>
#include <utility>

namespace holter::collect {

Result<memory::Reservation> Attempt::reserve(std::size_t bytes) const {
  auto reserved = services_->answers.reserve(bytes);
  auto* reserve = reserve_account();
  return reserved || reserve == nullptr ? std::move(reserved) : reserve->reserve(bytes);
}

SetAttempt::SetAttempt(AttemptListener& listener, const Services& services, memory::Account& account, bool from_reserve)
    : paid_by_reserve(from_reserve), listener_(listener), account_(account) {
  static_assert(sizeof(SetAttempt) <= 512);
  services_ = &services;
}

void SetAttempt::begin(Round& of_round, SetPlan& of_plan) {
  begin(of_round, of_plan, *of_plan.probe, *of_plan.layout);
}

void SetAttempt::begin(FanOut& of_fan, std::size_t its_run, PerRow::Run&& made, memory::Reservation&& charged) {
  own_ = std::move(made);
  own_charged_ = std::move(charged);
  begin(*of_fan.round, *of_fan.plan, *own_.probe, *own_.layout);
  fan = &of_fan;
  run = its_run;
}

void SetAttempt::begin(Round& of_round, SetPlan& of_plan, Probe& of_probe, const Layout& of_layout) {
  ++uses;
  round = &of_round;
  plan = &of_plan;
  job = of_round.job;
  probe = &of_probe;
  layout = &of_layout;
  started_ = services_->clock.mono();
  deadline_ = started_ + probe->timeout();
  started_wall_ms = epoch_ms(services_->clock.wall());
  held_bytes_ = 0;
  critical_ = job->spec().criticality == model::Criticality::kCritical;
  table_.reset(layout->columns());
  table_.charge_to(account_, reserve_account());
  next = of_round.running;
  of_round.running = this;
}

RoundPool::~RoundPool() {
  while (newest_ != nullptr) destroy(*newest_);
  while (free_rounds_ != nullptr) delete std::exchange(free_rounds_, free_rounds_->next);
}

memory::Account* RoundPool::charge(std::size_t bytes, bool critical) {
  if (account_.try_reserve(bytes)) return &account_;
  if (critical && services_.critical != nullptr && services_.critical->try_reserve(bytes)) return services_.critical;
  return nullptr;
}

SetAttempt* RoundPool::make_attempt(bool critical) {
  auto* account = charge(SetAttempt::kBytes, critical);
  if (account == nullptr) return nullptr;
  auto* made = new (std::nothrow) SetAttempt(listener_, services_, account_, account != &account_);
  if (made == nullptr) {
    account->release(SetAttempt::kBytes);
    return nullptr;
  }
  made->older = newest_;
  if (newest_ != nullptr) newest_->newer = made;
  newest_ = made;
  ++size_;
  return made;
}

void RoundPool::destroy(SetAttempt& attempt) {
  if (attempt.newer != nullptr) attempt.newer->older = attempt.older;
  if (attempt.older != nullptr) attempt.older->newer = attempt.newer;
  if (newest_ == &attempt) newest_ = attempt.older;
  auto& account = attempt.paid_by_reserve ? *services_.critical : account_;
  delete &attempt;
  account.release(SetAttempt::kBytes);
  --size_;
}

void RoundPool::sweep() {
  while (spent_ != nullptr) {
    auto& attempt = *std::exchange(spent_, spent_->next);
    attempt.own_ = {};
    attempt.own_charged_.reset();
    attempt.table_.reset(0);
    give_back(attempt);
  }
}

SetAttempt* RoundPool::take_attempt(bool critical) {
  auto*& common = free_attempts_[0];
  auto*& head = common == nullptr && critical ? free_attempts_[1] : common;
  if (head == nullptr) return make_attempt(critical);
  auto* taken = head;
  head = std::exchange(taken->next, nullptr);
  return taken;
}

void RoundPool::give_back(SetAttempt& attempt) {
  attempt.job = nullptr;
  attempt.fan = nullptr;
  attempt.probe = nullptr;
  attempt.layout = nullptr;
  if (attempt.own_.probe) {
    attempt.next = std::exchange(spent_, &attempt);
    return;
  }
  attempt.next = std::exchange(free_attempts_[attempt.paid_by_reserve ? 1 : 0], &attempt);
}

Round* RoundPool::take_round(bool critical) {
  auto* attempt = take_attempt(critical);
  if (attempt == nullptr) return nullptr;
  give_back(*attempt);
  if (free_rounds_ == nullptr) return new (std::nothrow) Round();
  auto* round = free_rounds_;
  free_rounds_ = std::exchange(round->next, nullptr);
  return round;
}

void RoundPool::give_back(Round& round) {
  round = Round{};
  round.next = std::exchange(free_rounds_, &round);
}

void RoundPool::shrink() {
  sweep();
  for (auto*& head : free_attempts_)
    while (head != nullptr) destroy(*std::exchange(head, head->next));
  while (free_rounds_ != nullptr) delete std::exchange(free_rounds_, free_rounds_->next);
}

}  // namespace holter::collect
