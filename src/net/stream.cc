#include "net/stream.h"

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <ctime>

#include <fmt/format.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include "base/units.h"
#include "net/foreign_memory.h"
#include "net/socket_wait.h"

namespace holter::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

constexpr std::size_t kPiece = 4096;
constexpr int kMostCertificates = 16;

std::string name_text(const X509_NAME* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* data = nullptr;
  auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(::timegm(&parts)));
}

std::string serial_of(X509* certificate) {
  std::unique_ptr<BIGNUM, decltype(&BN_free)> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr),
                                                     BN_free);
  if (!number) return {};
  char* text = BN_bn2hex(number.get());
  if (text == nullptr) return {};
  std::string serial(text);
  OPENSSL_free(text);
  return serial;
}

void add_name(std::string& names, const GENERAL_NAME& name) {
  constexpr std::size_t kMostBytes = 4096;  // a certificate may have thousands of names
  if (names.size() > kMostBytes) return;
  std::string text;
  if (name.type == GEN_DNS) {
    text.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name.d.dNSName)),
                static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName)));
  } else if (name.type == GEN_IPADD) {
    const auto* data = ASN1_STRING_get0_data(name.d.iPAddress);
    auto length = ASN1_STRING_length(name.d.iPAddress);
    if (length == 4) {
      asio::ip::address_v4::bytes_type bytes;
      std::copy_n(data, 4, bytes.begin());
      text = asio::ip::address_v4(bytes).to_string();
    } else if (length == 16) {
      asio::ip::address_v6::bytes_type bytes;
      std::copy_n(data, 16, bytes.begin());
      text = asio::ip::address_v6(bytes).to_string();
    }
  }
  if (!text.empty()) names += (names.empty() ? "" : ", ") + excerpt(text, 255);
}

std::string names_of(X509* certificate) {
  std::string names;
  auto* all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all); ++i) add_name(names, *sk_GENERAL_NAME_value(all, i));
  GENERAL_NAMES_free(all);
  return names;
}

}  // namespace

struct Stream::Tls {
  Tls(tcp::socket& socket, std::shared_ptr<ssl::context> with) : context(std::move(with)), stream(socket, *context) {}
  std::shared_ptr<ssl::context> context;
  ssl::stream<tcp::socket&> stream;
};

std::size_t Stream::bytes_of(bool tls) {
  // Asio keeps two records of 17 KiB; OpenSSL's own bytes are on its account where that is installed.
  return sizeof(Stream) + 2 * kPiece + (tls ? 36 * 1024 + foreign_charge(0, 48 * 1024) : 0);
}

Stream::Stream(TcpStream tcp, memory::Reservation charged)
    : tcp_(std::move(tcp)), charged_(std::move(charged)), base_bytes_(charged_.bytes()) {}
Stream::~Stream() = default;

asio::awaitable<Result<std::unique_ptr<Stream>>> Stream::connect(runtime::Executor executor,
                                                                 std::vector<IpAddress> addresses, std::uint16_t port,
                                                                 memory::Reservation charged, MonoTime deadline) {
  CO_TRY(auto tcp, co_await TcpStream::connect(executor, std::move(addresses), port, deadline));
  boost::system::error_code ignored;  // then small requests wait for an acknowledgement, and work all the same
  tcp.socket().set_option(tcp::no_delay(true), ignored);
  co_return on(std::move(tcp), std::move(charged));
}

std::unique_ptr<Stream> Stream::on(TcpStream tcp, memory::Reservation charged) {
  return std::unique_ptr<Stream>(new Stream(std::move(tcp), std::move(charged)));
}

asio::awaitable<Status> Stream::start_tls(std::shared_ptr<ssl::context> context, TlsOptions options,
                                          MonoTime deadline) {
  if (!unread().empty())
    co_return Error(ErrorCode::kProtocolViolation,
                    fmt::format("cannot start TLS with {}: it sent {} bytes before", peer(), unread().size()));
  auto refusals = foreign_refusals();
  boost::system::error_code failure;
  bool expired = false;
  try {
    tls_ = std::make_unique<Tls>(tcp_.socket(), std::move(context));
    auto* native = tls_->stream.native_handle();
    auto bare = options.server_name;
    if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
    if (bare.ends_with('.')) bare.pop_back();
    asio::ip::make_address(bare, failure);
    bool is_name = static_cast<bool>(failure);
    if (is_name && !bare.empty()) SSL_set_tlsext_host_name(native, bare.c_str());
    if (options.verify) {
      auto* rules = SSL_get0_param(native);
      if ((is_name ? X509_VERIFY_PARAM_set1_host(rules, bare.c_str(), bare.size())
                   : X509_VERIFY_PARAM_set1_ip_asc(rules, bare.c_str())) != 1)
        co_return Error(ErrorCode::kInvalidArgument, fmt::format("cannot verify the name '{}'", excerpt(bare)));
    }
    tls_->stream.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none);
    failure.clear();
    Watchdog<tcp::socket> watchdog(tcp_.socket(), deadline);
    co_await tls_->stream.async_handshake(ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, failure));
    expired = watchdog.expired();
  } catch (const boost::system::system_error& e) {
    failure = e.code();
  }
  if (!failure) co_return Status{};
  if (foreign_refusals() != refusals)
    co_return Error(ErrorCode::kResourceExhausted, fmt::format("cannot start TLS with {}: no memory", peer()));
  auto verdict = tls_ ? SSL_get_verify_result(tls_->stream.native_handle()) : X509_V_OK;
  if (options.verify && verdict != X509_V_OK && !expired)
    co_return Error(ErrorCode::kUnavailable, fmt::format("cannot start TLS with {}: the certificate is not trusted: {}",
                                                         peer(), X509_verify_cert_error_string(verdict)));
  co_return socket_error(failure, expired, "start TLS with", peer());
}

