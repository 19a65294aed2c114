#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/definition.h"
#include "net/http.h"

namespace holter::collect::http {

/// The block of a set, read once: what to ask, and which answers count as good. There are as many as sets of monitors,
/// so that what most of them have in common takes no place.
class Plan {
 public:
  /// `accept` is the media type of the answer that is wanted, a literal. Errors: kInvalidArgument, naming the key and
  /// the value.
  static Result<Plan> make(const model::Node& block, std::string_view accept);

  /// The request at the time of day `now`.
  net::HttpRequest request_at(WallTime now) const;
  /// And port, for messages and limits.
  std::string_view host() const { return std::string_view(url_).substr(host_begin_, host_length_); }
  std::span<const int> success_codes() const;
  bool verify_tls() const { return verify_tls_; }
  /// Whether the request changes with the time.
  bool timed() const { return rest_ != nullptr && rest_->timed; }
  std::size_t bytes() const;  ///< held besides the object itself

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  /// What many requests do without.
  struct Rest {
    Pairs headers;
    std::string body;
    std::string user, password;
    net::HttpRequest::Auth auth = net::HttpRequest::Auth::kNone;
    std::vector<int> success_codes;  ///< empty: 200
    bool timed = false;              ///< there are time expressions in `params` or in the body
    bool encode = true;
    Pairs params;  ///< of a timed request; else they are in the URL
  };

  std::string url_;
  std::string_view accept_;
  std::unique_ptr<const Rest> rest_;
  std::uint16_t host_begin_ = 0, host_length_ = 0;
  std::uint8_t method_ = 0;
  bool verify_tls_ = true;
};

}  // namespace holter::collect::http
