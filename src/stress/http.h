#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace holter::stress {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// A plain HTTP/1.1 client for one server on 127.0.0.1, which blocks: the tester's own, so that it does not judge
/// Holter by Holter's. One connection, kept open while the server keeps it. Threads: one at a time.
class HttpClient {
 public:
  static constexpr std::size_t kMostBody = 16 << 20;

  /// `token` is sent as Authorization; empty: none is.
  explicit HttpClient(std::uint16_t port, std::string token = {}) : port_(port), token_(std::move(token)) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Errors: kUnavailable (no connection, or closed early), kTimeout, kProtocolViolation, kTooLarge.
  Result<HttpAnswer> request(std::string_view method, std::string_view path, milliseconds time,
                             std::string_view body = {});

 private:
  Status connect(MonoTime deadline);
  Status send(std::string_view text, MonoTime deadline);
  /// Reads more into buffer_; false at the end of the stream.
  Result<bool> fill(MonoTime deadline);
  Status fill_to(std::size_t bytes, MonoTime deadline);
  Result<HttpAnswer> exchange(const std::string& request, MonoTime deadline);
  Result<std::string> read_body(std::string_view head, MonoTime deadline);
  Result<std::string> read_chunks(MonoTime deadline);
  Result<std::string> line(MonoTime deadline);
  void close();

  const std::uint16_t port_;
  const std::string token_;
  SystemClock clock_;
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace holter::stress
