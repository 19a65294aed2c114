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

  HttpAnswer(memory::Account& account, std::size_t max_body_bytes, memory::Account* reserve = nullptr)
      : body_(account, max_body_bytes, reserve) {}

  /// One line of the header, its line end included; a status line begins a new answer. False when a limit is exceeded:
  /// then refusal() says which, and the transfer must stop.
  [[nodiscard]] bool on_header(std::string_view line);
  [[nodiscard]] bool on_body(std::string_view piece);

  const std::optional<Error>& refusal() const { return refusal_; }
  std::size_t body_bytes() const { return body_.size(); }
  /// Moves version, headers and body into `response`.
  void move_to(HttpResponse& response);

 private:
  std::string version_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  ChargedText body_;
  std::optional<Error> refusal_;
};

}  // namespace holter::net
