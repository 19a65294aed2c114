#include "memory/account.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::memory {
namespace {

std::size_t round_up(std::size_t bytes, std::size_t step) {
  return (bytes + step - 1) / step * step;
}

}  // namespace

bool Reservation::resize(std::size_t bytes) {
  CHECK(account_ != nullptr || bytes == 0);
  if (bytes > bytes_ && !account_->try_reserve(bytes - bytes_)) return false;
  if (bytes < bytes_) account_->release(bytes_ - bytes);
  bytes_ = bytes;
  return true;
}

void Reservation::reset() {
  if (account_ != nullptr && bytes_ > 0) account_->release(bytes_);
  bytes_ = 0;
}

Account::Account(std::string name, Account* parent, std::size_t limit)
    : name_(std::move(name)), parent_(parent), limit_(std::min(limit, kMost)) {
  if (parent == nullptr) granted_.store(kMost);
}

Account::~Account() {
  children_.clear();
  CHECK(used_.load() == 0);  // a reservation outlived its account
  if (parent_ != nullptr) parent_->release(granted_.load());
}

bool Account::try_reserve(std::size_t bytes, const Account* requester) {
  auto sum = take(bytes);
  // Siblings may hold chunks that they do not use.
  if (sum == kNoRoom && bytes <= limit() && trim_children(requester)) sum = take(bytes);
  if (sum == kNoRoom) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (requester == nullptr) raise_peak(sum);
  return true;
}

std::size_t Account::take(std::size_t bytes) {
  if (bytes > limit()) return kNoRoom;  // before the addition, which must not wrap
  // Sequentially consistent with shrink(): either this sees the smaller grant, or shrink() sees these bytes.
  auto wanted = used_.fetch_add(bytes) + bytes;
  if (wanted > limit() || (wanted > granted_.load() && !grow(wanted))) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    return kNoRoom;
  }
  return wanted;
}

std::size_t Account::take_some(std::size_t bytes, const Account* requester) {
  CHECK(parent_ == nullptr);
  (void)trim_children(requester);  // having nothing to take back is fine
  auto used = used_.load();
  for (;;) {
    auto some = std::min(bytes, limit() - std::min(used, limit()));
    if (some == 0 || used_.compare_exchange_weak(used, used + some)) return some;
  }
}

void Account::give_back(std::size_t before, std::size_t bytes) {
  CHECK(before >= bytes);
  if (parent_ == nullptr || granted_.load(std::memory_order_relaxed) <= floor()) return;
  std::unique_lock lock(grant_mutex_);
  auto freed = shrink(kChunk);  // one spare: a load which swings around a chunk's border must not ask each time
  lock.unlock();
  if (freed > 0) parent_->release(freed);
}

bool Account::grow(std::size_t wanted) {
  std::scoped_lock lock(grant_mutex_);
  auto granted = granted_.load(std::memory_order_relaxed);
  if (wanted <= granted) return true;
  auto more = round_up(wanted - granted, kChunk);
  if (parent_->take(more) == kNoRoom) {
    more = wanted - granted;  // near the limit a whole chunk may be too much; only this request's refusal counts
    if (!parent_->try_reserve(more, this)) return false;
  }
  granted_.store(granted + more);
  return true;
}

std::size_t Account::shrink(std::size_t spare) {
  auto granted = granted_.load(std::memory_order_relaxed);
  auto keep = used_.load(std::memory_order_relaxed) + spare;
  if (spare != 0) keep = round_up(keep, kChunk);
  keep = std::max(keep, floor());
  if (keep >= granted) return 0;
  granted_.store(keep);
  // A reservation that read the old grant may have slipped in: take back what it needs before the parent gets the rest.
  if (auto now = used_.load(); now > keep) {
    keep = std::min(granted, now);
    granted_.store(keep);
  }
  return granted - keep;
}

bool Account::trim_children(const Account* except) {
  // No lock is waited for here: the caller may hold the grant lock of `except`, and those above it that of theirs.
  std::unique_lock children(children_mutex_, std::try_to_lock);
  if (!children) return false;
  std::size_t freed = 0;
  for (auto& c : children_) {
    if (c.get() == except) continue;
    c->trim_children(nullptr);
    std::unique_lock grant(c->grant_mutex_, std::try_to_lock);
    if (grant) freed += c->shrink(0);
  }
  // Not release(), which would wait for the grant lock of this account; the caller trims it next, or is its owner.
  used_.fetch_sub(freed);
  return freed > 0;
}

Status Account::set_floor(std::size_t bytes) {
  CHECK(parent_ != nullptr);
  if (bytes > limit())
    return Error(ErrorCode::kInvalidArgument, fmt::format("cannot guarantee {} of memory to {}: its limit is {}",
                                                          format_size(bytes), name_, format_size(limit())));
  std::unique_lock lock(grant_mutex_);
  auto granted = granted_.load(std::memory_order_relaxed);
  if (bytes > granted) {
    if (!parent_->try_reserve(bytes - granted, this))
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("cannot guarantee {} of memory to {}: {} of {} are taken in {}", format_size(bytes),
                               name_, format_size(parent_->used()), format_size(parent_->limit()), parent_->name_));
    granted_.store(bytes);
  }
  floor_.store(bytes, std::memory_order_relaxed);
  auto freed = shrink(0);
  lock.unlock();
  if (freed > 0) parent_->release(freed);
  return {};
}

