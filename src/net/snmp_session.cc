#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/units.h"
#include "net/snmp_impl.h"

namespace holter::net {
namespace {

using boost::asio::awaitable;

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string_view name_of(BerType kind) {
  return kind == BerType::kGet ? "Get" : kind == BerType::kGetNext ? "GetNext" : "GetBulk";
}

}  // namespace

class SnmpSession::Impl {
 public:
  Impl(SnmpEngine::Impl& engine, Options options)
      : engine_(engine),
        options_(std::move(options)),
        credentials_(*options_.credentials),
        peer_(options_.address, options_.port),
        peer_text_(fmt::format(fmt::runtime(options_.address.is_v6() ? "[{}]:{}" : "{}:{}"),
                               options_.address.to_string(), options_.port)),
        key_(std::string(reinterpret_cast<const char*>(peer_.data()), peer_.size()) + credentials_.fingerprint),
        datagram_(*options_.account, SnmpSocket::kMostBytes, options_.reserve) {}

  awaitable<Result<SnmpPdu>> ask(SnmpRequest request, MonoTime deadline) {
    // An engine may have forgotten us once, and its clock may have jumped once.
    constexpr int kRounds = 3;
    for (int round = 0; round < kRounds; ++round) {
      if (credentials_.version == SnmpVersion::kV3 && !known_) CO_TRY_OK(co_await find_engine(deadline));
      Exchange exchange(*this, false);
      CO_TRY_OK(exchange.begin());
      CO_TRY(exchange.message, write(request, exchange.id));
      if (options_.watch)
        watch(fmt::format("{} of {} name{} to {}, {} bytes", name_of(request.kind), request.names.size(),
                          request.names.size() == 1 ? "" : "s", peer_text_, exchange.message.size()));
      auto pdu = co_await heard(&exchange, deadline);
      // After silence, perhaps another agent stands there now.
      if (!pdu && pdu.error().code() == ErrorCode::kTimeout && known_) forget();
      if (!pdu) co_return std::move(pdu).error();
      answered_ = true;
      if (*pdu) co_return **pdu;
    }
    co_return Error(ErrorCode::kUnauthenticated,
                    fmt::format("cannot ask {}: it reports a new engine or time again and again", peer_text_));
  }

  std::size_t answer_bytes() const { return datagram_.size(); }
  std::uint64_t questions() const { return questions_; }

 private:
  /// Empty when the question should be asked again.
  using Answer = Result<std::optional<SnmpPdu>>;

  /// A datagram on its way, and what comes for it.
  struct Exchange final : SnmpPending {
    Exchange(Impl& s, bool for_engine) : session(s), discovery(for_engine), own_timer(s.engine_.executor()) {
      peer = s.peer_;
      timer = &own_timer;
    }
    ~Exchange() override {
      if (id != 0) session.engine_.remove(id);
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    Status begin() {
      TRY(id, session.engine_.add(*this));
      return {};
    }
    bool take(std::string_view datagram) override {
      answer = session.read(datagram, discovery, id);
      if (answer || answer.error().code() != ErrorCode::kProtocolViolation) return true;
      // Anybody could have sent this; the agent may still answer.
      if (session.options_.watch) session.watch(answer.error().message());
      unreadable = answer.error().message();
      return false;
    }

    Impl& session;
    const bool discovery;
    boost::asio::steady_timer own_timer;
    std::int32_t id = 0;
    std::string message;
    MonoTime retry_at{};
    int sent = 0;
    Answer answer = std::nullopt;
    std::string unreadable;  ///< why the last datagram did not count
  };

  void watch(std::string_view what) const { options_.watch(what); }

  Status send(Exchange& exchange) {
    auto sent = engine_.send(peer_, exchange.message, exchange.sent > 0);
    if (!sent) return std::move(sent).error().with_context(fmt::format("cannot send to {}", peer_text_));
    ++questions_;
    ++exchange.sent;
    return {};
  }

