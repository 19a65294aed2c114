#include "net/tls.h"

#include <algorithm>
#include <boost/asio/ssl/context.hpp>
#include <new>

#include <fmt/format.h>

#include "base/units.h"

namespace holter::net {
namespace {

namespace ssl = boost::asio::ssl;

Error cannot_use(std::string_view what, const std::string& file, const boost::system::error_code& failure) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot use the {} '{}': {}", what, excerpt(file, 200), failure.message())};
}
/// Of a text, which may be a secret.
Error cannot_use(std::string_view what, const boost::system::error_code& failure) {
  return {ErrorCode::kInvalidArgument, fmt::format("cannot use the {}: {}", what, failure.message())};
}

Status use_authorities(ssl::context& context, const TlsOptions& options) {
  boost::system::error_code failure;
  if (options.ca_file.empty()) {
    context.set_default_verify_paths(failure);
    if (failure) return cannot_use("authorities", "of the system", failure);
  } else {
    context.load_verify_file(options.ca_file, failure);
    if (failure) return cannot_use("file of authorities", options.ca_file, failure);
  }
  if (options.ca_text.empty()) return {};
  context.add_certificate_authority(boost::asio::buffer(options.ca_text), failure);
  if (failure) return cannot_use("text of authorities", failure);
  return {};
}

Status use_own_certificate(ssl::context& context, const TlsOptions& options) {
  boost::system::error_code failure;
  // OpenSSL would ask at the terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, failure);
  if (!options.certificate_text.empty()) {
    context.use_certificate_chain(boost::asio::buffer(options.certificate_text), failure);
    if (failure) return cannot_use("text of the certificate", failure);
    context.use_private_key(boost::asio::buffer(options.key_text), ssl::context::pem, failure);
    if (failure) return cannot_use("text of the key", failure);
  } else if (!options.certificate_file.empty()) {
    context.use_certificate_chain_file(options.certificate_file, failure);
    if (failure) return cannot_use("certificate file", options.certificate_file, failure);
    context.use_private_key_file(options.key_file, ssl::context::pem, failure);
    if (failure) return cannot_use("key file", options.key_file, failure);
  }
  return {};
}

Result<std::shared_ptr<ssl::context>> make(const TlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  boost::system::error_code failure;
  auto without = ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3;
  if (options.only_tls13) without |= ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_tlsv1_2;
  context->set_options(without, failure);
  if (options.verify) TRY_OK(use_authorities(*context, options));
  TRY_OK(use_own_certificate(*context, options));
  return context;
}

}  // namespace

Result<std::shared_ptr<ssl::context>> TlsContexts::get(const TlsOptions& options) {
  auto key = fmt::format("{}{}", options.verify, options.only_tls13);
  for (const auto* part : {&options.ca_file, &options.certificate_file, &options.key_file, &options.ca_text,
                           &options.certificate_text, &options.key_text})
    key += fmt::format(" {}:{}", part->size(), *part);
  auto found = std::ranges::find(kept_, key, &Kept::key);
  if (found != kept_.end()) return found->context;
  try {
    TRY(auto context, make(options));
    if (kept_.size() >= kMost) kept_.erase(kept_.begin());
    kept_.push_back({std::move(key), context});
    return context;
  } catch (const boost::system::system_error& e) {  // OpenSSL was refused memory for the context itself
    return Error(ErrorCode::kResourceExhausted, fmt::format("cannot prepare TLS: {}", e.what()));
  }
}

}  // namespace holter::net
