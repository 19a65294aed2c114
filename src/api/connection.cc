#include "api/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "api/dispatch.h"
#include "api/events.h"
#include "api/gzip.h"
#include "api/headers.h"
#include "api/problem.h"
#include "api/read_deadline.h"
#include "api/request_parser.h"
#include "api/tls.h"
#include "api/wire.h"
#include "secrets/primitives.h"

namespace holter::api {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::error_code;
/// Why a request cannot be taken; status 0: the peer is gone, and nobody hears an answer.
using Fault = std::optional<Problem>;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
/// Socket, coroutine frames and first bytes. Measured: 5.6 KiB each with 200 idle connections.
constexpr std::size_t kIdleBytes = 8 * 1024;
constexpr std::size_t kFirstBytes = 512;
constexpr std::size_t kReadBytes = 4 * 1024;
/// A TLS session: Asio's two records, those of OpenSSL's pair of BIOs, and its keys. Measured: 102 KiB each, with the
/// connection, that has been asked something and waits.
constexpr std::size_t kTlsBytes = 112 * 1024;
/// The type of a TLS record that begins a handshake (RFC 8446, 5.1). No request begins so.
constexpr char kHandshakeRecord = 22;
/// For a problem to arrive that ends the connection.
constexpr std::chrono::milliseconds kLastWordTime{1'000};

/// The header as received (up to the limit) and as parsed (Beast stops at twice the limit), and the target taken apart.
std::size_t request_bytes(const ServerOptions& options) {
  return 3 * options.max_header_bytes + 2 * kMaxTargetBytes;
}

Problem no_memory() {
  return {503, "cannot take a request: no memory is left for it", "", 5};
}
Problem gone() {
  return {0, "", "", 0};
}

}  // namespace

class Connection::Impl {
 public:
  Impl(asio::ip::tcp::socket socket, Shared& shared, memory::Reservation reservation)
      : wire_(std::move(socket), shared.tls != nullptr ? shared.tls->context() : nullptr),
        caller_(wire_.peer()),
        buffer_(shared.options.max_header_bytes),
        shared_(shared),
        reservation_(std::move(reservation)) {}

  awaitable<void> run() {
    bool ready = !wire_.wants_tls() || co_await begin_tls();
    while (ready && !shared_.closing && co_await serve_one()) {
    }
    co_await wire_.finish(&shared_.closing);
  }

  bool idle() const { return idle_; }
  bool unused_since(MonoTime time) const { return waits_since_ && *waits_since_ <= time; }
  void abort() { wire_.close(); }

 private:
  /// Waits for the first bytes of what comes next, with next to no memory.
  awaitable<error_code> wait_for_bytes() {
    idle_ = true;
    waits_since_ = shared_.clock.mono();
    auto [failure, n] = co_await wire_.read_some(buffer_.prepare(kFirstBytes));
    waits_since_.reset();
    idle_ = false;
    if (!failure) buffer_.commit(n);
    co_return failure;
  }

  std::string_view heard() const { return {static_cast<const char*>(buffer_.data().data()), buffer_.size()}; }

  /// What a session may take is asked for with the first bytes of its handshake. False: there is none, and the peer was
  /// told why if it can hear it.
  awaitable<bool> begin_tls() {
    wire_.expires_after(shared_.options.handshake_timeout);
    auto failure = co_await wait_for_bytes();
    if (Wire::timed_out(failure)) ++shared_.stats.timeouts_handshake;
    if (failure) co_return false;
    if (heard().front() != kHandshakeRecord) co_return co_await refuse_plain();
    if (!reservation_.resize(kIdleBytes + kTlsBytes)) {
      ++shared_.stats.connections_refused;
      co_return false;
    }
    resting_bytes_ = kIdleBytes + kTlsBytes;
    co_return co_await handshake();
  }

  awaitable<bool> handshake() {
    error_code failure;
    try {
      failure = co_await wire_.begin_tls(heard());
    } catch (const boost::system::system_error& e) {  // OpenSSL found no memory for a session
      failure = e.code();
    }
    buffer_.consume(buffer_.size());
    if (Wire::timed_out(failure))
      ++shared_.stats.timeouts_handshake;
    else if (failure)
      ++shared_.stats.handshakes_failed;
    co_return !failure;
  }

  /// Who speaks HTTP where TLS is spoken hears so in HTTP.
  awaitable<bool> refuse_plain() {
    return refuse({400, "cannot read this as TLS: this port speaks https only", "", 0});
  }

