#include "net/ssh_key.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>
#include <libssh/libssh.h>

#include "base/units.h"

namespace holter::net {
namespace {

constexpr std::size_t kMostBytes = 64 << 10;

Result<std::string> text_of(const std::string& key) {
  if (!key.starts_with('/')) return key;
  std::ifstream file(key, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty())
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot read the private key in {}: {}", excerpt(key, 200), std::strerror(errno)));
  return text;
}

/// OpenSSL would ask on the terminal for a passphrase that nobody gave.
int no_passphrase(const char*, char*, std::size_t, int, int, void*) {
  return -1;
}

}  // namespace

Result<std::shared_ptr<SshKey>> SshKey::of(const SshLogin& login) {
  if (login.private_key.empty()) return std::shared_ptr<SshKey>();
  TRY(auto text, text_of(login.private_key));
  if (text.size() > kMostBytes)
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("cannot use the private key: more than {}", format_size(kMostBytes)));
  // A text field may have taken the last line feed, without which it is no key to libssh.
  if (!text.ends_with('\n')) text += '\n';
  ssh_key key = nullptr;
  int done = ssh_pki_import_privkey_base64(text.c_str(), login.passphrase.c_str(), no_passphrase, nullptr, &key);
  std::fill(text.begin(), text.end(), '\0');
  if (done != SSH_OK || key == nullptr)
    return Error(
        ErrorCode::kInvalidArgument,
        "cannot use the private key: it is no key in PEM or OpenSSH's format, or its passphrase is another one");
  return std::shared_ptr<SshKey>(new SshKey(key));
}

SshKey::~SshKey() {
  ssh_key_free(key_);
}

}  // namespace holter::net
