#include "net/http_transfer.h"

#include <array>
#include <cstring>
#include <ctime>
#include <new>

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <strings.h>

#include "base/units.h"
#include "net/foreign_memory.h"

namespace holter::net {
namespace {

constexpr long kReceiveBuffer = 16 * 1024;

double to_ms(nanoseconds d) {
  return static_cast<double>(d.count()) / 1e6;
}

void append(curl_slist*& list, const std::string& line) {
  auto* longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  list = longer;
}

SSL* session_of(CURL* easy) {
  curl_tlssessioninfo* info = nullptr;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || info == nullptr) return nullptr;
  return info->backend == CURLSSLBACKEND_OPENSSL ? static_cast<SSL*>(info->internals) : nullptr;
}

std::int64_t expiry_of(const X509* certificate) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1) return 0;
  return timegm(&tm);
}

/// Earliest notAfter of the chain that the peer sent (only its own certificate when the session was resumed).
std::int64_t earliest_expiry(SSL* session) {
  std::int64_t earliest = 0;
  auto* chain = SSL_get_peer_cert_chain(session);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    auto at = expiry_of(sk_X509_value(chain, i));
    if (earliest == 0 || (at != 0 && at < earliest)) earliest = at;
  }
  const auto* own = SSL_get0_peer_certificate(session);
  return earliest == 0 && own != nullptr ? expiry_of(own) : earliest;
}

ErrorCode error_code_of(int code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
      return ErrorCode::kInvalidArgument;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::kTimeout;
    case CURLE_OUT_OF_MEMORY:
      return ErrorCode::kResourceExhausted;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorCode::kCancelled;
    case CURLE_COULDNT_CONNECT:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_INTERFACE_FAILED:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kProtocolViolation;
  }
}

}  // namespace

void HttpTransfer::Free::operator()(void* easy) const {
  curl_easy_cleanup(easy);
}

/// What libcurl points to while the transfer runs.
struct HttpTransfer::Lists {
  ~Lists() {
    curl_slist_free_all(headers);
    curl_slist_free_all(connect_to);
  }
  curl_slist* headers = nullptr;
  curl_slist* connect_to = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
};

/// Called by libcurl, which no exception may pass.
struct HttpCallbacks {
  static std::size_t body(char* data, std::size_t, std::size_t size, void* self) {
    auto& t = *static_cast<HttpTransfer*>(self);
    try {
      return t.answer_.on_body({data, size}) ? size : CURL_WRITEFUNC_ERROR;
    } catch (const std::bad_alloc&) {  // no memory to say that there is none
      t.on_done(CurlListener::kStarved);
      return CURL_WRITEFUNC_ERROR;
    }
  }

  static std::size_t header(char* data, std::size_t, std::size_t size, void* self) {
    auto& t = *static_cast<HttpTransfer*>(self);
    std::string_view line(data, size);
    try {
      if (!t.answer_.on_header(line)) return CURL_WRITEFUNC_ERROR;
      if (line.starts_with("HTTP/")) {
        t.note_certificate();
        if (t.request_.on_step) t.step(fmt::format("answer: {}", excerpt(line.substr(0, line.find_first_of("\r\n")))));
      }
    } catch (const std::bad_alloc&) {
      t.on_done(CurlListener::kStarved);
      return CURL_WRITEFUNC_ERROR;
    }
    return size;
  }

