#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssh_key_struct;

namespace holter::net {

/// Who logs in to an SSH server, and by what. With a password the key is not used, unless the server wants both.
struct SshLogin {
  std::string user, password;
  std::string private_key;  ///< PEM or OpenSSH's format: the text, or an absolute path of a file with it
  std::string passphrase;   ///< of the key
  bool operator==(const SshLogin&) const = default;
  std::size_t bytes() const {
    return user.capacity() + password.capacity() + private_key.capacity() + passphrase.capacity();
  }
};

/// A private key, ready to sign. Threads: may be made on any; used by one at a time.
class SshKey {
 public:
  /// Null when the login has none, or would not use it. A key with a passphrase costs a tenth of a second and more of
  /// computing (bcrypt): not to be done on a shard's thread. Errors: kInvalidArgument for a key that cannot be read, or
  /// whose passphrase is another one; messages name neither.
  static Result<std::shared_ptr<SshKey>> of(const SshLogin& login);
  ~SshKey();
  SshKey(const SshKey&) = delete;
  SshKey& operator=(const SshKey&) = delete;

  ssh_key_struct* get() const { return key_; }

 private:
  explicit SshKey(ssh_key_struct* key) : key_(key) {}
  ssh_key_struct* const key_;
};

}  // namespace holter::net
