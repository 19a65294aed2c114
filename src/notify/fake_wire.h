#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "notify/channel.h"

namespace holter::notify {

/// A Wire for tests: gives the answers that a test lined up, in their order, and records what was asked. A call for
/// which nothing is lined up ends with kInternal, so that no test passes by an answer it did not mean.
class FakeWire final : public Wire {
 public:
  FakeWire() = default;

  void answer(HttpAnswer next) { http_.emplace_back(std::move(next)); }
  void answer(int status, std::string body = {}) { answer(HttpAnswer{status, {}, std::move(body)}); }
  void answer(MailAnswer next) { mail_.emplace_back(std::move(next)); }
  void answer(CommandAnswer next) { command_.emplace_back(std::move(next)); }
  /// The next call of any kind that has no answer before it in its own line ends with this.
  void fail(const Error& error) {
    http_.emplace_back(error);
    mail_.emplace_back(error);
    command_.emplace_back(error);
  }

  const std::vector<HttpCall>& calls() const { return calls_; }
  const std::vector<MailCall>& mails() const { return mails_; }
  const std::vector<CommandCall>& commands() const { return commands_; }

  void set_now(WallTime now) { now_ = now; }

  boost::asio::awaitable<Result<HttpAnswer>> http(HttpCall call) override {
    calls_.push_back(std::move(call));
    co_return next(http_);
  }
  boost::asio::awaitable<Result<MailAnswer>> mail(MailCall call) override {
    mails_.push_back(std::move(call));
    co_return next(mail_);
  }
  boost::asio::awaitable<Result<CommandAnswer>> command(CommandCall call) override {
    commands_.push_back(std::move(call));
    co_return next(command_);
  }
  WallTime now() const override { return now_; }
  std::optional<std::string> cached(std::string_view key) const override {
    auto found = cache_.find(key);
    if (found == cache_.end() || found->second.until <= now_) return std::nullopt;
    return found->second.value;
  }
  void cache(std::string key, std::string value, WallTime until) override {
    cache_[std::move(key)] = {std::move(value), until};
  }
  void forget(std::string_view key) override {
    if (auto found = cache_.find(key); found != cache_.end()) cache_.erase(found);
  }

 private:
  template <class Answer>
  static Result<Answer> next(std::deque<Result<Answer>>& line) {
    if (line.empty()) return Error(ErrorCode::kInternal, "BUG: the test has no answer for this call");
    auto first = std::move(line.front());
    line.pop_front();
    return first;
  }

  struct Cached {
    std::string value;
    WallTime until;
  };
  std::deque<Result<HttpAnswer>> http_;
  std::deque<Result<MailAnswer>> mail_;
  std::deque<Result<CommandAnswer>> command_;
  std::vector<HttpCall> calls_;
  std::vector<MailCall> mails_;
  std::vector<CommandCall> commands_;
  WallTime now_{milliseconds(1'700'000'000'000)};
  std::map<std::string, Cached, std::less<>> cache_;
};

}  // namespace holter::notify
