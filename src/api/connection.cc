#include "api/connection.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "api/dispatch.h"
#include "api/events.h"
#include "api/problem.h"
#include "api/read_deadline.h"

namespace holter::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using boost::system::error_code;
using Parser = http::request_parser<http::buffer_body>;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kScratchBytes = 4 * 1024;
/// Socket, coroutine frames and first bytes. Measured: 5.6 KiB each with 200 idle connections.
constexpr std::size_t kIdleBytes = 8 * 1024;
constexpr std::size_t kFirstBytes = 512;
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr std::chrono::milliseconds kLingerTime{1'000};
/// Scripts, styles and data of this server only; nobody may frame it. Answers that are not pages need nothing at all.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
constexpr std::string_view kDataPolicy = "default-src 'none'; frame-ancestors 'none'";

/// The header as received (up to the limit) and as parsed (Beast stops at twice the limit), and the target taken apart.
std::size_t busy_bytes(const ServerOptions& options) {
  return kIdleBytes + 3 * options.max_header_bytes + 2 * kMaxTargetBytes;
}

/// Only these have content that somebody reads; what others bring is thrown away.
bool has_content(const Parser& parser) {
  auto method = parser.get().method();
  return method == http::verb::put || method == http::verb::post || method == http::verb::patch;
}

RequestHead take_head(const Parser& parser, const Body& content) {
  const auto& message = parser.get();
  RequestHead head;
  head.method = std::string(message.method_string());
  head.target = std::string(message.target());
  head.http_1_0 = message.version() == 10;
  auto hosts = message.equal_range(http::field::host);
  for (auto it = hosts.first; it != hosts.second; ++it) head.hosts.emplace_back(it->value());
  auto origins = message.equal_range(http::field::origin);
  for (auto it = origins.first; it != origins.second; ++it) head.origins.emplace_back(it->value());
  head.content_type = std::string(message[http::field::content_type]);
  head.accept = std::string(message[http::field::accept]);
  head.last_event_id = std::string(message["Last-Event-ID"]);
  head.if_match = std::string(message[http::field::if_match]);
  head.idempotency_key = std::string(message["Idempotency-Key"]);
  head.fetch_site = std::string(message["Sec-Fetch-Site"]);
  head.body = content.text();
  return head;
}

/// What to say about bytes that cannot be read; status 0: nothing, the peer is gone.
Problem read_problem(error_code failure, const ServerOptions& options, std::size_t body_limit) {
  if (failure == beast::error::timeout)
    return {408, fmt::format("cannot wait longer than {} ms for a whole request", options.header_timeout.count()), "",
            0};
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow)
    return {431, fmt::format("cannot read a header of more than {} bytes", options.max_header_bytes), "", 0};
  if (failure == asio::error::no_memory) return {503, "cannot take a request: no memory is left for it", "", 5};
  if (failure == http::error::body_limit)
    return {413, fmt::format("cannot take a body of more than {} bytes", body_limit), "", 0};
  if (failure.category() == make_error_code(http::error::bad_method).category() &&
      failure != http::error::end_of_stream && failure != http::error::partial_message)
    return {400, fmt::format("cannot read the request: {}", failure.message()), "", 0};
  return {0, "", "", 0};
}

}  // namespace

