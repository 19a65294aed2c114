#include "api/tls.h"

#include <boost/asio/ssl/context.hpp>
#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/units.h"

namespace holter::api {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

Error cannot_serve(std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot serve TLS: {}", why)};
}

/// The only protocol that is spoken; who offers others alone is told so (RFC 7301, 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs, offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Status set_up(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Buffers of a session that waits are given back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return cannot_serve("OpenSSL takes neither TLS 1.2 nor its ciphers");
  return {};
}

Result<std::shared_ptr<ssl::context>> make(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  TRY_OK(set_up(context->native_handle()));
  error_code failure;
  // OpenSSL would ask at the terminal.
  context->set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, failure);
  context->use_certificate_chain_file(files.certificate, failure);
  if (failure)
    return cannot_serve(fmt::format("cannot use the certificate '{}' (server.tls.certificate): {}",
                                    excerpt(files.certificate, 200), failure.message()));
  context->use_private_key_file(files.key, ssl::context::pem, failure);
  if (failure)
    return cannot_serve(
        fmt::format("cannot use the key '{}' (server.tls.key): {}", excerpt(files.key, 200), failure.message()));
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    return cannot_serve(fmt::format("the key '{}' is not that of the certificate '{}'", excerpt(files.key, 200),
                                    excerpt(files.certificate, 200)));
  return context;
}

}  // namespace

Result<std::unique_ptr<ServerTls>> ServerTls::open(TlsFiles files) {
  std::unique_ptr<ServerTls> tls(new ServerTls(std::move(files)));
  TRY_OK(tls->reload());
  return tls;
}

Status ServerTls::reload() {
  tried_ = seen_ = fingerprint();
  try {
    TRY(context_, make(files_));
  } catch (const boost::system::system_error& e) {  // OpenSSL was refused memory for the context
    return cannot_serve(e.what());
  }
  return {};
}

Result<bool> ServerTls::follow() {
  auto now = fingerprint();
  auto before = std::exchange(seen_, now);
  if (now == tried_ || now != before) return false;
  TRY_OK(reload());
  return true;
}

std::uint64_t ServerTls::fingerprint() const {
  std::string all;
  for (const auto& path : {files_.certificate, files_.key}) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) found = {};
    all += fmt::format("{} {} {}.{} ", found.st_ino, found.st_size, found.st_mtim.tv_sec, found.st_mtim.tv_nsec);
  }
  return stable_hash(all);
}

}  // namespace holter::api
