#pragma once

#include <optional>
#include <string>

#include "api/suggester.h"

namespace holter::api {

/// Suggestions for tests: remembers what it was asked, and answers with what it was given.
class FakeSuggester final : public Suggester {
 public:
  FakeSuggester() {
    report.kind = define::Subject::Kind::kHost;
    report.host = "db1.example";
    report.address = "192.0.2.7";
    define::Suggestion ping;
    ping.name = "db1.example ping";
    ping.app = "ping";
    ping.params = {{"host", "db1.example"}};
    ping.reason = define::Suggestion::Reason::kPing;
    ping.reachable = true;
    ping.duration_ms = 0.5;
    auto port = ping;
    port.name = "db1.example mysql";
    port.app = "mysql";
    port.missing = {"username"};
    port.reason = define::Suggestion::Reason::kDefaultPort;
    port.port = 3306;
    port.reachable = false;
    port.duration_ms.reset();
    report.suggestions = {ping, port};
    report.skipped = {{"port 6379", "there was no time left for it"}};
    report.truncated = true;
    report.duration_ms = 1234;
  }
  boost::asio::awaitable<Answered<SuggestReport>> suggest(std::string text, Caller caller) override {
    asked = std::move(text);
    account = caller.who.account();
    if (problem) co_return *problem;
    co_return report;
  }

  SuggestReport report;  ///< what is answered
  std::optional<Problem> problem;
  std::string asked, account;
};

}  // namespace holter::api
