#include "net/mail.h"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstring>
#include <new>
#include <optional>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/units.h"
#include "net/curl_multi.h"
#include "net/foreign_memory.h"
#include "net/mail_talk.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

/// What a running transfer holds besides its connection: the easy handle, its buffers (64 KiB to send, the least of
/// libcurl for SMTP's escapes), lists.
constexpr std::size_t kTransferBytes = 160 * 1024;
constexpr std::size_t kOwnBytes = 2 * 1024;
constexpr std::size_t kMostAddresses = 4;
constexpr std::size_t kLongestAddress = 254;  // RFC 5321, section 4.5.3.1.3

void append(curl_slist*& list, const std::string& line) {
  auto* longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  list = longer;
}

Error wrong(std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot send the mail: {}", why)};
}

struct Server {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
};

Result<Server> server_of(const std::string& text) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (!url) return Error(ErrorCode::kResourceExhausted, "no memory for a URL");
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return wrong("its server is not a URL");
  auto part = [&](CURLUPart which, unsigned flags) {
    char* found = nullptr;
    if (curl_url_get(url.get(), which, &found, flags) != CURLUE_OK) return std::string();
    std::string copy(found);
    curl_free(found);
    return copy;
  };
  auto scheme = part(CURLUPART_SCHEME, 0), port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (scheme != "smtp" && scheme != "smtps") return wrong("its server is not a URL of smtp or smtps");
  if (!part(CURLUPART_USER, 0).empty()) return wrong("the URL of its server names a user");
  Server server{.host = part(CURLUPART_HOST, 0), .port = 0, .tls = scheme == "smtps"};
  std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (server.host.empty()) return wrong("the URL of its server has no host");
  return server;
}

/// An address goes into a command line of SMTP.
bool is_address(std::string_view text) {
  return !text.empty() && text.size() <= kLongestAddress && text.find('@') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; });
}

Status check(const MailRequest& request) {
  if (!is_address(request.from)) return wrong(fmt::format("'{}' is no address", excerpt(request.from)));
  if (request.to.empty()) return wrong("it has no recipient");
  if (request.to.size() > Mailer::kMostRecipients)
    return wrong(fmt::format("it has {} recipients; {} is the most", request.to.size(), Mailer::kMostRecipients));
  for (const auto& address : request.to)
    if (!is_address(address)) return wrong(fmt::format("'{}' is no address", excerpt(address)));
  return {};
}

ErrorCode error_code_of(int code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kResourceExhausted;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorCode::kCancelled;
    case CURLE_LOGIN_DENIED:
      return ErrorCode::kUnauthenticated;
    case CURLE_COULDNT_CONNECT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kProtocolViolation;
  }
}

