#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/fake_wire.h"
#include "notify/http_outcome.h"
#include "notify/memory_store.h"
#include "notify/outbox.h"
#include "testing/fake_clock.h"
#include "testing/run_task.h"

namespace holter::notify {

/// What the tests of the outbox share: channels whose requests name receiver and key, and answers as a test wants them.
class OutboxTest : public ::testing::Test {
 protected:
  /// A request of a channel: to whom, and the message.
  struct Sent {
    std::string receiver, key, title, text;
  };

  class ScriptedWire final : public Wire {
   public:
    std::vector<Sent> sent;
    /// The status of the answer; 0: it never comes.
    std::function<int(const Sent&)> answers = [](const Sent&) { return 200; };
    std::size_t running = 0, most_running = 0;

    boost::asio::awaitable<Result<HttpAnswer>> http(HttpCall call) override {
      struct Count {
        explicit Count(ScriptedWire* w) : wire(w) {
          wire->most_running = std::max(wire->most_running, ++wire->running);
        }
        ~Count() { --wire->running; }
        ScriptedWire* wire;
      } count(this);
      Sent one{.receiver = call.url, .key = call.user, .title = call.method, .text = call.body};
      sent.push_back(one);
      auto status = answers(one);
      if (status != 0) co_return HttpAnswer{status, {}, ""};
      boost::asio::steady_timer never(co_await boost::asio::this_coro::executor,
                                      boost::asio::steady_timer::time_point::max());
      co_await never.async_wait(boost::asio::use_awaitable);
      co_return Error(ErrorCode::kCancelled, "cancelled");
    }
    boost::asio::awaitable<Result<MailAnswer>> mail(MailCall) override {
      co_return Error(ErrorCode::kInternal, "BUG: no mail here");
    }
    boost::asio::awaitable<Result<CommandAnswer>> command(CommandCall) override {
      co_return Error(ErrorCode::kInternal, "BUG: no command here");
    }
    WallTime now() const override { return {}; }
    std::optional<std::string> cached(std::string_view) const override { return std::nullopt; }
    void cache(std::string, std::string, WallTime) override {}
    void forget(std::string_view) override {}
  };

  static boost::asio::awaitable<Outcome> send(const Message& message, const Settings&, Wire& wire) {
    auto answer = co_await wire.http({.method = message.title,
                                      .url = message.receiver,
                                      .headers = {},
                                      .body = message.text,
                                      .user = message.key,
                                      .password = {}});
    co_return answer ? outcome_of(*answer, {}) : outcome_of(answer.error());
  }
  static constexpr PluginInfo kAlpha{.name = "alpha", .send = &OutboxTest::send};
  static constexpr PluginInfo kBeta{.name = "beta", .send = &OutboxTest::send};

  class People final : public Receivers {
   public:
    std::map<std::string, const PluginInfo*, std::less<>> channels;
    std::map<std::string, Error, std::less<>> broken;
    unsigned per_minute = 600;
    const PluginInfo* channel_of(std::string_view receiver) const override {
      auto found = channels.find(receiver);
      return found == channels.end() ? nullptr : found->second;
    }
    Result<OpenReceiver> open(std::string_view receiver) const override {
      if (auto found = broken.find(receiver); found != broken.end()) return found->second;
      return OpenReceiver{.channel = channel_of(receiver), .settings = Settings({}), .per_minute = per_minute};
    }
  };

  OutboxTest() { open(); }
  void open() {
    outbox_ = std::make_unique<Outbox>(options_, context_.get_executor(), clock_, store_, people_, wire_, account_);
    outbox_->start();
  }
  void close() {
    if (!outbox_) return;
    testing::run_task(context_, wait_close());
    outbox_.reset();
    context_.restart();
    context_.poll();
  }
  void TearDown() override {
    close();
    EXPECT_EQ(account_.used(), 0);
  }

  Result<EntryId> put(std::string receiver, std::string key, std::string group = "g") {
    people_.channels.try_emplace(receiver, &kAlpha);
    Message message;
    message.key = std::move(key);
    message.group = std::move(group);
    message.receiver = std::move(receiver);
    message.title = "title of " + message.key;
    return testing::run_task(context_, outbox_->put(std::move(message)));
  }
  template <class Done>
  bool until(Done done) {
    return testing::run_until(context_, done);
  }
  /// Lets all run that is ready. Nothing more happens until the clock is moved.
  void settle() {
    for (int i = 0; i < 50; ++i) {
      context_.restart();
      context_.poll();
    }
  }
  void advance(nanoseconds by) {
    clock_.advance(by);
    outbox_->wake();
    settle();
  }
  std::size_t count(EntryState state) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(store_.entries, [&](const auto& item) { return item.second.state == state; }));
  }
  const Entry& entry(const std::string& key) const {
    auto found = std::ranges::find_if(store_.entries, [&](const auto& item) { return item.second.key == key; });
    EXPECT_NE(found, store_.entries.end()) << key;
    return found->second;
  }
  std::vector<std::string> keys_to(std::string_view receiver) const {
    std::vector<std::string> keys;
    for (const auto& sent : wire_.sent)
      if (sent.receiver == receiver) keys.push_back(sent.key);
    return keys;
  }

  testing::FakeClock clock_;
  boost::asio::io_context context_{1};
  memory::Account account_{"notify", nullptr, 64 << 20};
  MemoryStore store_;
  People people_;
  ScriptedWire wire_;
  Outbox::Options options_;
  std::unique_ptr<Outbox> outbox_;

 private:
  boost::asio::awaitable<bool> wait_close() {
    co_await outbox_->close();
    co_return true;
  }
};

}  // namespace holter::notify
