#pragma once

#include <functional>
#include <string>
#include <vector>

#include "collect/attempt.h"
#include "collect/layout.h"
#include "collect/plugin.h"

namespace holter::collect {

/// One attempt outside of any schedule, with what happens noted: for `holter probe`. Threads: the shard's. Lifetime:
/// until `done` was called.
class OneShot final : public Attempt {
 public:
  /// Without `traced`, trace() stays empty: an answer that nobody looks at is not kept.
  OneShot(const Services& services, std::size_t columns, memory::Account& account, bool traced = true);

  /// Runs the probe; `done` is called once, at the latest soon after the probe's timeout.
  void run(Probe& probe, std::function<void()> done);
  /// Reads a recorded answer instead.
  void replay(Probe& probe, std::string_view answer);
  void publish_part(std::string_view set, const Layout& layout) override;
  void finish(model::ResultCode code, std::string_view message) override;

  /// A result of its own that the probe published.
  struct Part {
    std::string set;
    Layout layout;
    RawTable table;
  };

  model::ResultCode code() const { return code_; }
  const std::string& message() const { return message_; }
  nanoseconds duration() const { return duration_; }
  const Trace& trace() const { return noted_; }
  const std::vector<Part>& parts() const { return parts_; }

 private:
  std::function<void()> done_;
  Trace noted_;
  std::vector<Part> parts_;
  memory::Account& account_;
  model::ResultCode code_ = model::ResultCode::kFail;
  std::string message_;
  nanoseconds duration_{};
};

}  // namespace holter::collect