/// One mail on its way to one address: a libcurl easy handle with its callbacks.
class Transfer final : private CurlListener {
 public:
  Transfer(const MailRequest& request, memory::Account& account) : request_(request), account_(account) {}
  ~Transfer() {
    if (multi_) {
      hang_up();  // libcurl would wait for an answer to its goodbye
      multi_->remove(easy_.get());
    }
    curl_slist_free_all(recipients_);
    curl_slist_free_all(connect_to_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  Status begin(std::shared_ptr<CurlMulti> multi, const Server& server, const IpAddress& address,
               milliseconds connect_limit, asio::steady_timer* done) {
    refusals_ = foreign_refusals();
    TRY(charged_, account_.reserve(foreign_charge(kOwnBytes, kTransferBytes)));
    easy_.reset(curl_easy_init());
    if (!easy_) return Error(ErrorCode::kResourceExhausted, "no memory for a transfer");
    TRY_OK(set_options(server, address, connect_limit));
    done_ = done;
    multi_ = std::move(multi);
    return multi_->add(easy_.get(), server.tls || request_.starttls, nullptr, this);
  }
  bool ended() const { return code_.has_value(); }
  bool could_not_connect() const {
    return !talk_.has_value() && !connection_refused() && !target_forbidden() &&
           (code_ == CURLE_COULDNT_CONNECT || code_ == CURLE_OPERATION_TIMEDOUT);
  }

  Result<MailReply> take() const {
    if (talk_ && (code_ == CURLE_OK || talk_->refused())) return talk_->last();
    if (code_ == kStarved || code_ == CURLE_OUT_OF_MEMORY)
      return Error(ErrorCode::kResourceExhausted, "no memory for the transfer");
    if (target_forbidden()) return Error(ErrorCode::kNotFound, "the address is forbidden (network.forbidden)");
    if (connection_refused())
      return Error(ErrorCode::kResourceExhausted,
                   fmt::format("the memory account {} has no room for a connection", account_.name()));
    if (code_ == CURLE_USE_SSL_FAILED) return Error(ErrorCode::kProtocolViolation, "the server offers no STARTTLS");
    if (code_ == CURLE_LOGIN_DENIED)
      return Error(ErrorCode::kUnauthenticated, "the server offers no login that we know");
    std::string what = error_[0] != '\0' ? error_.data() : curl_easy_strerror(static_cast<CURLcode>(*code_));
    long os = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os);
    if (code_ == CURLE_COULDNT_CONNECT && os != 0) what = std::strerror(static_cast<int>(os));
    if (code_ == CURLE_ABORTED_BY_CALLBACK) what = "shutting down";
    return Error(error_code_of(*code_), std::move(what));
  }

 private:
  struct Free {
    void operator()(void* easy) const { curl_easy_cleanup(easy); }
  };

  void on_done(int code) override {
    if (code_) return;
    // A library that was refused memory reports it as something else: it is never the peer's fault.
    bool starved = code != CURLE_OK && code != CURLE_ABORTED_BY_CALLBACK && foreign_refusals() != refusals_;
    code_ = starved ? kStarved : code;
    done_->cancel();
  }

  Status set_options(const Server& server, const IpAddress& address, milliseconds connect_limit) {
    CURLcode first_failure = CURLE_OK;
    auto set = [&](CURLoption option, auto value) {
      if (auto code = curl_easy_setopt(easy_.get(), option, value); first_failure == CURLE_OK) first_failure = code;
    };
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, connect_limit.count() > 0 ? static_cast<long>(connect_limit.count()) : 600'000L);
    set(CURLOPT_USE_SSL, static_cast<long>(request_.starttls || server.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    set(CURLOPT_SSL_VERIFYPEER, request_.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, request_.verify_tls ? 2L : 0L);
    set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
    if (!request_.ca_file.empty()) set(CURLOPT_CAINFO, request_.ca_file.c_str());
    auto literal = address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
    append(connect_to_, fmt::format("::{}:", literal));
    set(CURLOPT_CONNECT_TO, connect_to_);
    if (!request_.user.empty()) {
      set(CURLOPT_USERNAME, request_.user.c_str());
      set(CURLOPT_PASSWORD, request_.password.c_str());
    }
    set(CURLOPT_MAIL_FROM, request_.from.c_str());
    for (const auto& recipient : request_.to) append(recipients_, recipient);
    set(CURLOPT_MAIL_RCPT, recipients_);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.content.size()));
    set(CURLOPT_UPLOAD_BUFFERSIZE, 16L * 1024);
    set(CURLOPT_READFUNCTION, &Transfer::on_read);
    set(CURLOPT_READDATA, this);
    // The only way to see which command a reply belongs to.
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_DEBUGFUNCTION, &Transfer::on_line);
    set(CURLOPT_DEBUGDATA, this);
    if (first_failure == CURLE_OK) return {};
    return Error(ErrorCode::kInvalidArgument, curl_easy_strerror(first_failure));
  }

  static std::size_t on_read(char* to, std::size_t, std::size_t size, void* self) {
    auto& t = *static_cast<Transfer*>(self);
    auto count = std::min(size, t.request_.content.size() - t.sent_);
    std::memcpy(to, t.request_.content.data() + t.sent_, count);
    t.sent_ += count;
    return count;
  }

  /// Called by libcurl, which no exception may pass. Commands of a login are no lines of ours: only their first word is
  /// looked at.
  static int on_line(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
    auto& t = *static_cast<Transfer*>(self);
    std::string_view line(data, size);
    try {
      if (kind == CURLINFO_HEADER_IN) {
        if (!t.talk_) t.talk_.emplace();
        // Behind a refusal and a goodbye nothing counts any more: libcurl must not wait, with the whole shard, for what
        // the peer says to it.
        if (t.talk_->on_reply(line)) t.hang_up();
      } else if (kind == CURLINFO_HEADER_OUT) {
        if (!t.talk_) t.talk_.emplace();
        if (t.talk_->on_sent(line)) t.hang_up();
      }
    } catch (const std::bad_alloc&) {
      t.on_done(kStarved);
    }
    return 0;
  }

