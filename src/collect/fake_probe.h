#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "collect/plugin.h"

namespace holter::collect {

/// A probe whose attempts end as the test says: at once, later by end(), or when they are cancelled. For tests.
class FakeProbe final : public Probe {
 public:
  enum class Behaviour { kAnswers, kFails, kWaits, kHangs };

  explicit FakeProbe(Behaviour behaviour, milliseconds timeout = milliseconds(200))
      : behaviour(behaviour), timeout_(timeout) {}

  void start(Attempt& attempt) override {
    ++started;
    running = &attempt;
    if (behaviour == Behaviour::kAnswers) end(model::ResultCode::kSuccess);
    if (behaviour == Behaviour::kFails) end(model::ResultCode::kFail);
  }
  /// A probe that waits lets go when it is cancelled; one that hangs does not, until the test calls end().
  void cancel(Attempt& attempt) override {
    ++cancelled;
    if (behaviour != Behaviour::kHangs) end(model::ResultCode::kUnreachable);
  }
  void end(model::ResultCode code) {
    auto* attempt = std::exchange(running, nullptr);
    if (attempt == nullptr) return;
    if (code == model::ResultCode::kSuccess && attempt->table().add_row() && attempt->table().columns() > 0)
      attempt->table().set(0, static_cast<double>(started));
    attempt->finish(code, code == model::ResultCode::kSuccess ? "" : "as the test said");
  }
  std::string_view target() const override { return "fake"; }
  milliseconds timeout() const override { return timeout_; }
  std::size_t bytes() const override { return sizeof(*this); }

  Behaviour behaviour;
  int started = 0, cancelled = 0;
  Attempt* running = nullptr;

 private:
  const milliseconds timeout_;
};

}  // namespace holter::collect