std::vector<PeerCertificate> Stream::peer_certificates() const {
  std::vector<PeerCertificate> certificates;
  if (!tls_) return certificates;
  auto* chain = SSL_get_peer_cert_chain(tls_->stream.native_handle());
  for (int i = 0; chain != nullptr && i < std::min(sk_X509_num(chain), kMostCertificates); ++i) {
    auto* each = sk_X509_value(chain, i);
    certificates.push_back({.subject = name_text(X509_get_subject_name(each)),
                            .issuer = name_text(X509_get_issuer_name(each)),
                            .serial = serial_of(each),
                            .names = names_of(each),
                            .not_before = time_of(X509_get0_notBefore(each)),
                            .not_after = time_of(X509_get0_notAfter(each))});
  }
  return certificates;
}

std::string Stream::tls_version() const {
  if (!tls_) return {};
  auto* native = tls_->stream.native_handle();
  return fmt::format("{} {}", SSL_get_version(native), SSL_get_cipher_name(native));
}

asio::awaitable<Status> Stream::write(std::string_view bytes, MonoTime deadline, std::string_view what) {
  boost::system::error_code failure;
  Watchdog<tcp::socket> watchdog(tcp_.socket(), deadline);
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  if (tls_)
    co_await asio::async_write(tls_->stream, asio::buffer(bytes), token);
  else
    co_await asio::async_write(tcp_.socket(), asio::buffer(bytes), token);
  if (failure) co_return socket_error(failure, watchdog.expired(), what, peer());
  co_return Status{};
}

Status Stream::make_room(std::size_t more) {
  auto wanted = input_.size() + more;
  if (wanted <= input_.capacity()) return {};
  wanted = std::max(wanted, 2 * input_.capacity());
  // While the text moves, both are there.
  if (!charged_.resize(std::max(base_bytes_, base_bytes_ - 2 * kPiece + wanted + input_.capacity())))
    return Error(ErrorCode::kResourceExhausted,
                 fmt::format("cannot read from {}: no memory for {} more bytes on the account", peer(), more));
  input_.reserve(wanted);
  return {};
}

asio::awaitable<Result<std::size_t>> Stream::fill(MonoTime deadline, std::string_view what) {
  // After the end Asio would wait for an event that never comes.
  if (ended_) co_return std::size_t{0};
  std::array<char, kPiece> piece;
  boost::system::error_code failure;
  Watchdog<tcp::socket> watchdog(tcp_.socket(), deadline);
  auto token = asio::redirect_error(asio::use_awaitable, failure);
  std::size_t got = tls_ ? co_await tls_->stream.async_read_some(asio::buffer(piece), token)
                         : co_await tcp_.socket().async_read_some(asio::buffer(piece), token);
  // Many peers end TLS without saying so; what is cut short shows in the protocol on top.
  ended_ = failure == asio::error::eof || failure == ssl::error::stream_truncated;
  if (ended_) co_return std::size_t{0};
  if (failure) co_return socket_error(failure, watchdog.expired(), what, peer());
  CO_TRY_OK(make_room(got));
  input_.append(piece.data(), got);
  co_return got;
}

void Stream::drop_taken() {
  input_.erase(0, taken_);
  taken_ = 0;
  if (!input_.empty() || input_.capacity() <= kPiece) return;
  input_ = {};                         // the memory of an unusually large answer goes back
  (void)charged_.resize(base_bytes_);  // shrinking is never refused
}

std::string_view Stream::take(std::size_t count) {
  auto text = unread().substr(0, count);
  taken_ += count;
  return text;
}

asio::awaitable<Result<std::string_view>> Stream::read_some(MonoTime deadline, std::string_view what) {
  drop_taken();
  if (input_.empty()) CO_TRY_OK(co_await fill(deadline, what));
  co_return take(input_.size());
}

asio::awaitable<Result<std::string_view>> Stream::read_line(std::size_t most, MonoTime deadline,
                                                            std::string_view what) {
  drop_taken();
  std::size_t seen = 0;
  while (true) {
    auto end = input_.find('\n', seen);
    if (end != std::string::npos && end < most) {
      auto line = take(end + 1);
      line.remove_suffix(1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      co_return line;
    }
    seen = input_.size();
    if (seen >= most)
      co_return Error(ErrorCode::kTooLarge,
                      fmt::format("cannot {} {}: no end of line within {} bytes", what, peer(), most));
    CO_TRY(auto got, co_await fill(deadline, what));
    if (got == 0) co_return socket_error(asio::error::eof, false, what, peer());
  }
}

asio::awaitable<Result<std::string_view>> Stream::read_exact(std::size_t count, MonoTime deadline,
                                                             std::string_view what) {
  drop_taken();
  while (input_.size() < count) {
    CO_TRY(auto got, co_await fill(deadline, what));
    if (got == 0) co_return socket_error(asio::error::eof, false, what, peer());
  }
  co_return take(count);
}

bool Stream::quiet() {
  if (ended_ || !unread().empty()) return false;
  boost::system::error_code failure;
  char byte = 0;
  auto& socket = tcp_.socket();
  socket.non_blocking(true, failure);
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, failure);
  // TLS tickets may lie there; a byte of plain text would be an answer that nobody asked for.
  return failure == asio::error::would_block || (!failure && tls_ != nullptr);
}

}  // namespace holter::net