class Connection::Impl {
 public:
  Impl(asio::ip::tcp::socket socket, Shared& shared, memory::Reservation reservation)
      : stream_(std::move(socket)),
        buffer_(shared.options.max_header_bytes),
        shared_(shared),
        reservation_(std::move(reservation)) {
    error_code ignored;  // only costs a delay
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  awaitable<void> run() {
    while (!shared_.closing && co_await serve_one()) {
    }
    co_await linger();
  }

  bool idle() const { return idle_; }
  bool unused_since(MonoTime time) const { return waits_since_ && *waits_since_ <= time; }
  void abort() { stream_.close(); }

 private:
  /// True when the connection can take another request.
  awaitable<bool> serve_one() {
    Parser parser;
    parser.header_limit(static_cast<std::uint32_t>(shared_.options.max_header_bytes));
    parser.body_limit(shared_.options.max_body_bytes);
    Body content(shared_.bodies);
    begun_ = false;
    auto failure = co_await read_request(parser, content);
    if (failure) co_return co_await read_failed(failure, parser);

    auto head = take_head(parser, content);
    bool keep = parser.get().keep_alive() && !shared_.closing;
    auto deadline = shared_.clock.mono() + shared_.options.request_timeout;
    stream_.expires_at(deadline);
    Context context{&shared_.backend, &shared_.bodies, &shared_.clock, &shared_.stats,
                    shared_.events,   nullptr,         deadline};
    auto answer = co_await dispatch(context, &head);
    stream_.expires_at(deadline);
    keep = co_await write(answer, head, keep);
    co_return keep;
  }

  /// Waits for a request with next to no memory; what its header may take is asked for with its first bytes.
  awaitable<error_code> wait_for_request() {
    if (buffer_.size() == 0) {
      buffer_.shrink_to_fit();
      if (!reservation_.resize(kIdleBytes)) co_return asio::error::no_memory;
      idle_ = true;
      waits_since_ = shared_.clock.mono();
      auto [failure, n] = co_await stream_.async_read_some(buffer_.prepare(kFirstBytes), kWait);
      waits_since_.reset();
      idle_ = false;
      if (failure) co_return failure == asio::error::eof ? http::make_error_code(http::error::end_of_stream) : failure;
      buffer_.commit(n);
    }
    begun_ = true;
    co_return reservation_.resize(busy_bytes(shared_.options)) ? error_code{} : asio::error::no_memory;
  }

  /// Reads a whole request; its content only where some route might take it.
  awaitable<error_code> read_request(Parser& parser, Body& content) {
    auto until = shared_.clock.mono() + shared_.options.header_timeout;
    stream_.expires_at(until);
    if (auto failure = co_await wait_for_request()) co_return failure;
    // From now on the peer is owed an answer: its time ends without closing the connection.
    ReadDeadline deadline(stream_, until);
    stream_.expires_at(until + kLingerTime);
    auto failure = co_await read_message(parser, content);
    co_return deadline.passed() ? error_code(beast::error::timeout) : failure;
  }

  awaitable<error_code> read_message(Parser& parser, Body& content) {
    auto [failure, bytes] = co_await http::async_read_header(stream_, buffer_, parser, kWait);
    if (failure) co_return failure;
    // The parser counts anew after the first piece that it has read: it lets up to twice the limit through.
    if (bytes > shared_.options.max_header_bytes) co_return http::make_error_code(http::error::header_limit);
    if (auto length = parser.content_length(); length && *length > body_limit(parser))
      co_return http::make_error_code(http::error::body_limit);
    auto expect = parser.get()[http::field::expect];
    if (beast::iequals(expect, "100-continue") && !parser.is_done()) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      auto [not_sent, n] = co_await asio::async_write(stream_, asio::buffer(kContinue), kWait);
      if (not_sent) co_return not_sent;
    }
    co_return parser.is_done() ? error_code{} : co_await read_body(parser, content);
  }

  std::size_t body_limit(const Parser& parser) const {
    if (!has_content(parser)) return shared_.options.max_body_bytes;
    auto method = parser.get().method_string();
    auto target = parser.get().target();
    return content_limit({method.data(), method.size()}, {target.data(), target.size()},
                         shared_.options.max_content_bytes);
  }

  /// On its own, so that a connection that waits for its next request does not hold the scratch space.
  awaitable<error_code> read_body(Parser& parser, Body& content) {
    std::array<char, kScratchBytes> scratch;  // NOLINT: filled by the parser
    while (!parser.is_done()) {
      parser.get().body() = {scratch.data(), scratch.size(), true};
      auto [stopped, n] = co_await http::async_read_some(stream_, buffer_, parser, kWait);
      if (stopped && stopped != http::error::need_buffer) co_return stopped;
      if (!has_content(parser)) continue;
      auto got = scratch.size() - parser.get().body().size;
      if (content.size() + got > body_limit(parser)) co_return http::make_error_code(http::error::body_limit);
      content.append({scratch.data(), got});
      if (content.refused()) co_return asio::error::no_memory;
    }
    co_return error_code{};
  }

  /// Says why, if the peer can hear it; then the connection ends.
  awaitable<bool> read_failed(error_code failure, const Parser& parser) {
    bool late = failure == beast::error::timeout;
    if (late) ++(begun_ ? shared_.stats.timeouts_request : shared_.stats.timeouts_idle);
    auto problem = read_problem(failure, shared_.options, body_limit(parser));
    if (problem.status == 0 || !begun_) co_return false;
    if (problem.status != 503 && !late) ++shared_.stats.malformed;
    stream_.expires_after(kLingerTime);
    Answer answer{problem_response(problem, shared_.bodies), "none"};
    RequestHead head;
    co_return co_await write(answer, head, false);
  }

  /// Sends the answer. True when the connection can go on.
  awaitable<bool> write(Answer& answer, const RequestHead& head, bool keep) {
    auto& response = answer.response;
    bool whole = response.stream == nullptr && response.live == nullptr;
    bool chunked = !whole && !head.http_1_0;
    // Without chunks only the end of the connection ends the body; and a live stream ends with its connection.
    keep = keep && (whole || chunked) && response.live == nullptr;
    http::response<http::empty_body> out;
    out.version(11);
    out.result(response.status);
    out.reason({status_phrase(response.status).data(), status_phrase(response.status).size()});
    fill(out, response);
    if (whole)
      out.content_length(response.body.size());
    else
      out.chunked(chunked);
    out.keep_alive(keep);
    // HTTP/1.0 clients must be told that the connection stays.
    if (keep && head.http_1_0) out.set(http::field::connection, "keep-alive");
    http::response_serializer<http::empty_body> serializer(out);
    auto [failure, n] = co_await http::async_write_header(stream_, serializer, kWait);
    ++shared_.stats.answers[{answer.pattern, response.status}];
    if (!failure && head.method != "HEAD")
      failure = response.live     ? co_await write_live(*response.live, chunked)
                : response.stream ? co_await write_stream(response, chunked)
                                  : co_await write_piece(response.body.text(), false);
    if (failure == beast::error::timeout)
      ++(response.live ? shared_.stats.streams_slow : shared_.stats.timeouts_answer);
    co_return !failure && keep;
  }

