#include "net/http.h"

#include <algorithm>
#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <ctime>
#include <optional>
#include <set>

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/check.h"
#include "base/units.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;

/// A transfer's easy handle, its buffers and its share of a connection (measured: 21 KiB without TLS, 50 KiB with).
constexpr std::size_t kTransferBytes = 48 * 1024;
constexpr std::size_t kReceiveBuffer = 16 * 1024;
constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kBodyStep = 16 * 1024;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Easy = std::unique_ptr<CURL, Freer<curl_easy_cleanup>>;
using Strings = std::unique_ptr<curl_slist, Freer<curl_slist_free_all>>;
using Url = std::unique_ptr<CURLU, Freer<curl_url_cleanup>>;

void append(Strings& list, const std::string& line) {
  list.reset(curl_slist_append(list.release(), line.c_str()));
}

std::string url_part(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

/// One request and its answer in the making.
struct Transfer {
  Easy easy;
  Strings headers, connect_to;
  HttpResponse response;
  std::size_t header_bytes = 0;
  std::size_t max_body_bytes = 0;
  memory::Reservation fixed;
  std::array<char, CURL_ERROR_SIZE> error{};
  const char* refused = nullptr;  ///< why a callback stopped the transfer
  ErrorCode refused_code = ErrorCode::kResourceExhausted;
  std::optional<CURLcode> done;
  asio::steady_timer* waiter = nullptr;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& t = *static_cast<Transfer*>(self);
  auto wanted = t.response.body.size() + size;
  if (wanted > t.max_body_bytes) {
    t.refused = "the body is larger than the limit";
    return 0;
  }
  if (wanted > t.response.reserved.bytes() &&
      !t.response.reserved.resize((wanted + kBodyStep - 1) / kBodyStep * kBodyStep)) {
    t.refused = "the memory account for bodies is full";
    return 0;
  }
  t.response.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& t = *static_cast<Transfer*>(self);
  t.header_bytes += size;
  if (t.header_bytes > kMaxHeaderBytes) {
    t.refused = "the answer's headers are larger than 64 KiB";
    t.refused_code = ErrorCode::kProtocolViolation;
    return 0;
  }
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // a new answer: that to "100 Continue", or to a digest challenge, is over
    t.response.headers.clear();
    t.response.http_version = std::string(line.substr(5, line.find(' ') - 5));
  } else if (auto colon = line.find(':'); colon != std::string_view::npos) {
    auto value = line.substr(colon + 1);
    auto first = value.find_first_not_of(" \t");
    t.response.headers.emplace_back(line.substr(0, colon), first == std::string_view::npos ? "" : value.substr(first));
  }
  return size;
}

Error to_error(const Transfer& t, CURLcode code, const std::string& url) {
  auto what = t.error[0] != '\0' ? std::string_view(t.error.data()) : std::string_view(curl_easy_strerror(code));
  auto message = fmt::format("cannot fetch {}: {}", excerpt(url, 200), t.refused != nullptr ? t.refused : what);
  if (t.refused != nullptr) return {t.refused_code, message};
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {ErrorCode::kInvalidArgument, message};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::kTimeout, message};
    case CURLE_OUT_OF_MEMORY:
      return {ErrorCode::kResourceExhausted, message};
    case CURLE_COULDNT_CONNECT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_INTERFACE_FAILED:
      return {ErrorCode::kUnavailable, message};
    default:
      return {ErrorCode::kProtocolViolation, message};
  }
}

/// Earliest "Expire date" of the chain, epoch seconds.
std::int64_t certificate_expiry(CURL* easy) {
  curl_certinfo* chain = nullptr;
  std::int64_t earliest = 0;
  if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == nullptr) return 0;
  for (int i = 0; i < chain->num_of_certs; ++i) {
    for (auto* line = chain->certinfo[i]; line != nullptr; line = line->next) {
      constexpr std::string_view kKey = "Expire date:";
      std::string_view text(line->data);
      std::tm tm{};
      if (!text.starts_with(kKey) || strptime(line->data + kKey.size(), "%b %d %H:%M:%S %Y", &tm) == nullptr) continue;
      auto at = static_cast<std::int64_t>(timegm(&tm));
      if (earliest == 0 || at < earliest) earliest = at;
    }
  }
  return earliest;
}