  /// True when the connection can take another request.
  awaitable<bool> serve_one() {
    std::optional<RequestParser> parser;
    Body content(shared_.bodies);
    content.keep_secret();
    if (auto fault = co_await read_request(parser, content)) co_return co_await refuse(std::move(*fault));

    auto head = parser->head(content);
    head.over_tls = wire_.has_tls();
    head.address = caller_.to_string();
    bool keep = parser->keep_alive() && !shared_.closing;
    auto deadline = shared_.clock.mono() + shared_.options.request_timeout;
    wire_.expires_at(deadline);
    Context context{&shared_.backend, &shared_.bodies, &shared_.clock, &shared_.stats,
                    shared_.events,   nullptr,         deadline,       &shared_.site};
    RequestRate rate(shared_.rates, caller_);
    context.rate = &rate;
    if (auto wait_seconds = rate.begin(); wait_seconds > 0) {
      auto refused = too_many(wait_seconds);
      co_return co_await write(refused, head, keep);
    }
    auto answer = co_await dispatch(context, &head);
    content.overwrite();
    wire_.expires_at(deadline);
    co_return co_await write(answer, head, keep);
  }

  Answer too_many(unsigned wait_seconds) {
    ++shared_.stats.refused_by_rate;
    auto detail = fmt::format("cannot answer more than {} requests a second of {} (server.rate_limit)",
                              shared_.options.rate_limit, caller_.to_string());
    return {problem_response({429, std::move(detail), "", wait_seconds}, shared_.bodies), "none"};
  }

  /// Reads a whole request; its content only where some route might take it. `parser` is made when its bytes come.
  awaitable<Fault> read_request(std::optional<RequestParser>& parser, Body& content) {
    auto until = shared_.clock.mono() + shared_.options.header_timeout;
    wire_.expires_at(until);
    if (buffer_.size() == 0) {
      buffer_.shrink_to_fit();
      if (!reservation_.resize(resting_bytes_)) co_return gone();
      auto failure = co_await wait_for_bytes();
      if (Wire::timed_out(failure)) ++shared_.stats.timeouts_idle;
      if (failure) co_return gone();
    }
    // From now on the peer is owed an answer: its time ends without closing the connection.
    ReadDeadline deadline(wire_, until);
    wire_.expires_at(until + kLastWordTime);
    if (!reservation_.resize(resting_bytes_ + request_bytes(shared_.options))) co_return no_memory();
    parser.emplace(shared_.options);
    auto fault = co_await read_message(*parser, content);
    if (!deadline.passed()) co_return fault;
    ++shared_.stats.timeouts_request;
    auto patience = shared_.options.header_timeout.count();
    co_return Problem{408, fmt::format("cannot wait longer than {} ms for a whole request", patience), "", 0};
  }

