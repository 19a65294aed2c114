#include "app/accounts.h"

#include <utility>

#include "base/log.h"
#include "catalog/audit.h"

namespace holter::app {
namespace {

using boost::asio::awaitable;

constexpr milliseconds kWriteEach = std::chrono::minutes(1), kPurgeEach = std::chrono::hours(1);
constexpr milliseconds kPatience = std::chrono::seconds(10);
constexpr std::size_t kMostAudit = 1'000'000;  // rows
constexpr std::size_t kPurgeAtOnce = 10'000;

}  // namespace

Accounts::Accounts(Parts parts)
    : parts_(std::move(parts)),
      hasher_({.account = &parts_.hashes, .cost = secrets::cost_for(parts_.budget)}),
      access_({parts_.catalog, hasher_, parts_.clock, parts_.account}),
      tasks_(parts_.control) {}

awaitable<Status> Accounts::start() {
  CO_TRY(auto local, LocalToken::make(parts_.config.data_dir));
  local_.emplace(std::move(local));
  auto anonymous = parts_.config.access.anonymous == "viewer" ? access::Role::kViewer : access::Role::kNone;
  gate_.emplace(access_, api::GateOptions{anonymous, local_->hash()});
  CO_TRY(setup_, co_await access_.setup.offer(parts_.clock.mono() + kPatience));
  auto now = parts_.clock.mono();
  next_write_ = now + kWriteEach;
  next_purge_ = now + kWriteEach;
  co_return Status();
}

void Accounts::look() {
  if (writing_ || !gate_ || parts_.clock.mono() < next_write_) return;
  writing_ = true;
  tasks_.spawn(write_down());
}

awaitable<void> Accounts::write_down() {
  struct Ended {
    bool& writing;
    ~Ended() { writing = false; }
  } ended{writing_};
  auto now = parts_.clock.mono();
  next_write_ = now + kWriteEach;
  auto deadline = now + kPatience;
  auto tell = [](const Status& done) {
    if (!done) log::warning("access", "{}", done.error().message());
  };
  tell(co_await access_.sessions.write_uses(deadline));
  tell(co_await access_.tokens.write_uses(deadline));
  if (now < next_purge_) co_return;
  next_purge_ = now + kPurgeEach;
  tell(co_await purge_audit());
}

awaitable<Status> Accounts::purge_audit() {
  auto oldest = parts_.clock.wall() - parts_.config.access.audit_retention;
  for (std::size_t deleted = kPurgeAtOnce; deleted == kPurgeAtOnce;) {
    auto work = [oldest](catalog::Transaction& transaction) {
      return catalog::purge_audit(transaction, oldest, kMostAudit, kPurgeAtOnce);
    };
    CO_TRY(deleted, co_await parts_.catalog.write<std::size_t>(
                        "access:audit", work, {"purge the audit log", parts_.clock.mono() + kPatience}));
  }
  co_return Status();
}

awaitable<void> Accounts::close() {
  co_await tasks_.close();
  if (!gate_) co_return;
  auto deadline = parts_.clock.mono() + std::chrono::milliseconds(500);
  (void)co_await access_.sessions.write_uses(deadline);  // at worst a session ends a few minutes earlier
  (void)co_await access_.tokens.write_uses(deadline);
}

}  // namespace holter::app
