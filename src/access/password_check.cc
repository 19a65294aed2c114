#include "access/password_check.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/log.h"
#include "base/utf8.h"
#include "catalog/accounts.h"
#include "catalog/sessions.h"
#include "runtime/deadline.h"
#include "secrets/primitives.h"

namespace holter::access {
namespace {

constexpr std::uint32_t kFreeFailures = 5;
constexpr seconds kUndoTime{2};         // the caller's deadline may have passed
constexpr std::size_t kMostName = 256;  // no account has a longer one

/// Failures in a row and until when the name is locked. Without a lock: until the time of the last failure.
struct Failures {
  std::uint32_t count = 0;
  WallTime locked_until{};
  friend bool operator==(const Failures&, const Failures&) = default;
};

/// What the catalog has of a name.
struct Found {
  std::optional<catalog::Account> account;
  Failures failures;
};

/// One attempt, counted as if it failed.
struct Counted {
  seconds wait{0};                  ///< not 0: locked, and not counted
  std::optional<std::string> hash;  ///< to check against
  Failures before, after;
};

/// Whether an account may have that name, so that a database can be asked for it.
bool may_be_a_name(std::string_view name) {
  std::string scratch;
  return !name.empty() && name.size() <= kMostName && name.find('\0') == std::string_view::npos &&
         as_utf8(name, scratch).data() == name.data();
}

/// Stands for a name that no account has: who types a password into the wrong field does not find it in the catalog.
std::string key_of(std::string_view name) {
  std::array<std::uint8_t, 32> hash;
  secrets::blake2b("holter name 1", secrets::as_bytes(name), hash);
  return secrets::to_hex(hash);
}

Result<Found> find(catalog::Database& database, const std::string& name) {
  Found found;
  if (may_be_a_name(name)) {
    auto account = catalog::find_account(database, name);
    if (!account && account.error().code() != ErrorCode::kNotFound) return std::move(account).error();
    if (account) {
      found.failures = {account->failed_logins, account->locked_until};
      found.account = std::move(*account);
      return found;
    }
  }
  auto unknown = catalog::find_unknown_login(database, key_of(name));
  if (!unknown && unknown.error().code() != ErrorCode::kNotFound) return std::move(unknown).error();
  if (unknown) found.failures = {unknown->failed, unknown->locked_until};
  return found;
}

Status store(catalog::Transaction& transaction, const Found& found, const std::string& name, const Failures& failures) {
  if (found.account) return set_failed_logins(transaction, name, failures.count, failures.locked_until);
  return set_unknown_login(transaction, {key_of(name), failures.count, failures.locked_until},
                           transaction.now() - kFailuresKept);
}

/// How long the lock lasts yet. One that lasts longer than any does is from before the clock was set back.
seconds wait_for(const Failures& failures, WallTime now) {
  if (failures.locked_until <= now || failures.locked_until - now > kLongestLock) return seconds(0);
  return std::chrono::ceil<seconds>(failures.locked_until - now);
}

Result<Counted> count(catalog::Transaction& transaction, const std::string& name) {
  TRY(auto found, find(transaction.database(), name));
  Counted counted;
  counted.before = found.failures;
  auto now = transaction.now();
  counted.wait = wait_for(found.failures, now);
  if (counted.wait > seconds(0)) return counted;
  auto failures = now - found.failures.locked_until > kFailuresKept ? 0 : found.failures.count;
  counted.after.count = std::min<std::uint32_t>(failures, 1'000'000) + 1;
  counted.after.locked_until = now + lock_after(counted.after.count);
  TRY_OK(store(transaction, found, name, counted.after));
  if (found.account && !found.account->disabled && !found.account->password_hash.empty())
    counted.hash = std::move(found.account->password_hash);
  return counted;
}

/// For an attempt that was never decided. Others may have come in between; then theirs counts.
Status uncount(catalog::Transaction& transaction, const std::string& name, const Counted& counted) {
  TRY(auto found, find(transaction.database(), name));
  if (found.failures != counted.after) return {};
  return store(transaction, found, name, counted.before);
}

}  // namespace

seconds lock_after(std::uint32_t failures) {
  if (failures < kFreeFailures) return seconds(0);
  return std::min(kLongestLock, seconds(1LL << std::min<std::uint32_t>(failures - kFreeFailures, 20)));
}

boost::asio::awaitable<Result<PasswordVerdict>> PasswordCheck::check(std::string name, secrets::SecretText password,
                                                                     MonoTime deadline) {
  auto counting = [name](catalog::Transaction& transaction) { return count(transaction, name); };
  CO_TRY(auto counted, co_await parts_.catalog.write<Counted>("access:login", counting, {"count a login", deadline}));
  PasswordVerdict verdict;
  if (counted.wait > seconds(0)) {
    verdict.kind = PasswordVerdict::Kind::kLocked;
    verdict.wait = counted.wait;
    co_return verdict;
  }
  secrets::SecretText again(password.view());  // for a hash of another cost
  auto matched = co_await parts_.hasher.verify(counted.hash, std::move(password), deadline);
  if (!matched && matched.error().code() == ErrorCode::kCorruption) {
    log::error("access", "the stored password of '{}' cannot be read; it needs a new one", name);
    co_return verdict;
  }
  if (!matched) {
    auto undo = [name, counted](catalog::Transaction& transaction) { return uncount(transaction, name, counted); };
    // Where this fails the failure stays counted: the safe side. Who was cancelled may not wait any more.
    if (matched.error().code() != ErrorCode::kCancelled)
      (void)co_await parts_.catalog.write<void>("access:login", undo,
                                                {"take back a login", runtime::deadline_in(kUndoTime)});
    co_return std::move(matched).error();
  }
  if (!matched->matches) {
    if (counted.hash && lock_after(counted.after.count) > seconds(0))
      log::warning("access", "'{}' is locked for {} s after {} logins that failed", name,
                   lock_after(counted.after.count).count(), counted.after.count);
    co_return verdict;
  }
  verdict.kind = PasswordVerdict::Kind::kRight;
  verdict.verified = *counted.hash;
  if (matched->needs_rehash)  // not worth a failed login: the next one tries again
    if (auto rehashed = co_await parts_.hasher.hash(std::move(again), name, deadline)) verdict.rehashed = *rehashed;
  co_return verdict;
}

boost::asio::awaitable<Status> PasswordCheck::forgive(std::string name, PasswordVerdict verdict, MonoTime deadline) {
  auto work = [name, verdict](catalog::Transaction& transaction) -> Status {
    TRY_OK(passed(transaction, name, verdict));
    return {};
  };
  co_return co_await parts_.catalog.write<void>("access:login", work, {"take back failed logins", deadline});
}

Result<catalog::Account> PasswordCheck::passed(catalog::Transaction& transaction, const std::string& name,
                                               const PasswordVerdict& verdict) {
  auto account = catalog::find_account(transaction.database(), name);
  if (!account && account.error().code() != ErrorCode::kNotFound) return account;
  if (!account || account->disabled || account->password_hash != verdict.verified)
    return Error(ErrorCode::kConflict, "cannot use this password: the account was changed meanwhile; try again");
  TRY_OK(catalog::set_failed_logins(transaction, name, 0, WallTime()));
  account->failed_logins = 0;
  account->locked_until = WallTime();
  if (!verdict.rehashed.empty()) {
    TRY_OK(catalog::replace_password_hash(transaction, name, verdict.verified, verdict.rehashed));
    account->password_hash = verdict.rehashed;
  }
  return account;
}

}  // namespace holter::access