  /// The connection stands, the request goes out next.
  static int prerequest(void* self, char*, char*, int, int) {
    auto& t = *static_cast<HttpTransfer*>(self);
    try {
      t.note_connected();
      if (t.request_.on_step) t.step(fmt::format("sending the request: {}", t.request_.method));
    } catch (const std::bad_alloc&) {
      t.on_done(CurlListener::kStarved);
      return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
  }
};

HttpTransfer::HttpTransfer(const HttpRequest& request, memory::Account& account)
    : request_(request),
      account_(account),
      answer_(account, request.max_body_bytes, request.reserve, request.keep_body_bytes) {}

HttpTransfer::~HttpTransfer() {
  if (multi_) multi_->remove(easy_.get());
}

Status HttpTransfer::begin(std::shared_ptr<CurlMulti> multi, const IpAddress& address, milliseconds connect_limit,
                           boost::asio::steady_timer* done) {
  refusals_ = foreign_refusals();
  auto bytes = foreign_charge(kOwnBytes, kBytes);
  auto charged = account_.reserve(bytes);
  if (!charged && request_.reserve != nullptr) charged = request_.reserve->reserve(bytes);
  TRY(charged_, std::move(charged));
  easy_.reset(curl_easy_init());
  if (!easy_) return Error(ErrorCode::kResourceExhausted, "no memory for a transfer");
  lists_ = std::make_unique<Lists>();
  TRY_OK(set_options(address, connect_limit));
  done_ = done;
  multi_ = std::move(multi);
  return multi_->add(easy_.get(), strncasecmp(request_.url.c_str(), "https:", 6) == 0, request_.reserve, this);
}

void HttpTransfer::on_done(int code) {
  if (code_) return;
  // A library that was refused memory reports it as a failed handshake, a lost connection...: it is never the peer's.
  bool starved = code != CURLE_OK && code != CURLE_ABORTED_BY_CALLBACK && foreign_refusals() != refusals_;
  code_ = starved ? kStarved : code;
  done_->cancel();
}

Status HttpTransfer::set_options(const IpAddress& address, milliseconds connect_limit) {
  CURLcode first_failure = CURLE_OK;
  auto set = [&](CURLoption option, auto value) {
    if (auto code = curl_easy_setopt(easy_.get(), option, value); first_failure == CURLE_OK) first_failure = code;
  };
  set(CURLOPT_ERRORBUFFER, lists_->error.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // probes go where they are told, whatever the environment says
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  set(CURLOPT_CONNECTTIMEOUT_MS, connect_limit.count() > 0 ? static_cast<long>(connect_limit.count()) : 600'000L);
  set(CURLOPT_WRITEFUNCTION, &HttpCallbacks::body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &HttpCallbacks::header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PREREQFUNCTION, &HttpCallbacks::prerequest);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_SSL_VERIFYPEER, request_.verify_tls ? 1L : 0L);
  set(CURLOPT_SSL_VERIFYHOST, request_.verify_tls ? 2L : 0L);
  // libcurl shares the parsed authorities between connections only when they come from a file alone; else each
  // connection would parse and hold all of them.
  set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!request_.ca_file.empty()) set(CURLOPT_CAINFO, request_.ca_file.c_str());
  // Every host and port of this transfer is the address that was resolved: libcurl never looks up a name.
  auto literal = address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
  append(lists_->connect_to, fmt::format("::{}:", literal));
  set(CURLOPT_CONNECT_TO, lists_->connect_to);
  set_headers();
  set(CURLOPT_HTTPHEADER, lists_->headers);
  set_body();
  if (request_.auth != HttpRequest::Auth::kNone) {
    set(CURLOPT_HTTPAUTH,
        static_cast<long>(request_.auth == HttpRequest::Auth::kBasic ? CURLAUTH_BASIC : CURLAUTH_DIGEST));
    set(CURLOPT_USERNAME, request_.user.c_str());
    set(CURLOPT_PASSWORD, request_.password.c_str());
  }
  if (first_failure == CURLE_OK) return {};
  return Error(error_code_of(first_failure), curl_easy_strerror(first_failure));
}

void HttpTransfer::set_headers() {
  bool has_type = false;
  for (const auto& [name, value] : request_.headers) {
    has_type = has_type || strcasecmp(name.c_str(), "Content-Type") == 0;
    append(lists_->headers, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  append(lists_->headers, "Expect:");  // no waiting for "100 Continue"
  if (!has_type) append(lists_->headers, "Content-Type:");
}

void HttpTransfer::set_body() {
  CURL* easy = easy_.get();
  if (request_.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  bool has_body = !request_.body.empty() || request_.method == "POST" || request_.method == "PUT" ||
                  request_.method == "PATCH";  // these send a length even when it is 0
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void HttpTransfer::note_certificate() {
  if (response_.certificate_expires_s != 0) return;
  if (SSL* session = session_of(easy_.get()); session != nullptr)
    response_.certificate_expires_s = earliest_expiry(session);
}

void HttpTransfer::note_connected() {
  if (std::exchange(connected_, true) || !request_.on_step) return;
  char* ip = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &ip);
  auto took = time_info(CURLINFO_CONNECT_TIME_T);
  if (took.count() == 0) return step("using a connection that was kept");
  step(fmt::format("connected to {} after {:.3f} ms", ip != nullptr ? ip : "?", to_ms(took)));
  auto tls = time_info(CURLINFO_APPCONNECT_TIME_T);
  if (tls.count() == 0) return;
  SSL* session = session_of(easy_.get());
  step(
      fmt::format("TLS session ({}) after {:.3f} ms", session != nullptr ? SSL_get_version(session) : "?", to_ms(tls)));
}

nanoseconds HttpTransfer::time_info(int info) const {
  curl_off_t us = 0;
  curl_easy_getinfo(easy_.get(), static_cast<CURLINFO>(info), &us);
  return std::chrono::microseconds(us);
}

bool HttpTransfer::could_not_connect() const {
  return !connected_ && !connection_refused() && !target_forbidden() &&
         (code_ == CURLE_COULDNT_CONNECT || code_ == CURLE_OPERATION_TIMEDOUT);
}

std::string_view HttpTransfer::waiting_for() const {
  if (time_info(CURLINFO_STARTTRANSFER_TIME_T).count() > 0) return "the answer did not end in time";
  if (connected_) return "no answer in time";
  if (peer_is_there()) return "the TLS handshake did not end in time";
  return "no connection in time";
}

std::string HttpTransfer::redirect() const {
  char* url = nullptr;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_REDIRECT_URL, &url) != CURLE_OK || url == nullptr) return {};
  return url;
}

Error HttpTransfer::error() const {
  if (answer_.refusal()) return *answer_.refusal();
  // Nobody refused memory to libcurl, which was reading: so it says this of a line of the header over its limit.
  if (code_ == CURLE_OUT_OF_MEMORY && connected_)
    return {ErrorCode::kProtocolViolation, "a line of the answer's header has more than 100 KiB"};
  if (code_ == kStarved || code_ == CURLE_OUT_OF_MEMORY)
    return {ErrorCode::kResourceExhausted, "no memory for the transfer"};
  if (target_forbidden()) return {ErrorCode::kNotFound, "the address is forbidden (network.forbidden)"};
  if (connection_refused())
    return {ErrorCode::kResourceExhausted,
            fmt::format("the memory account {} has no room for a connection", account_.name())};
  std::string what =
      lists_->error[0] != '\0' ? lists_->error.data() : curl_easy_strerror(static_cast<CURLcode>(*code_));
  long os = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os);
  if (code_ == CURLE_COULDNT_CONNECT && os != 0) what = std::strerror(static_cast<int>(os));
  if (code_ == CURLE_SSL_CONNECT_ERROR) what.insert(0, "TLS handshake failed: ");
  if (code_ == CURLE_OPERATION_TIMEDOUT && !connected_) what = "no connection in time";
  if (code_ == CURLE_ABORTED_BY_CALLBACK) what = "shutting down";
  return {error_code_of(*code_), std::move(what)};
}

Result<HttpResponse> HttpTransfer::take() {
  response_.connected = time_info(CURLINFO_CONNECT_TIME_T);
  bool tls_failed = code_ == CURLE_SSL_CONNECT_ERROR || code_ == CURLE_PEER_FAILED_VERIFICATION;
  if (tls_failed && request_.on_step) step("connected, but there is no TLS session");
  if (code_ != CURLE_OK) return error();
  long status = 0;
  char* ip = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &ip);
  response_.status = static_cast<int>(status);
  response_.primary_ip = ip != nullptr ? ip : "";
  response_.effective_url = request_.url;
  response_.tls = time_info(CURLINFO_APPCONNECT_TIME_T);
  response_.first_byte = time_info(CURLINFO_STARTTRANSFER_TIME_T);
  if (request_.on_step)
    step(
        fmt::format("body of {} bytes, first byte after {:.3f} ms", answer_.body_bytes(), to_ms(response_.first_byte)));
  answer_.move_to(response_);
  return std::move(response_);
}

}  // namespace holter::net
