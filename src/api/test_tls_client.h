#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace holter::api {

/// For tests: a client over TLS that trusts `authority` (PEM) alone. Reads give up after 10 s.
class TlsClient {
 public:
  struct Options {
    std::string authority;
    int least = TLS1_2_VERSION, most = TLS1_3_VERSION;
    std::string alpn;  ///< as on the wire: a length and a name, one after the other
  };

  TlsClient(std::uint16_t port, const Options& options)
      : context_(boost::asio::ssl::context::tls_client), stream_(io_, prepare(options)) {
    boost::asio::ip::tcp::endpoint to(boost::asio::ip::address_v4::loopback(), port);
    stream_.next_layer().connect(to, failure);
    if (failure) return;
    timeval patience{10, 0};
    setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    SSL_set1_host(stream_.native_handle(), "localhost");
    SSL_set_tlsext_host_name(stream_.native_handle(), "localhost");
    stream_.handshake(boost::asio::ssl::stream_base::client, failure);
  }

  void send(std::string_view bytes) { boost::asio::write(stream_, boost::asio::buffer(bytes), failure); }
  /// What comes until the peer says that nothing more does.
  std::string read_all() {
    std::string all;
    boost::asio::read(stream_, boost::asio::dynamic_buffer(all), failure);
    return all;
  }
  /// What comes up to and including `mark`.
  std::string read_until(std::string_view mark) {
    auto size = boost::asio::read_until(stream_, boost::asio::dynamic_buffer(received_), mark, failure);
    auto text = received_.substr(0, size);
    received_.erase(0, size);
    return text;
  }
  std::string version() { return SSL_get_version(stream_.native_handle()); }
  std::string protocol() {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream_.native_handle(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  /// The serial number of the server's certificate.
  long serial() {
    auto* certificate = SSL_get0_peer_certificate(stream_.native_handle());
    return certificate == nullptr ? 0 : ASN1_INTEGER_get(X509_get0_serialNumber(certificate));
  }

  boost::system::error_code failure;  ///< of the last step

 private:
  boost::asio::ssl::context& prepare(const Options& options) {
    context_.set_verify_mode(boost::asio::ssl::verify_peer);
    context_.add_certificate_authority(boost::asio::buffer(options.authority));
    auto* native = context_.native_handle();
    SSL_CTX_set_cipher_list(native, "DEFAULT:@SECLEVEL=0");  // else it would not even offer TLS 1.1
    SSL_CTX_set_min_proto_version(native, options.least);
    SSL_CTX_set_max_proto_version(native, options.most);
    if (!options.alpn.empty())
      SSL_CTX_set_alpn_protos(native, reinterpret_cast<const unsigned char*>(options.alpn.data()),
                              static_cast<unsigned>(options.alpn.size()));
    return context_;
  }

  boost::asio::io_context io_;
  boost::asio::ssl::context context_;
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
  std::string received_;
};

}  // namespace holter::api
