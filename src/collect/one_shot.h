#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collect/attempt.h"
#include "collect/plugin.h"

namespace holter::collect {

/// One attempt outside of any schedule, with its steps noted: for `holter probe`. Threads: the shard's. Lifetime: until
/// `done` was called.
class OneShot final : public Attempt {
 public:
  OneShot(const Services& services, std::size_t columns, memory::Account& account);

  /// Runs the probe; `done` is called once, at the latest soon after the probe's timeout.
  void run(Probe& probe, std::function<void()> done);
  void finish(model::ResultCode code, std::string_view message) override;

  model::ResultCode code() const { return code_; }
  const std::string& message() const { return message_; }
  nanoseconds duration() const { return duration_; }
  const std::vector<Step>& steps() const { return noted_; }

 private:
  std::function<void()> done_;
  std::vector<Step> noted_;
  model::ResultCode code_ = model::ResultCode::kFail;
  std::string message_;
  nanoseconds duration_{};
};

}  // namespace holter::collect
