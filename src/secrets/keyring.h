#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "secrets/key_file.h"
#include "secrets/secret_key.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

struct KeyringOptions {
  std::string data_dir;  ///< the key file is "<data_dir>/secret.key"
  /// HOLTER_SECRET_KEY: keys (parse_key_list()), the newest first. Set and empty is an error, not the same as unset.
  std::optional<SecretText> list;
  std::optional<std::string> file;  ///< HOLTER_SECRET_KEY_FILE: a file with such a list
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

  /// Makes a new key, which seals from now on; the older ones open. Waits for the disk. A kill or power cut at any
  /// point leaves the key file of before or the new one. Errors: kInvalidArgument when the environment named the keys
  /// (put a new one first there), or there are kMostKeys; kUnavailable when another process changes or has changed the
  /// file; those of KeyFile.
  Status add_new();
  /// Forgets all keys but the newest, in the file too, as atomically. What they sealed is lost: only when nothing
  /// needs_resealing() any more. Errors: as add_new().
  Status drop_old();

  /// All keys, the newest first.
  std::vector<KeyId> ids() const;
  /// The variable that named the keys; empty: they are in the key file.
  const std::string& variable() const { return from_; }
  const std::string& file() const { return file_.path(); }

  KeyId newest() const { return keys()->front()->id(); }
  std::size_t size() const { return keys()->size(); }

 private:
  Keyring(Keys keys, std::string from, KeyFile file)
      : keys_(std::make_shared<const Keys>(std::move(keys))), from_(std::move(from)), file_(std::move(file)) {}
  /// Puts `after` in the place of what is there, first in the file.
  Status change(Keys after);
  Status check_file_is_used(std::string_view verb) const;
  std::shared_ptr<const Keys> keys() const {
    std::scoped_lock lock(mutex_);
    return keys_;
  }

  std::mutex change_mutex_;           ///< held while keys change
  mutable std::mutex mutex_;          ///< held for a moment
  std::shared_ptr<const Keys> keys_;  ///< frozen; never empty
  const std::string from_;            ///< the variable that named them; empty: the key file
  const KeyFile file_;
};

/// The key that sealed a text, whether it is here or not. Errors: kCorruption, kTooLarge.
Result<KeyId> key_of(std::string_view sealed);

/// Reads HOLTER_SECRET_KEY and HOLTER_SECRET_KEY_FILE, overwrites the list in this process's environment and unsets
/// both, so that neither /proc nor a child tells it. Before threads start.
void take_environment(KeyringOptions& options);

}  // namespace holter::secrets
