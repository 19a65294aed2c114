#include "secrets/password_hasher.h"

#include <memory>

#include "base/check.h"
#include "secrets/password_policy.h"

namespace holter::secrets {
namespace {

/// A password that waits for its turn, with the bytes that it takes.
struct Waiting {
  SecretText password;
  memory::Reservation held;
};
constexpr std::size_t kWaitingBytes = 512;  // besides the password: the call in the pool's queue

}  // namespace

PasswordHasher::PasswordHasher(const Options& options)
    : account_(options.account),
      cost_(options.cost),
      dummy_(PasswordHash::dummy(options.cost)),
      pool_(1, options.max_waiting) {
  CHECK(account_ != nullptr && cost_.memory_kib >= PasswordHash::kLeast.memory_kib && cost_.passes >= 1);
}

template <class T>
boost::asio::awaitable<Result<T>> PasswordHasher::run(SecretText password,
                                                      std::function<Result<T>(std::string_view)> work,
                                                      MonoTime deadline, std::string what) {
  auto held = account_->reserve(kWaitingBytes + password.size());
  if (!held) {
    ++refused_;
    co_return std::move(held).error().with_context("cannot " + what);
  }
  // The pool copies its calls; what waits is wiped with the last copy.
  auto waiting = std::make_shared<Waiting>(std::move(password), std::move(*held));
  co_return co_await pool_.run<T>([waiting, work = std::move(work)] { return work(waiting->password.view()); },
                                  deadline, std::move(what));
}

boost::asio::awaitable<Result<std::string>> PasswordHasher::hash(SecretText password, std::string user,
                                                                 MonoTime deadline) {
  CO_TRY_OK(check_new_password(password.view(), user));
  auto work = [this](std::string_view text) -> Result<std::string> {
    TRY(auto held, charge(cost_));
    TRY(auto hash, PasswordHash::of(text, cost_));
    ++calculated_;
    return hash.text();
  };
  co_return co_await run<std::string>(std::move(password), work, deadline, "hash a password");
}

boost::asio::awaitable<Result<PasswordVerdict>> PasswordHasher::verify(std::optional<std::string> stored,
                                                                       SecretText password, MonoTime deadline) {
  if (password.size() > kMostPasswordBytes) co_return PasswordVerdict{};  // nobody has such a one
  auto work = [this, stored = std::move(stored)](std::string_view text) { return verify_now(stored, text); };
  co_return co_await run<PasswordVerdict>(std::move(password), std::move(work), deadline, "verify a password");
}

Result<memory::Reservation> PasswordHasher::charge(PasswordCost cost) {
  auto held = account_->reserve(cost.bytes());
  if (!held) ++refused_;
  return held;
}

Result<PasswordVerdict> PasswordHasher::verify_now(const std::optional<std::string>& stored,
                                                   std::string_view password) {
  // Whoever is unknown, or has a hash that cannot be read, costs what the others do.
  auto parsed = stored ? PasswordHash::parse(*stored) : Result<PasswordHash>(dummy_);
  const auto& hash = parsed ? *parsed : dummy_;
  TRY(auto held, charge(hash.cost()));
  TRY(bool matches, hash.matches(password));
  ++calculated_;
  if (!parsed) return std::move(parsed).error();
  matches = matches && stored.has_value();
  return PasswordVerdict{.matches = matches, .needs_rehash = matches && hash.cost() != cost_};
}

PasswordHasher::Stats PasswordHasher::stats() const {
  auto pool = pool_.stats();
  return {.calculated = calculated_.load(std::memory_order_relaxed),
          .refused = refused_.load(std::memory_order_relaxed) + pool.refused,
          .waiting = pool.waiting};
}

}  // namespace holter::secrets