  const MailRequest& request_;
  memory::Account& account_;
  memory::Reservation charged_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  curl_slist* recipients_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  std::optional<MailTalk> talk_;  ///< since the connection stands
  std::size_t sent_ = 0;
  std::unique_ptr<void, Free> easy_;
  std::shared_ptr<CurlMulti> multi_;
  asio::steady_timer* done_ = nullptr;
  std::optional<int> code_;
  std::uint64_t refusals_ = 0;
};

}  // namespace

/// Shared with mails that wait, so that their end may come after the mailer's.
class Mailer::Impl {
 public:
  Impl(runtime::Executor executor, const Clock& clock, Resolver& resolver, memory::Account& account)
      : executor_(executor),
        clock_(clock),
        resolver_(resolver),
        account_(account),
        multi_(std::make_shared<CurlMulti>(executor, resolver.policy(), account, kMostAtOnce, kMostAtOnce)) {}

  void close() { multi_->close(); }

  static awaitable<Result<MailReply>> send(std::shared_ptr<Impl> self, MailRequest request, MonoTime deadline) {
    CO_TRY_OK(check(request));
    CO_TRY(auto server, server_of(request.url));
    if (self->running_ >= kMostAtOnce)
      co_return Error(ErrorCode::kResourceExhausted, fmt::format("{} mails are being sent already", kMostAtOnce));
    struct Count {
      explicit Count(std::size_t& number) : n(number) { ++n; }
      ~Count() { --n; }
      std::size_t& n;
    } count(self->running_);
    CO_TRY(auto addresses, co_await self->resolver_.resolve(server.host, server.port, deadline));
    auto most = std::min(addresses.size(), kMostAddresses);
    for (std::size_t i = 0;; ++i) {
      bool last = i + 1 == most;
      auto left = std::chrono::duration_cast<milliseconds>(deadline - self->clock_.mono());
      auto limit = last ? milliseconds(0) : std::max(left / static_cast<int>(most - i), milliseconds(1));
      bool try_next = false;
      auto reply = co_await self->transfer(request, server, addresses[i], limit, deadline, &try_next);
      if (reply) co_return reply;
      if (last || !try_next)
        co_return std::move(reply).error().with_context(
            fmt::format("cannot send the mail by {}:{}", excerpt(server.host, 200), server.port));
    }
  }

 private:
  awaitable<Result<MailReply>> transfer(const MailRequest& request, const Server& server, IpAddress address,
                                        milliseconds limit, MonoTime deadline, bool* try_next) {
    asio::steady_timer timer(executor_, deadline);
    Transfer running(request, account_);
    try {
      CO_TRY_OK(running.begin(multi_, server, address, limit, &timer));
    } catch (const std::bad_alloc&) {
      co_return Error(ErrorCode::kResourceExhausted, "no memory for a transfer");
    }
    boost::system::error_code failure;
    if (!running.ended()) co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, failure));
    if (running.ended()) {
      *try_next = running.could_not_connect();
      co_return running.take();
    }
    if (failure) co_return Error(ErrorCode::kCancelled, "cancelled");
    co_return Error(ErrorCode::kTimeout, "no answer in time");
  }

  const runtime::Executor executor_;
  const Clock& clock_;
  Resolver& resolver_;
  memory::Account& account_;
  std::shared_ptr<CurlMulti> multi_;
  std::size_t running_ = 0;
};

Mailer::Mailer(runtime::Executor executor, const Clock& clock, Resolver& resolver, memory::Account& account)
    : impl_(std::make_shared<Impl>(executor, clock, resolver, account)) {}
Mailer::~Mailer() {
  impl_->close();
}
awaitable<Result<MailReply>> Mailer::send(MailRequest request, MonoTime deadline) {
  return Impl::send(impl_, std::move(request), deadline);
}

}  // namespace holter::net
