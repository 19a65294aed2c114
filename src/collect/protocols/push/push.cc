#include <charconv>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "base/units.h"
#include "collect/block.h"
#include "collect/coro_probe.h"
#include "collect/exporter_publish.h"
#include "collect/pushes.h"

namespace holter::collect {
namespace {

constexpr milliseconds kTimeout{5'000};
constexpr milliseconds kDefaultAge = std::chrono::minutes(5);

/// Reads what a job has pushed since. It asks nobody: a job that has not been heard of for too long is down.
class PushProbe final : public CoroProbe {
 public:
  PushProbe(std::string job, milliseconds most_age) : job_(std::move(job)), most_age_(most_age) {}

  std::string_view target() const override { return job_; }
  milliseconds timeout() const override { return kTimeout; }
  std::size_t bytes() const override { return sizeof(*this) + job_.capacity(); }

  Outcome replay(Attempt& attempt, std::string_view answer) override {
    net::HttpResponse response;
    response.body = answer;
    return exporter::publish_metrics(attempt, response, {});
  }

 private:
  boost::asio::awaitable<Outcome> run(Attempt& attempt) override { co_return read(attempt); }

  Outcome read(Attempt& attempt) const {
    const auto* pushes = attempt.services().pushes;
    if (pushes == nullptr)
      return {model::ResultCode::kFail, "cannot read pushes: only a running server takes them"};
    auto push = pushes->newest(job_);
    if (!push)
      return {model::ResultCode::kTimeout,
              fmt::format("the job '{}' has pushed nothing yet: send to /api/push/prometheus/job/{}", excerpt(job_),
                          excerpt(job_))};
    auto age = std::chrono::duration_cast<milliseconds>(attempt.services().clock.mono() - push->received);
    if (age > most_age_)
      return {model::ResultCode::kTimeout, fmt::format("the job '{}' has pushed nothing for {} (maxAge {})",
                                                       excerpt(job_), format_duration(age), format_duration(most_age_))};
    net::HttpResponse response;
    auto held = attempt.services().answers.reserve(push->text->size());
    if (!held) return {model::ResultCode::kFail, held.error().message()};
    response.body = *push->text;
    response.reserved = std::move(*held);
    if (push->openmetrics) response.headers.emplace_back("Content-Type", "application/openmetrics-text");
    return exporter::publish_metrics(attempt, response, {});
  }

  const std::string job_;
  const milliseconds most_age_;
};

Result<std::unique_ptr<Probe>> compile(const ProbeConfig& config) {
  std::string job(config.block.text_or("job"));
  if (job.empty() || job.size() > Pushes::kLongestJob)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the job '{}': 1 to {} bytes are needed", excerpt(job), Pushes::kLongestJob));
  auto age = kDefaultAge;
  if (auto text = config.block.text_or("maxAge"); !text.empty()) {
    TRY(age, parse_duration(std::string(text)));
  }
  return std::make_unique<PushProbe>(std::move(job), age);
}

constexpr KeyInfo kKeys[] = {{"job", true, "as in the path that is pushed to, labels included: backup/instance/db1"},
                             {"maxAge", false, "how old a push may be, e.g. 10m; default 5m"}};

}  // namespace

const PluginInfo& push_plugin() {
  static constexpr PluginInfo kInfo{.name = "push", .block = "push", .keys = kKeys, .weight = 1, .dynamic = true,
                                    .compile = compile};
  return kInfo;
}

}  // namespace holter::collect
