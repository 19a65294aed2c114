#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "memory/account.h"
#include "net/charged_text.h"
#include "net/http.h"

namespace holter::net {

/// Collects an HTTP answer from the pieces in which libcurl hands it over, within limits: 300 header lines, 64 KiB of
/// headers over all answers of a transfer (interim ones, challenges), and a body of `max_body_bytes`.
class HttpAnswer {
 public:
  static constexpr std::size_t kMaxHeaders = 300;
  static constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

  /// Of the body the first `keep_body_bytes` are kept.
  HttpAnswer(memory::Account& account, std::size_t max_body_bytes, memory::Account* reserve = nullptr,
             std::size_t keep_body_bytes = ~std::size_t{0})
      : max_body_bytes_(max_body_bytes), keep_body_bytes_(keep_body_bytes), body_(account, max_body_bytes, reserve) {}

  /// One line of the header, its line end included; a status line begins a new answer. False when a limit is exceeded:
  /// then refusal() says which, and the transfer must stop.
  [[nodiscard]] bool on_header(std::string_view line);
  [[nodiscard]] bool on_body(std::string_view piece);

  const std::optional<Error>& refusal() const { return refusal_; }
  /// That came, kept or not.
  std::size_t body_bytes() const { return body_bytes_; }
  /// Moves version, headers and body into `response`.
  void move_to(HttpResponse& response);

 private:
  const std::size_t max_body_bytes_;
  const std::size_t keep_body_bytes_;
  std::size_t body_bytes_ = 0;
  std::string version_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  ChargedText body_;
  std::optional<Error> refusal_;
};

}  // namespace holter::net