  /// Sends the message, once more if need be, and waits for the answer.
  awaitable<Answer> heard(Exchange* exchange, MonoTime deadline) {
    auto now = engine_.now();
    exchange->retry_at = now + std::min<nanoseconds>(kPatience, (deadline - now) / 2);
    while (true) {
      CO_TRY_OK(send(*exchange));
      exchange->own_timer.expires_at(exchange->sent == 1 ? exchange->retry_at : deadline);
      boost::system::error_code failure;
      co_await exchange->own_timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, failure));
      if (exchange->no_memory)
        co_return Error(ErrorCode::kResourceExhausted,
                        fmt::format("cannot take the answer of {}: no memory for it", peer_text_));
      if (exchange->heard) co_return std::move(exchange->answer);
      if (exchange->failure != 0)
        co_return Error(ErrorCode::kUnavailable,
                        fmt::format("cannot reach {}: {}", peer_text_, std::strerror(exchange->failure)));
      if (failure) co_return Error(ErrorCode::kCancelled, fmt::format("cannot hear from {}: cancelled", peer_text_));
      if (exchange->sent > 1 || engine_.now() >= deadline) co_return silence(*exchange);
      if (options_.watch) watch(fmt::format("no answer from {}: asking again", peer_text_));
    }
  }

  Error silence(const Exchange& exchange) const {
    if (!exchange.unreadable.empty())
      return {ErrorCode::kProtocolViolation, fmt::format("cannot hear from {}: {}", peer_text_, exchange.unreadable)};
    return {ErrorCode::kTimeout,
            fmt::format(
                "cannot hear from {}: no answer in time (asked {} time{}{})", peer_text_, exchange.sent,
                exchange.sent == 1 ? "" : "s",
                credentials_.version == SnmpVersion::kV3 || answered_ ? "" : "; a wrong community gets none, either")};
  }

  Result<std::string> write(const SnmpRequest& request, std::int32_t id) const {
    if (credentials_.version != SnmpVersion::kV3)
      return write_community_message(credentials_.version, credentials_.community, request, id);
    return usm_write(credentials_.user, known_->keys, known_->engine, engine_.now(), request, id);
  }

  /// What a datagram says; it is kept, since the answer is a view of it. Errors: kProtocolViolation when it does not
  /// count; others end the question.
  Answer read(std::string_view bytes, bool discovery, std::int64_t id) {
    if (options_.watch) watch(fmt::format("{} bytes came from {}", bytes.size(), peer_text_));
    datagram_.clear();
    TRY_OK(datagram_.append(bytes));
    std::string_view datagram = datagram_.text();
    if (discovery) return read_engine(datagram);
    if (credentials_.version == SnmpVersion::kV3) return read_v3(datagram, id);
    TRY(auto label, read_label(datagram));
    if (label.version != credentials_.version) return no_answer("it is of another version");
    TRY(auto pdu, read_community_message(datagram));
    if (pdu.kind != BerType::kResponse) return no_answer("it is no response");
    return pdu;
  }

  Answer read_v3(std::string_view datagram, std::int64_t id) {
    const auto& user = credentials_.user;
    TRY(auto message, usm_read(datagram));
    bool authentic = message.authenticated && user.auth != UsmAuth::kNone;
    if (authentic) {
      if (message.engine_id != known_->engine.id) return no_answer("it is of another engine");
      if (!usm_is_authentic(message, datagram, user, known_->keys)) return no_answer("its digest is wrong");
    }
    TRY_OK(make_room(datagram.size()));
    TRY(auto pdu, usm_open(message, user, known_->keys, plain_));
    if (pdu.kind == BerType::kReport) return understand(usm_report_of(pdu), message, authentic);
    if (user.auth != UsmAuth::kNone && !authentic) return no_answer("it is not authenticated");
    if (user.privacy != UsmPrivacy::kNone && !message.encrypted) return no_answer("it is not encrypted");
    if (message.engine_id != known_->engine.id) return no_answer("it is of another engine");
    if (pdu.id != id) return no_answer("it answers something else");
    auto& engine = known_->engine;
    auto now = engine_.now();
    if (authentic) {
      bool late = message.boots < engine.boots ||
                  (message.boots == engine.boots && message.time_s + UsmEngine::kWindowS < engine.time_at(now));
      if (late) return no_answer("it is outside of the time window");
      if (message.boots > engine.boots || message.time_s > engine.time_at(now)) set_clock(message);
    }
    return pdu;
  }

