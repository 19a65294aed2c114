#include "testing/certificates.h"

#include <cstdlib>
#include <ctime>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/check.h"

namespace holter::testing {
namespace {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  CHECK(extension != nullptr);
  CHECK(X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace

Certificate make_certificate(const CertificateOptions& options, const Certificate* issuer) {
  static long serial = 1000;
  Key key(EVP_EC_gen("P-256"));
  Cert cert(X509_new());
  CHECK(key != nullptr && cert != nullptr);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), options.valid_from.count());
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), options.valid_until.count());
  X509_set_pubkey(cert.get(), key.get());
  auto* name = X509_get_subject_name(cert.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1, -1, 0);
  add_extension(cert.get(), NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!options.alternative_names.empty())
    add_extension(cert.get(), NID_subject_alt_name, options.alternative_names);
  Certificate made;
  EVP_PKEY* signer = key.get();
  Key issuer_key;
  if (issuer != nullptr) {
    Cert issuer_cert(PEM_read_bio_X509(reader(issuer->certificate).get(), nullptr, nullptr, nullptr));
    issuer_key.reset(PEM_read_bio_PrivateKey(reader(issuer->key).get(), nullptr, nullptr, nullptr));
    CHECK(issuer_cert != nullptr && issuer_key != nullptr);
    X509_set_issuer_name(cert.get(), X509_get_subject_name(issuer_cert.get()));
    signer = issuer_key.get();
    made.certificate = issuer->certificate;
  } else {
    X509_set_issuer_name(cert.get(), name);
  }
  CHECK(X509_sign(cert.get(), signer, EVP_sha256()) > 0);
  Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), cert.get());
  made.certificate.insert(0, text_of(out.get()));
  Bio key_out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  made.key = text_of(key_out.get());
  return made;
}

TempFile::TempFile(const std::string& text) {
  const char* dir = std::getenv("TMPDIR");
  path_ = std::string(dir != nullptr ? dir : "/tmp") + "/holter-test-XXXXXX";
  int fd = ::mkstemp(path_.data());
  CHECK(fd >= 0);
  CHECK(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(fd);
}

TempFile::~TempFile() {
  ::unlink(path_.c_str());
}

}  // namespace holter::testing
