#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "secrets/secret_key.h"
#include "secrets/secret_text.h"

namespace holter::secrets {

/// The text of a key file, docs/formats/secrets.md.
SecretText print_keys(const Keys& keys);
/// Errors: kCorruption, without any text of the file.
Result<Keys> parse_keys(std::string_view text);
constexpr std::size_t kMostKeyFileBytes = 2048;

/// The file of keys in the data directory. Its changes are atomic: who is killed at any point, or loses power, leaves
/// the file of before or the new one. Waits for the disk: not on a shard's thread. Threads: any; one change at a time
/// among all processes (flock() of the directory).
class KeyFile {
 public:
  explicit KeyFile(std::string path) : path_(std::move(path)) {}

  /// Nothing when there is no file. Errors: kInvalidArgument when others may read or write it, when it belongs to
  /// another user or is no regular file; kCorruption when it is torn or changed; kIo. Each says what to do.
  Result<std::optional<Keys>> read() const;
  /// Makes the file, with mode 0600; where root does it, it belongs to the owner of its folder. Errors: kUnavailable
  /// when it is there already, or another process changes it; kIo.
  Status create(const Keys& keys) const;
  /// Errors: kUnavailable when the file does not hold exactly the keys `before`, or another process changes it; those
  /// of read(); kIo.
  Status replace(const Keys& before, const Keys& after) const;

  const std::string& path() const { return path_; }

 private:
  Error failed(std::string_view verb) const;
  /// Without `before` the file must not be there.
  Status write(const Keys& keys, const Keys* before) const;
  Status write_fresh(const Keys& keys) const;
  Status put_in_place(bool is_new) const;
  std::string folder_path() const;
  std::string fresh_path() const { return path_ + ".tmp"; }

  const std::string path_;
};

/// A list of keys (parse_key_list()) from a file that an operator gives. Its mode is the operator's, as mounted secrets
/// are commonly readable by all; others must not be able to write it. Errors: kInvalidArgument, kIo.
Result<Keys> read_key_list(const std::string& path);

}  // namespace holter::secrets