  /// What follows from a report.
  Answer understand(UsmReport report, const UsmMessage& message, bool authentic) {
    auto refused = [this](std::string_view why) {
      return Error(ErrorCode::kUnauthenticated, fmt::format("cannot log in to {}: {}", peer_text_, why));
    };
    switch (report) {
      case UsmReport::kNotInTimeWindow:
        if (options_.watch)
          watch(fmt::format("the clock of {} is at boots {}, {} s", peer_text_, message.boots, message.time_s));
        if (authentic)
          set_clock(message);
        else
          forget();
        return std::nullopt;
      case UsmReport::kUnknownEngine:
        forget();
        return std::nullopt;
      case UsmReport::kUnknownUser:
        return refused(fmt::format("it does not know the user '{}'", excerpt(credentials_.user.name)));
      case UsmReport::kWrongDigest:
        return refused("the authentication passphrase or protocol is wrong");
      case UsmReport::kDecryptionError:
        return refused("the privacy passphrase or protocol is wrong");
      case UsmReport::kUnsupportedLevel:
        return refused("it does not allow this security level for the user");
      case UsmReport::kUnknownContext:
        return refused(fmt::format("it has no context '{}'", excerpt(credentials_.user.context)));
      case UsmReport::kOther:
        break;
    }
    return no_answer("it is a report of an unknown kind");
  }

  /// Asks the agent for its engine, unless it is known.
  awaitable<Status> find_engine(MonoTime deadline) {
    known_ = engine_.find_engine(key_);
    if (known_) co_return Status{};
    Exchange exchange(*this, true);
    CO_TRY_OK(exchange.begin());
    CO_TRY(exchange.message, usm_write_discovery(exchange.id));
    if (options_.watch) watch(fmt::format("asking {} for its engine", peer_text_));
    CO_TRY_OK(co_await heard(&exchange, deadline));
    co_return Status{};
  }

  Answer read_engine(std::string_view datagram) {
    TRY(auto message, usm_read(datagram));
    if (message.engine_id.empty()) return no_answer("it does not name its engine");
    TRY_OK(learn(message));
    return std::nullopt;
  }

  Status learn(const UsmMessage& message) {
    engine_.note_discovery();
    TRY(auto master, engine_.master_keys(credentials_));
    auto known = std::make_shared<SnmpKnownEngine>();
    known->engine.id = std::string(message.engine_id);
    TRY(known->keys, usm_local_keys(credentials_.user, master, message.engine_id));
    known_ = std::move(known);
    set_clock(message);
    engine_.remember_engine(key_, known_);
    if (options_.watch)
      watch(fmt::format("its engine is {}, boots {}, {} s", to_hex(message.engine_id), message.boots, message.time_s));
    return {};
  }

  void set_clock(const UsmMessage& message) {
    known_->engine.boots = message.boots;
    known_->engine.time_s = message.time_s;
    known_->engine.heard = engine_.now();
  }
  void forget() {
    engine_.forget_engine(key_);
    known_ = nullptr;
  }

  /// For the decrypted form of an answer.
  Status make_room(std::size_t bytes) {
    if (bytes <= plain_charged_.bytes() || (plain_charged_.bytes() > 0 && plain_charged_.resize(bytes))) return {};
    auto reserved = options_.account->reserve(bytes);
    if (!reserved && options_.reserve != nullptr) reserved = options_.reserve->reserve(bytes);
    if (!reserved) return std::move(reserved).error();
    plain_charged_ = std::move(*reserved);
    return {};
  }

  static Error no_answer(std::string_view why) {
    return {ErrorCode::kProtocolViolation, fmt::format("cannot take the answer: {}", why)};
  }

  SnmpEngine::Impl& engine_;
  const Options options_;
  const SnmpCredentials& credentials_;
  const SnmpSocket::Endpoint peer_;
  const std::string peer_text_;
  const std::string key_;
  SnmpEngine::Impl::Known known_;
  ChargedText datagram_;
  memory::Reservation plain_charged_;
  std::string plain_;
  std::uint64_t questions_ = 0;
  bool answered_ = false;
};

SnmpSession::SnmpSession(SnmpEngine& engine, Options options)
    : impl_(std::make_unique<Impl>(*engine.impl_, std::move(options))) {}
SnmpSession::~SnmpSession() = default;

boost::asio::awaitable<Result<SnmpPdu>> SnmpSession::ask(SnmpRequest request, MonoTime deadline) {
  return impl_->ask(request, deadline);
}
std::size_t SnmpSession::answer_bytes() const {
  return impl_->answer_bytes();
}
std::uint64_t SnmpSession::questions() const {
  return impl_->questions();
}

}  // namespace holter::net