nanoseconds time_info(CURL* easy, CURLINFO info) {
  curl_off_t us = 0;
  curl_easy_getinfo(easy, info, &us);
  return std::chrono::microseconds(us);
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

class HttpClient::Impl {
 public:
  Impl(Options options, runtime::Executor executor, const Clock& clock, Resolver& resolver, memory::Account& account)
      : executor_(executor), clock_(clock), resolver_(resolver), account_(account), timer_(executor) {
    static const CURLcode kLibrary = curl_global_init(CURL_GLOBAL_DEFAULT);
    CHECK(kLibrary == CURLE_OK);
    multi_ = curl_multi_init();
    CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.max_connections));
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.max_per_host));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.max_connections / 4 + 1));
  }

  ~Impl() {
    closing_ = true;
    for (Transfer* t : transfers_) {
      curl_multi_remove_handle(multi_, t->easy.get());
      t->done = CURLE_ABORTED_BY_CALLBACK;
      if (t->waiter != nullptr) t->waiter->cancel();
    }
    curl_multi_cleanup(multi_);
  }

  asio::awaitable<Result<HttpResponse>> fetch(HttpRequest request, MonoTime deadline) {
    auto began = clock_.mono();
    bool follow = request.method == "GET" || request.method == "HEAD";
    std::string first_host;
    for (int hop = 0;; ++hop) {
      auto host = host_of(request.url);
      if (!host) {
        ++stats_.failures;
        co_return std::move(host).error();
      }
      if (hop == 0) first_host = *host;
      if (*host != first_host) forget_credentials(request);
      auto addresses = co_await resolver_.resolve(*host, deadline);
      if (!addresses) {
        ++stats_.failures;
        co_return std::move(addresses).error();
      }
      auto resolved = clock_.mono() - began;
      step(request, fmt::format("resolved {} to {}", *host, addresses->front().to_string()));
      auto response = co_await transfer(request, addresses->front(), deadline);
      if (!response) {
        ++stats_.failures;
        co_return std::move(response).error();
      }
      shift(*response, resolved);
      response->total = clock_.mono() - began;
      if (!follow || request.max_redirects == 0 || !is_redirect(response->status) || response->effective_url.empty())
        co_return response;
      if (hop >= request.max_redirects) {
        ++stats_.failures;
        co_return Error(ErrorCode::kProtocolViolation, fmt::format("cannot fetch {}: more than {} redirects",
                                                                   excerpt(request.url, 200), request.max_redirects));
      }
      request.url = response->effective_url;
      step(request, fmt::format("redirected to {}", excerpt(request.url, 200)));
    }
  }

  const Stats& stats() const { return stats_; }

 private:
  /// A socket of libcurl, watched through a duplicate, so that it does not matter when libcurl closes its own.
  struct Watch {
    Watch(runtime::Executor executor, curl_socket_t original) : fd(original), descriptor(executor, ::dup(original)) {}
    const curl_socket_t fd;
    asio::posix::stream_descriptor descriptor;
    bool want_read = false, want_write = false;
    bool reading = false, writing = false;
    bool closed = false;
  };
  using WatchPtr = std::shared_ptr<Watch>;

  static void step(const HttpRequest& request, const std::string& what) {
    if (request.on_step) request.on_step(what);
  }

  static void shift(HttpResponse& response, nanoseconds by) {
    response.resolved = by;
    response.connected += by;
    response.tls += response.tls.count() != 0 ? by : nanoseconds(0);
    response.first_byte += by;
  }

  static Result<std::string> host_of(const std::string& text) {
    Url url(curl_url());
    auto bad = [&](const char* why) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("cannot fetch '{}': {}", excerpt(text, 200), why));
    };
    if (auto code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK)
      return bad(curl_url_strerror(code));
    auto scheme = url_part(url, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") return bad("only http and https are allowed");
    auto host = url_part(url, CURLUPART_HOST);
    if (host.empty()) return bad("it has no host");
    return host;
  }

  static void forget_credentials(HttpRequest& request) {
    request.auth = HttpRequest::Auth::kNone;
    std::erase_if(request.headers, [](const auto& header) {
      return strcasecmp(header.first.c_str(), "Authorization") == 0 || strcasecmp(header.first.c_str(), "Cookie") == 0;
    });
  }

  asio::awaitable<Result<HttpResponse>> transfer(const HttpRequest& request, IpAddress address, MonoTime deadline) {
    Transfer t;
    CO_TRY(t.fixed, account_.reserve(kTransferBytes));
    CO_TRY(t.response.reserved, account_.reserve(1));
    if (auto ready = prepare(t, request, address); !ready) co_return std::move(ready).error();
    asio::steady_timer waiter(executor_, deadline);
    t.waiter = &waiter;
    ++stats_.transfers;
    ++stats_.in_flight;
    transfers_.insert(&t);
    curl_multi_add_handle(multi_, t.easy.get());
    boost::system::error_code ignored;  // the wait ends by the transfer, the deadline, or cancellation
    if (!t.done) co_await waiter.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (t.done == CURLE_ABORTED_BY_CALLBACK) co_return Error(ErrorCode::kCancelled, "cannot fetch: shutting down");
    transfers_.erase(&t);
    --stats_.in_flight;
    curl_multi_remove_handle(multi_, t.easy.get());
    if (!t.done) {
      bool late = clock_.mono() >= deadline;
      co_return Error(
          late ? ErrorCode::kTimeout : ErrorCode::kCancelled,
          fmt::format("cannot fetch {}: {}", excerpt(request.url, 200), late ? waiting_for(t) : "cancelled"));
    }
    if (*t.done != CURLE_OK) co_return to_error(t, *t.done, request.url);
    complete(t, request);
    co_return std::move(t.response);
  }

  /// What a transfer that ran out of time was doing.
  static std::string_view waiting_for(const Transfer& t) {
    if (time_info(t.easy.get(), CURLINFO_STARTTRANSFER_TIME_T).count() > 0) return "the answer did not end in time";
    if (time_info(t.easy.get(), CURLINFO_PRETRANSFER_TIME_T).count() > 0) return "no answer in time";
    if (time_info(t.easy.get(), CURLINFO_CONNECT_TIME_T).count() > 0) return "the TLS handshake did not end in time";
    return "no connection in time";
  }

  Status prepare(Transfer& t, const HttpRequest& request, const IpAddress& address) {
    t.easy.reset(curl_easy_init());
    if (!t.easy) return Error(ErrorCode::kResourceExhausted, "cannot fetch: no memory for a transfer");
    CURL* easy = t.easy.get();
    t.max_body_bytes = request.max_body_bytes;
    auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_PRIVATE, &t);
    set(CURLOPT_ERRORBUFFER, t.error.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");  // probes go where they are told, whatever the environment says
    set(CURLOPT_BUFFERSIZE, static_cast<long>(kReceiveBuffer));
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &t);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &t);
    set(CURLOPT_CERTINFO, 1L);
    set(CURLOPT_SSL_VERIFYPEER, request.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, request.verify_tls ? 2L : 0L);
    // Every host and port of this transfer is the address that was resolved: libcurl never looks up a name.
    auto literal = address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
    append(t.connect_to, fmt::format("::{}:", literal));
    set(CURLOPT_CONNECT_TO, t.connect_to.get());
    for (const auto& [name, value] : request.headers)
      append(t.headers, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
    append(t.headers, "Expect:");
    set(CURLOPT_HTTPHEADER, t.headers.get());
    if (request.method == "HEAD")
      set(CURLOPT_NOBODY, 1L);
    else
      set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    if (!request.body.empty()) {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.auth != HttpRequest::Auth::kNone) {
      set(CURLOPT_HTTPAUTH,
          static_cast<long>(request.auth == HttpRequest::Auth::kBasic ? CURLAUTH_BASIC : CURLAUTH_DIGEST));
      set(CURLOPT_USERNAME, request.user.c_str());
      set(CURLOPT_PASSWORD, request.password.c_str());
    }
    return {};
  }

  static void complete(Transfer& t, const HttpRequest& request) {
    CURL* easy = t.easy.get();
    auto& r = t.response;
    long status = 0;
    char* text = nullptr;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    r.status = static_cast<int>(status);
    if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &text) == CURLE_OK && text != nullptr) r.primary_ip = text;
    if (curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &text) == CURLE_OK && text != nullptr)
      r.effective_url = text;
    else if (!is_redirect(r.status))
      r.effective_url = request.url;
    r.connected = time_info(easy, CURLINFO_CONNECT_TIME_T);
    r.tls = time_info(easy, CURLINFO_APPCONNECT_TIME_T);
    r.first_byte = time_info(easy, CURLINFO_STARTTRANSFER_TIME_T);
    r.certificate_expires_s = certificate_expiry(easy);
    if (!request.on_step) return;
    auto ms = [](nanoseconds d) { return static_cast<double>(d.count()) / 1e6; };
    step(request, fmt::format("connected to {} after {:.3f} ms", r.primary_ip, ms(r.connected)));
    if (r.tls.count() > 0) step(request, fmt::format("TLS session after {:.3f} ms", ms(r.tls)));
    step(request, fmt::format("status {} after {:.3f} ms (HTTP/{})", r.status, ms(r.first_byte), r.http_version));
    step(request, fmt::format("body of {} bytes", r.body.size()));
  }

  // --- libcurl on Asio ---

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* socket_data) {
    static_cast<Impl*>(self)->watch(fd, what, static_cast<WatchPtr*>(socket_data));
    return 0;
  }

  void watch(curl_socket_t fd, int what, WatchPtr* held) {
    if (what == CURL_POLL_REMOVE) {
      if (held == nullptr) return;
      (*held)->closed = true;
      (*held)->descriptor.close();
      watches_.erase(held);
      delete held;
      curl_multi_assign(multi_, fd, nullptr);
      return;
    }
    if (held == nullptr) {
      held = new WatchPtr(std::make_shared<Watch>(executor_, fd));
      watches_.insert(held);
      curl_multi_assign(multi_, fd, held);
    }
    (*held)->want_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    (*held)->want_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    if (!closing_) wait(*held);
  }

  void wait(const WatchPtr& watch) {
    using Descriptor = asio::posix::stream_descriptor;
    if (watch->want_read && !watch->reading) {
      watch->reading = true;
      watch->descriptor.async_wait(Descriptor::wait_read, [this, watch](boost::system::error_code failure) {
        watch->reading = false;
        if (!failure && !watch->closed) act(watch, CURL_CSELECT_IN);
      });
    }
    if (watch->want_write && !watch->writing) {
      watch->writing = true;
      watch->descriptor.async_wait(Descriptor::wait_write, [this, watch](boost::system::error_code failure) {
        watch->writing = false;
        if (!failure && !watch->closed) act(watch, CURL_CSELECT_OUT);
      });
    }
  }

  void act(const WatchPtr& watch, int flags) {
    int running = 0;
    curl_multi_socket_action(multi_, watch->fd, flags, &running);
    collect_done();
    if (!watch->closed) wait(watch);
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (timeout_ms < 0 || impl.closing_) {
      impl.timer_.cancel();
      return 0;
    }
    impl.timer_.expires_after(milliseconds(timeout_ms));
    impl.timer_.async_wait([&impl](boost::system::error_code failure) {
      if (failure) return;
      int running = 0;
      curl_multi_socket_action(impl.multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      impl.collect_done();
    });
    return 0;
  }

  void collect_done() {
    int left = 0;
    while (auto* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      char* held = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &held);
      auto& t = *reinterpret_cast<Transfer*>(held);
      t.done = message->data.result;
      t.waiter->cancel();
    }
  }

  const runtime::Executor executor_;
  const Clock& clock_;
  Resolver& resolver_;
  memory::Account& account_;
  CURLM* multi_ = nullptr;
  asio::steady_timer timer_;
  std::set<Transfer*> transfers_;
  std::set<WatchPtr*> watches_;
  Stats stats_;
  bool closing_ = false;
};

HttpClient::HttpClient(Options options, runtime::Executor executor, const Clock& clock, Resolver& resolver,
                       memory::Account& account)
    : impl_(std::make_unique<Impl>(options, executor, clock, resolver, account)) {}
HttpClient::~HttpClient() = default;
asio::awaitable<Result<HttpResponse>> HttpClient::fetch(HttpRequest request, MonoTime deadline) {
  return impl_->fetch(std::move(request), deadline);
}
const HttpClient::Stats& HttpClient::stats() const {
  return impl_->stats();
}

}  // namespace holter::net