  static void fill(http::response<http::empty_body>& out, const Response& response) {
    bool page = response.content_type.starts_with("text/html");
    auto set = [&out](std::string_view name, std::string_view value) {
      out.set(boost::core::string_view(name.data(), name.size()), boost::core::string_view(value.data(), value.size()));
    };
    set("Content-Type", response.content_type);
    set("Cache-Control", "no-store");
    set("X-Content-Type-Options", "nosniff");
    set("Referrer-Policy", "no-referrer");
    set("Cross-Origin-Resource-Policy", "same-origin");
    set("Content-Security-Policy", page ? kPagePolicy : kDataPolicy);
    for (const auto& [name, value] : response.headers) set(name, value);
  }

  /// Bytes of a body, as one chunk or as they are.
  awaitable<error_code> write_piece(std::string_view bytes, bool chunked) {
    fmt::memory_buffer size;
    if (chunked) fmt::format_to(std::back_inserter(size), "{:x}\r\n", bytes.size());
    std::array<asio::const_buffer, 3> parts{asio::buffer(size.data(), size.size()), asio::buffer(bytes),
                                            asio::buffer(std::string_view(chunked ? "\r\n" : ""))};
    auto [failure, n] = co_await asio::async_write(stream_, parts, kWait);
    if (!failure) shared_.stats.sent_bytes += bytes.size();
    co_return failure;
  }

  awaitable<error_code> write_stream(Response& response, bool chunked) {
    Body piece(shared_.bodies);
    for (;;) {
      if (!co_await response.stream->prepare()) co_return asio::error::connection_aborted;
      piece.clear();
      if (!response.stream->next(piece)) break;
      // The status is out already: only a connection that breaks off tells the peer that the answer is not whole.
      if (piece.refused()) co_return asio::error::no_memory;
      if (auto failure = co_await write_piece(piece.text(), chunked)) co_return failure;
    }
    if (piece.refused()) co_return asio::error::no_memory;
    if (!chunked) co_return error_code{};
    auto [failure, n] = co_await asio::async_write(stream_, asio::buffer(std::string_view("0\r\n\r\n")), kWait);
    co_return failure;
  }

  /// What a live stream waits for: an event, the time for a heartbeat, or that the peer says something or hangs up,
  /// which ends the stream: a peer that listens has nothing to say.
  struct Wake {
    explicit Wake(asio::any_io_executor executor) : timer(std::move(executor)) {}
    asio::steady_timer timer;
    bool peer_spoke = false;
  };

  awaitable<error_code> write_live(LiveStream& live, bool chunked) {
    auto wake = std::make_shared<Wake>(stream_.get_executor());  // its last handler may come after this coroutine
    live.wake = [wake] { wake->timer.cancel(); };
    stream_.socket().async_wait(asio::ip::tcp::socket::wait_read, [wake](error_code) {
      wake->peer_spoke = true;
      wake->timer.cancel();
    });
    for (;;) {
      Body piece(shared_.bodies);
      live.next(piece);
      if (piece.refused()) co_return asio::error::no_memory;
      auto text = piece.text();
      if (text.empty()) {
        if (wake->peer_spoke || shared_.closing) co_return asio::error::eof;
        wake->timer.expires_after(shared_.options.heartbeat);
        idle_ = true;
        auto [woken] = co_await wake->timer.async_wait(kWait);
        idle_ = false;
        if (woken) continue;
        text = live.heartbeat();
      }
      stream_.expires_after(shared_.options.request_timeout);
      if (auto failure = co_await write_piece(text, chunked)) co_return failure;
    }
  }

  /// Ends the connection so that the last answer arrives: a close with unread bytes would reset it.
  awaitable<void> linger() {
    error_code failure;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, failure);
    std::array<char, kScratchBytes> scratch;  // NOLINT: thrown away
    stream_.expires_after(kLingerTime);
    for (std::size_t read = 0; !failure && !shared_.closing && read < kLingerBytes;) {
      auto [stopped, n] = co_await stream_.async_read_some(asio::buffer(scratch), kWait);
      failure = stopped;
      read += n;
    }
    stream_.close();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  Shared& shared_;
  memory::Reservation reservation_;
  bool idle_ = false;
  std::optional<MonoTime> waits_since_;  // for a request
  bool begun_ = false;                   // bytes of the current request have come
};

std::size_t Connection::idle_bytes() {
  return kIdleBytes;
}

Connection::Connection(asio::ip::tcp::socket socket, Shared& shared, memory::Reservation reservation)
    : impl_(std::make_unique<Impl>(std::move(socket), shared, std::move(reservation))) {}
Connection::~Connection() = default;
awaitable<void> Connection::run() {
  return impl_->run();
}
bool Connection::idle() const {
  return impl_->idle();
}
bool Connection::unused_since(MonoTime time) const {
  return impl_->unused_since(time);
}
void Connection::abort() {
  impl_->abort();
}

}  // namespace holter::api
