#include "net/http.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <list>
#include <new>
#include <optional>

#include <curl/urlapi.h>
#include <fmt/format.h>
#include <strings.h>

#include "base/units.h"
#include "net/curl_multi.h"
#include "net/http_transfer.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMaxUrl = 8 * 1024;
constexpr std::size_t kMostAddresses = 4;  // of one host are tried

/// Scheme, host and port: credentials go to no other.
struct Origin {
  std::string scheme, host, port;
  bool operator==(const Origin&) const = default;
  std::uint16_t port_number() const {  // libcurl has checked it
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    return number;
  }
};

std::string url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

Error url_error(const std::string& url, ErrorCode code, std::string_view why) {
  return {code, fmt::format("cannot fetch '{}': {}", excerpt(url, 200), why)};
}

Result<Origin> origin_of(const std::string& text) {
  auto bad = [&](std::string_view why) { return url_error(text, ErrorCode::kInvalidArgument, why); };
  if (text.size() > kMaxUrl) return bad(fmt::format("longer than {} KiB", kMaxUrl / 1024));
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (auto code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK)
    return bad(curl_url_strerror(code));
  Origin origin{url_part(url.get(), CURLUPART_SCHEME), url_part(url.get(), CURLUPART_HOST),
                url_part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (origin.scheme != "http" && origin.scheme != "https") return bad("only http and https are allowed");
  if (origin.host.empty()) return bad("it has no host");
  return origin;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

void forget_credentials(HttpRequest& request) {
  request.auth = HttpRequest::Auth::kNone;
  std::erase_if(request.headers, [](const auto& header) {
    return strcasecmp(header.first.c_str(), "Authorization") == 0 || strcasecmp(header.first.c_str(), "Cookie") == 0;
  });
}

}  // namespace

/// Shared with fetches that wait, so that their end may come after the client's.
class HttpClient::Impl {
 public:
  Impl(Options options, runtime::Executor executor, const Clock& clock, Resolver& resolver, memory::Account& account)
      : executor_(executor),
        clock_(clock),
        resolver_(resolver),
        account_(account),
        options_(options),
        multi_(make_multi()),
        free_slots_(options.max_connections) {}

  void close() {
    closed_ = true;
    multi_->close();
    if (retired_) retired_->close();
    for (auto* waiter : waiting_) waiter->timer.cancel();
  }

  void shrink() {
    if (retired_ && retired_->closed()) retired_.reset();
    if (closed_ || retired_ || multi_->connections() <= multi_->transfers()) return;
    try {
      auto fresh = make_multi();
      retired_ = std::exchange(multi_, std::move(fresh));
    } catch (const std::bad_alloc&) {  // then the connections stay, and are tried again at the next call
      return;
    }
    retired_->retire();
    if (retired_->closed()) retired_.reset();
  }

  static asio::awaitable<Result<HttpResponse>> fetch(std::shared_ptr<Impl> self, HttpRequest request,
                                                     MonoTime deadline) {
    auto response = co_await self->follow(&request, deadline);
    if (!response) ++self->stats_.failures;
    co_return response;
  }

  const Stats& stats() const {
    stats_.connections = multi_->connections() + (retired_ ? retired_->connections() : 0);
    stats_.waiting = waiting_.size();
    return stats_;
  }

 private:
  /// In the queue for one of max_connections transfers.
  struct Waiter {
    asio::steady_timer timer;
    bool granted = false;
  };
  /// The right to run a transfer.
  struct Slot {
    explicit Slot(Impl* owner) : impl(owner) { ++impl->stats_.in_flight; }
    ~Slot() {
      --impl->stats_.in_flight;
      impl->give_back();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Impl* impl;
  };

  std::shared_ptr<CurlMulti> make_multi() const {
    return std::make_shared<CurlMulti>(executor_, resolver_.policy(), account_, options_.max_connections,
                                       options_.max_per_host);
  }

  asio::awaitable<Result<HttpResponse>> follow(HttpRequest* request, MonoTime deadline) {
    auto began = clock_.mono();
    bool may_follow = request->max_redirects > 0 && (request->method == "GET" || request->method == "HEAD");
    std::optional<Origin> first;
    for (int hop = 0;; ++hop) {
      auto origin = origin_of(request->url);
      if (!origin) {  // a redirect's address is the peer's fault, not ours
        auto code = hop == 0 ? ErrorCode::kInvalidArgument : ErrorCode::kProtocolViolation;
        co_return Error(code, origin.error().message());
      }
      if (!first) first = *origin;
      if (*origin != *first) forget_credentials(*request);
      if (closed_) co_return url_error(request->url, ErrorCode::kCancelled, "shutting down");
      CO_TRY(auto addresses, co_await resolver_.resolve(origin->host, origin->port_number(), deadline));
      auto resolved = clock_.mono() - began;
      if (request->on_step)
        request->on_step(fmt::format("resolved {} to {}", origin->host, addresses.front().to_string()));
      std::string redirect;
      auto response = co_await try_addresses(*request, std::move(addresses), deadline, &redirect);
      if (!response)
        co_return std::move(response).error().with_context(fmt::format("cannot fetch {}", excerpt(request->url, 200)));
      shift(*response, resolved);
      response->total = clock_.mono() - began;
      if (!may_follow || redirect.empty() || !is_redirect(response->status)) co_return response;
      if (hop >= request->max_redirects)
        co_return url_error(request->url, ErrorCode::kProtocolViolation,
                            fmt::format("more than {} redirects", request->max_redirects));
      request->url = std::move(redirect);
      if (request->on_step) request->on_step(fmt::format("redirected to {}", excerpt(request->url, 200)));
    }
  }

  /// One address after the other while none can be connected; each gets its part of the time that is left.
  asio::awaitable<Result<HttpResponse>> try_addresses(const HttpRequest& request, std::vector<IpAddress> addresses,
                                                      MonoTime deadline, std::string* redirect) {
    Waiter slot_waiter{asio::steady_timer(executor_, deadline)};
    CO_TRY_OK(co_await wait_for_slot(&slot_waiter));
    Slot slot(this);
    auto count = std::min(addresses.size(), kMostAddresses);
    for (std::size_t i = 0;; ++i) {
      bool last = i + 1 == count;
      auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.mono());
      auto limit = last ? milliseconds(0) : std::max(left / static_cast<int>(count - i), milliseconds(1));
      ++stats_.transfers;
      bool try_next = false;
      auto response = co_await transfer(request, addresses[i], limit, deadline, redirect, &try_next);
      if (response || last || !try_next) co_return response;
      if (request.on_step)
        request.on_step(fmt::format("no connection to {} ({}), trying {}", addresses[i].to_string(),
                                    response.error().message(), addresses[i + 1].to_string()));
    }
  }

  asio::awaitable<Result<HttpResponse>> transfer(const HttpRequest& request, IpAddress address, milliseconds limit,
                                                 MonoTime deadline, std::string* redirect, bool* try_next) {
    asio::steady_timer timer(executor_, deadline);
    HttpTransfer running(request, account_);
    auto multi = multi_;
    try {
      CO_TRY_OK(running.begin(multi, address, limit, &timer));
    } catch (const std::bad_alloc&) {
      co_return Error(ErrorCode::kResourceExhausted, "no memory for a transfer");
    }
    boost::system::error_code failure;
    if (!running.ended()) co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (running.ended()) {
      *try_next = running.could_not_connect();
      *redirect = running.redirect();
      co_return running.take();
    }
    if (failure) co_return Error(ErrorCode::kCancelled, "cancelled");
    co_return Error(ErrorCode::kTimeout, std::string(running.waiting_for()));
  }

  // --- slots: at most max_connections transfers at once, the others wait in the order in which they came ---

  asio::awaitable<Status> wait_for_slot(Waiter* waiter) {
    if (free_slots_ > 0) {
      --free_slots_;
      co_return Status{};
    }
    auto place = waiting_.insert(waiting_.end(), waiter);
    boost::system::error_code failure;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (waiter->granted) co_return Status{};
    waiting_.erase(place);
    if (failure) co_return Error(ErrorCode::kCancelled, "cancelled");
    co_return Error(ErrorCode::kTimeout, "all connections were busy all the time");
  }

  void give_back() {
    if (waiting_.empty()) {
      ++free_slots_;
      return;
    }
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->granted = true;
    next->timer.cancel();
  }

  /// Times of a hop, counted from the start of the fetch.
  static void shift(HttpResponse& response, nanoseconds resolved) {
    response.resolved = resolved;
    response.connected += resolved;
    if (response.tls.count() != 0) response.tls += resolved;
    response.first_byte += resolved;
  }

  const runtime::Executor executor_;
  const Clock& clock_;
  Resolver& resolver_;
  memory::Account& account_;
  const Options options_;
  std::shared_ptr<CurlMulti> multi_;
  std::shared_ptr<CurlMulti> retired_;  ///< after shrink(), until its last transfer has ended
  std::list<Waiter*> waiting_;
  std::size_t free_slots_;
  bool closed_ = false;
  mutable Stats stats_;
};

HttpClient::HttpClient(Options options, runtime::Executor executor, const Clock& clock, Resolver& resolver,
                       memory::Account& account)
    : impl_(std::make_shared<Impl>(options, executor, clock, resolver, account)) {}
HttpClient::~HttpClient() {
  impl_->close();
}
asio::awaitable<Result<HttpResponse>> HttpClient::fetch(HttpRequest request, MonoTime deadline) {
  return Impl::fetch(impl_, std::move(request), deadline);
}
void HttpClient::shrink() {
  impl_->shrink();
}
const HttpClient::Stats& HttpClient::stats() const {
  return impl_->stats();
}

}  // namespace holter::net
