#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "secrets/key_file.h"
#include "secrets/secret_key.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

struct KeyringOptions {
  std::string data_dir;  ///< the key file is "<data_dir>/secret.key"
  SecretText list;       ///< HOLTER_SECRET_KEY: keys (parse_key_list()), the newest first; empty: not set
  std::string file;      ///< HOLTER_SECRET_KEY_FILE: a file with such a list; empty: not set
  /// Whether something is stored that was sealed: then a missing key file is an error, and no key is made.
  bool has_sealed = false;
};

/// The keys that seal parameters, and what they seal. Where the environment names keys, the key file is not looked at.
/// Threads: any. Lifetime: as long as the process, commonly.
class Keyring {
 public:
  /// Takes the keys from the environment's list or file, else from the key file, which is made at first start. Waits
  /// for the disk. Errors: kInvalidArgument (keys that are none, or open to others), kNotFound (no key file, but sealed
  /// texts), kCorruption, kUnavailable (another process makes the file), kIo; each says what to do, none tells a key.
  static Result<std::unique_ptr<Keyring>> load(const KeyringOptions& options);
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  /// Seals by the newest key (XChaCha20-Poly1305, a random nonce). `context` says what and where the text is ("monitor
  /// 123 password"): the sealed text opens only with the same. Errors: kTooLarge above kMostPlain, kInvalidArgument for
  /// a context that is empty or longer than kMostContext; they name the context, not the text.
  Result<std::string> seal(std::string_view plain, std::string_view context) const;
  /// Errors, which name the context and the key's id: kCorruption (the text was changed, or sealed for another
  /// context), kNotFound (its key is not here), kTooLarge, kInvalidArgument as seal().
  Result<SecretText> open(std::string_view sealed, std::string_view context) const;
  /// Whether an older key than the newest sealed it: then open() it, seal() it, and store that. Errors: kCorruption,
  /// kTooLarge.
  Result<bool> needs_resealing(std::string_view sealed) const;

  KeyId newest() const { return keys()->front()->id(); }
  std::size_t size() const { return keys()->size(); }

 private:
  Keyring(Keys keys, std::string from, KeyFile file)
      : keys_(std::make_shared<const Keys>(std::move(keys))), from_(std::move(from)), file_(std::move(file)) {}
  std::shared_ptr<const Keys> keys() const {
    std::scoped_lock lock(mutex_);
    return keys_;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;  ///< frozen; never empty
  const std::string from_;            ///< the variable that named them; empty: the key file
  const KeyFile file_;
};

/// Reads HOLTER_SECRET_KEY and HOLTER_SECRET_KEY_FILE, overwrites the list in this process's environment and unsets
/// both, so that neither /proc nor a child tells it. Before threads start.
void take_environment(KeyringOptions& options);

}  // namespace holter::secrets