std::size_t Account::set_floor_up_to(std::size_t bytes) {
  CHECK(parent_ != nullptr);
  std::unique_lock lock(grant_mutex_);
  auto granted = granted_.load(std::memory_order_relaxed);
  if (bytes > granted) {
    granted += parent_->take_some(bytes - granted, this);
    granted_.store(granted);
  }
  bytes = std::min(bytes, granted);
  floor_.store(bytes, std::memory_order_relaxed);
  auto freed = shrink(0);
  lock.unlock();
  if (freed > 0) parent_->release(freed);
  return bytes;
}

Result<Reservation> Account::reserve(std::size_t bytes) {
  if (try_reserve(bytes)) return Reservation(this, bytes);
  return refusal(bytes);
}

Error Account::refusal(std::size_t bytes) const {
  return {ErrorCode::kResourceExhausted,
          fmt::format("cannot reserve {} of memory for {}: {} of {} are in use", format_size(bytes), name_,
                      format_size(used()), format_size(limit()))};
}

Account& Account::child(std::string_view name, std::size_t limit) {
  std::scoped_lock lock(children_mutex_);
  for (auto& c : children_) {
    if (c->name_.substr(name_.size() + 1) != name) continue;
    if (limit != 0) c->set_limit(limit);
    return *c;
  }
  auto cap = limit != 0 ? limit : kMost;
  children_.push_back(std::make_unique<Account>(fmt::format("{}/{}", name_, name), this, cap));
  return *children_.back();
}

std::size_t Account::held() const {
  std::scoped_lock lock(children_mutex_);
  auto held = used();
  // Each part holds less than it has taken. Others go on meanwhile, so a sum may be a moment off, but not below zero.
  for (const auto& c : children_) {
    auto theirs = c->held();
    auto granted = std::max(c->granted_.load(std::memory_order_relaxed), theirs);
    held -= std::min(held, granted - theirs);
  }
  if (!children_.empty()) raise_peak(held);
  return held;
}

std::size_t Account::collect(std::vector<AccountInfo>& out) const {
  auto cap = limit();
  for (const Account* a = parent_; a != nullptr; a = a->parent_) cap = std::min(cap, a->limit());
  auto at = out.size();
  out.push_back(
      {.name = name_, .limit = cap, .reserved = floor(), .refused = refused_.load(std::memory_order_relaxed)});
  std::scoped_lock lock(children_mutex_);
  auto held = used();
  for (const auto& c : children_) {
    auto theirs = c->collect(out);
    auto granted = std::max(c->granted_.load(std::memory_order_relaxed), theirs);
    held -= std::min(held, granted - theirs);
  }
  if (!children_.empty()) raise_peak(held);
  out[at].used = held;
  out[at].peak = peak();
  return held;
}

Account& Budget::account(std::string_view path) {
  Account* at = &root_;
  while (!path.empty()) {
    auto name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    at = &at->child(name);
  }
  return *at;
}

/// Bytes that neither anybody holds nor a floor claims. Under the root's lock of children.
std::size_t Budget::unclaimed() const {
  std::size_t granted = 0, claimed = 0;
  for (const auto& c : root_.children_) {
    granted += c->granted_.load(std::memory_order_relaxed);
    claimed += std::max(c->held(), c->floor());
  }
  auto taken = root_.used();
  claimed += taken - std::min(taken, granted);  // reservations at the root itself
  return limit() - std::min(limit(), claimed);
}

/// What `part`, which holds `held`, could still get when so much is unclaimed.
std::size_t Budget::more_for(const Account& part, std::size_t held, std::size_t unclaimed) {
  auto own = std::max(held, part.floor()) - held;
  return std::min(part.limit() - std::min(part.limit(), held), own + unclaimed);
}

double Budget::fullness(std::string* fullest) const {
  if (fullest != nullptr) fullest->clear();
  std::scoped_lock lock(root_.children_mutex_);
  auto left = unclaimed();
  double most = 0;
  for (const auto& c : root_.children_) {
    if (!c->watched_.load(std::memory_order_relaxed) || c->limit() == 0) continue;
    auto held = c->held();
    auto more = more_for(*c, held, left);
    auto full = held + more == 0 ? 1.0 : static_cast<double>(held) / static_cast<double>(held + more);
    if (full <= most) continue;
    most = full;
    if (fullest != nullptr) *fullest = c->name();
  }
  return most;
}

std::size_t Budget::could_get(const Account& part) const {
  std::scoped_lock lock(root_.children_mutex_);
  return more_for(part, part.held(), unclaimed());
}

std::vector<AccountInfo> Budget::snapshot() const {
  std::vector<AccountInfo> out;
  root_.collect(out);
  return out;
}

}  // namespace holter::memory