  awaitable<Fault> read_message(RequestParser& parser, Body& content) {
    while (!parser.header_done()) {
      auto taken = parser.take_header(heard());
      buffer_.consume(taken.bytes);
      if (taken.problem) co_return std::move(taken.problem);
      if (!taken.needs_more) continue;
      if (auto fault = co_await read_more()) co_return fault;
    }
    if (parser.wants_continue()) {
      auto [failure, n] = co_await wire_.write({asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"))});
      if (failure) co_return gone();
    }
    while (!parser.done()) {
      auto taken = parser.take_body(heard(), content);
      secrets::wipe({static_cast<char*>(buffer_.data().data()), taken.bytes});
      buffer_.consume(taken.bytes);
      if (taken.problem) co_return std::move(taken.problem);
      if (!taken.needs_more || parser.done()) continue;
      if (auto fault = co_await read_more()) co_return fault;
    }
    co_return std::nullopt;
  }

  awaitable<Fault> read_more() {
    auto room = buffer_.max_size() - buffer_.size();
    if (room == 0) co_return RequestParser::too_long_header(shared_.options);
    auto [failure, n] = co_await wire_.read_some(buffer_.prepare(std::min(room, kReadBytes)));
    if (failure) co_return gone();
    buffer_.commit(n);
    co_return std::nullopt;
  }

  /// Says why, if the peer can hear it; then the connection ends.
  awaitable<bool> refuse(Problem problem) {
    if (problem.status == 0) co_return false;
    if (problem.status != 503 && problem.status != 408) ++shared_.stats.malformed;
    wire_.expires_after(kLastWordTime);
    Answer answer{problem_response(problem, shared_.bodies), "none"};
    RequestHead head;
    co_return co_await write(answer, head, false);
  }

  /// Sends the answer. True when the connection can go on.
  awaitable<bool> write(Answer& answer, const RequestHead& head, bool keep) {
    auto& response = answer.response;
    auto gzip = head.accepts_gzip ? pack(response) : nullptr;
    bool whole = response.stream == nullptr && response.live == nullptr;
    bool chunked = !whole && !head.http_1_0;
    // Without chunks only the end of the connection ends the body; and a live stream ends with its connection.
    keep = keep && (whole || chunked) && response.live == nullptr;
    auto text = head_text(response,
                          {.tls = wire_.has_tls(), .chunked = chunked, .keep_alive = keep, .http_1_0 = head.http_1_0});
    bool with_body = head.method != "HEAD";
    ++shared_.stats.answers[{answer.pattern, response.status}];
    auto failure = co_await send(text, whole && with_body ? response.body.text() : "", "");
    if (!failure && with_body && response.live)
      failure = co_await write_live(*response.live, chunked);
    else if (!failure && with_body && response.stream)
      failure = co_await write_stream(response, gzip.get(), chunked);
    if (Wire::timed_out(failure)) ++(response.live ? shared_.stats.streams_slow : shared_.stats.timeouts_answer);
    co_return !failure && keep;
  }

  /// Packs an answer that is long enough: a whole one at once, of a stream the pieces as they come. Null: nothing is
  /// left to be packed, or there is no memory for it, and the answer goes out as it is.
  std::unique_ptr<Gzip> pack(Response& response) {
    if (!may_be_packed(response) || (!response.stream && response.body.size() < Gzip::kLeastBytes)) return nullptr;
    auto gzip = Gzip::open(shared_.bodies);
    if (!gzip) return nullptr;
    if (!response.stream) {
      Body packed(shared_.bodies);
      gzip->add(response.body.text(), true, packed);
      gzip.reset();
      if (packed.refused()) return nullptr;
      response.body = std::move(packed);
    }
    response.headers.emplace_back("Content-Encoding", "gzip");
    return gzip;
  }

  /// Bytes of a body, with what frames them.
  awaitable<error_code> send(std::string_view before, std::string_view bytes, std::string_view after) {
    auto [failure, n] = co_await wire_.write({asio::buffer(before), asio::buffer(bytes), asio::buffer(after)});
    if (!failure) shared_.stats.sent_bytes += bytes.size();
    co_return failure;
  }

  /// Bytes of a stream, as one chunk or as they are.
  awaitable<error_code> write_piece(std::string_view bytes, bool chunked) {
    auto size = chunked ? fmt::format("{:x}\r\n", bytes.size()) : std::string();
    co_return co_await send(size, bytes, chunked ? "\r\n" : "");
  }

  awaitable<error_code> write_stream(Response& response, Gzip* gzip, bool chunked) {
    Body piece(shared_.bodies), packed(shared_.bodies);
    for (bool more = true; more;) {
      if (!co_await response.stream->prepare()) co_return asio::error::connection_aborted;
      piece.clear();
      packed.clear();
      more = response.stream->next(piece);
      if (gzip != nullptr) gzip->add(piece.text(), !more, packed);
      // The status is out already: only a connection that breaks off tells the peer that the answer is not whole.
      if (piece.refused() || packed.refused()) co_return asio::error::no_memory;
      auto text = gzip != nullptr ? packed.text() : piece.text();
      if (text.empty()) continue;  // as a chunk it would be the last
      if (auto failure = co_await write_piece(text, chunked)) co_return failure;
    }
    if (!chunked) co_return error_code{};
    co_return co_await send("0\r\n\r\n", "", "");
  }

  /// What a live stream waits for: an event, the time for a heartbeat, or that the peer says something or hangs up,
  /// which ends the stream: a peer that listens has nothing to say.
  struct Wake {
    explicit Wake(asio::any_io_executor executor) : timer(std::move(executor)) {}
    asio::steady_timer timer;
    bool peer_spoke = false;
  };

  awaitable<error_code> write_live(LiveStream& live, bool chunked) {
    auto wake = std::make_shared<Wake>(wire_.get_executor());  // its last handler may come after this coroutine
    live.wake = [wake] { wake->timer.cancel(); };
    wire_.when_readable([wake] {
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
      wire_.expires_after(shared_.options.request_timeout);
      if (auto failure = co_await write_piece(text, chunked)) co_return failure;
    }
  }

  Wire wire_;
  const asio::ip::address caller_;
  boost::beast::flat_buffer buffer_;
  Shared& shared_;
  memory::Reservation reservation_;
  std::size_t resting_bytes_ = kIdleBytes;  // of a connection that waits for a request
  bool idle_ = false;
  std::optional<MonoTime> waits_since_;  // for a request
};

std::size_t Connection::idle_bytes() {
  return kIdleBytes;
}
std::size_t Connection::tls_bytes() {
  return kTlsBytes;
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
