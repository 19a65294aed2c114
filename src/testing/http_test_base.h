#pragma once

#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http.h"
#include "testing/run_task.h"
#include "testing/scripted_dns.h"
#include "testing/scripted_peer.h"

namespace holter::net {

/// What the tests of HttpClient share. A test must leave nothing on the account.
class HttpTest : public ::testing::Test {
 protected:
  HttpTest() { use({}); }

  void use(HttpClient::Options options) {
    client_ = std::make_unique<HttpClient>(options, context_.get_executor(), clock_, resolver_, account_);
  }
  Result<HttpResponse> fetch(HttpRequest request, MonoTime deadline = testing::soon()) {
    return testing::run_task(context_, client_->fetch(std::move(request), deadline));
  }
  Result<HttpResponse> get(std::string url, MonoTime deadline = testing::soon()) {
    return fetch({.url = std::move(url)}, deadline);
  }
  /// A peer that waits for the request's end and then sends `answer`.
  static testing::ScriptedPeer::Script answer(std::string text) {
    return {testing::ScriptedPeer::expect("\r\n\r\n"), testing::ScriptedPeer::send(std::move(text))};
  }
  static ::testing::AssertionResult failed_with(const Result<HttpResponse>& response, ErrorCode code,
                                                const std::string& part) {
    if (response) return ::testing::AssertionFailure() << "status " << response->status;
    const auto& error = response.error();
    if (error.code() == code && error.message().find(part) != std::string::npos &&
        error.message().starts_with("cannot "))
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << to_string(error.code()) << ": " << error.message();
  }
  void TearDown() override {
    client_.reset();
    context_.restart();
    context_.poll();
    EXPECT_EQ(account_.used(), 0);
  }

  SystemClock clock_;
  memory::Account account_{"http", nullptr, 16 << 20};
  memory::Account dns_account_{"dns", nullptr, 1 << 20};
  boost::asio::io_context context_{1};
  /// Addresses of every name that ends in ".example", except nobody.example.
  std::vector<std::string> resolver_hosts_;
  testing::ScriptedDns dns_{[this](const testing::DnsQuestion& q) {
    return q.name == "nobody.example" ? testing::ScriptedDns::failure(q, 3)
                                      : testing::ScriptedDns::addresses(q, resolver_hosts_);
  }};
  Resolver resolver_{{.servers = {dns_.server()}}, context_.get_executor(), clock_, dns_account_};
  std::unique_ptr<HttpClient> client_;
};

}  // namespace holter::net
