#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/curl_multi.h"
#include "net/http.h"
#include "net/http_answer.h"

namespace holter::net {

/// One request to one address and its answer in the making: a libcurl easy handle with its callbacks. For HttpClient
/// only. Lifetime: within that of the request; begin() and end() within that of the multi handle.
class HttpTransfer final : private CurlListener {
 public:
  /// What a running transfer holds besides its connection: the easy handle, its receive buffer (16 KiB), lists
  /// (measured by http_memory_test).
  static constexpr std::size_t kBytes = 40 * 1024;
  static constexpr std::size_t kOwnBytes = 2 * 1024;  ///< of it, not libcurl's

  HttpTransfer(const HttpRequest& request, memory::Account& account);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  /// `done` is cancelled when the transfer has ended. A `connect_limit` of 0 is none.
  Status begin(std::shared_ptr<CurlMulti> multi, const IpAddress& address, milliseconds connect_limit,
               boost::asio::steady_timer* done);
  /// The answer, or why there is none. After end().
  Result<HttpResponse> take();
  bool ended() const { return code_.has_value(); }
  /// True when another address may be tried: no request has been sent.
  bool could_not_connect() const;
  /// What a transfer that ran out of time was doing.
  std::string_view waiting_for() const;
  /// Where the answer redirects to, as an absolute URL, or empty.
  std::string redirect() const;

 private:
  struct Free {
    void operator()(void* easy) const;
  };
  struct Lists;
  friend struct HttpCallbacks;

  void on_done(int code) override;
  Status set_options(const IpAddress& address, milliseconds connect_limit);
  void set_headers();
  void set_body();
  Error error() const;
  void note_certificate();
  void note_connected();
  nanoseconds time_info(int info) const;
  void step(std::string_view what) const {
    if (request_.on_step) request_.on_step(what);
  }

  const HttpRequest& request_;
  memory::Account& account_;
  memory::Reservation charged_;
  HttpAnswer answer_;
  HttpResponse response_;
  std::unique_ptr<Lists> lists_;
  std::unique_ptr<void, Free> easy_;  // points into lists_ until the end
  std::shared_ptr<CurlMulti> multi_;
  boost::asio::steady_timer* done_ = nullptr;
  std::optional<int> code_;
  bool connected_ = false;
  std::uint64_t refusals_ = 0;  ///< foreign_refusals() when it began
};

}  // namespace holter::net
